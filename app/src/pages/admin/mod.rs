//! What an admin sees: products, partners, revenue, audit.

mod audit;
mod branding;
mod feedback;
mod gateway;
mod outbox;
mod overview;
mod partners;
mod products;
mod revenue;
mod tokens;

use crate::error::AppError;
use crate::pages::account::SignInFirst;
use crate::session::use_session;
use crate::ui::{Empty, Glyph, NavLink, Shell};
use audit::AuditPage;
use branding::BrandingPage;
use domain::access::{Action, may};
use gateway::GatewayPage;
use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::components::{Outlet, ParentRoute, Route};
use leptos_router::{SsrMode, path};
use outbox::OutboxPage;
use overview::OverviewPage;
use partners::{PartnerPage, PartnersPage};
use products::{DetailsPage, DocumentPage, NewProductPage, PlansPage, ProductsPage, UpstreamPage};
use revenue::RevenuePage;
use tokens::{RevokeTokenDialog, TokensAlone, TokensPage};

crate::lazy_pages! { admin:
    admin_page => AdminPages,
    overview_page => OverviewPage,
    products_page => ProductsPage,
    new_product_page => NewProductPage,
    details_page => DetailsPage,
    document_page => DocumentPage,
    plans_page => PlansPage,
    upstream_page => UpstreamPage,
    tokens_page => TokensPage,
    tokens_alone_page => TokensAlone,
    revoke_token_page => RevokeTokenDialog,
    partners_page => PartnersPage,
    partner_page => PartnerPage,
    revenue_page => RevenuePage,
    audit_page => AuditPage,
    outbox_page => OutboxPage,
    gateway_page => GatewayPage,
    branding_page => BrandingPage,
}

/// The routes of this part.
#[component(transparent)]
pub fn AdminRoutes() -> impl leptos_router::MatchNestedRoutes + Clone {
    view! {
        <ParentRoute path=path!("/admin") view=admin_page() ssr=SsrMode::Async>
            <Route path=path!("") view=overview_page()/>
            <Route path=path!("products") view=products_page()/>
            <Route path=path!("products/new") view=new_product_page()/>
            <Route path=path!("products/:id") view=details_page()/>
            <Route path=path!("products/:id/document") view=document_page()/>
            <Route path=path!("products/:id/plans") view=plans_page()/>
            <Route path=path!("products/:id/upstream") view=upstream_page()/>
            <ParentRoute path=path!("tokens") view=tokens_page()>
                <Route path=path!("") view=tokens_alone_page()/>
                <Route path=path!(":id/revoke") view=revoke_token_page()/>
            </ParentRoute>
            <Route path=path!("partners") view=partners_page()/>
            <Route path=path!("partners/:id") view=partner_page()/>
            <Route path=path!("revenue") view=revenue_page()/>
            <Route path=path!("audit") view=audit_page()/>
            <Route path=path!("outbox") view=outbox_page()/>
            <Route path=path!("gateway") view=gateway_page()/>
            <Route path=path!("branding") view=branding_page()/>
        </ParentRoute>
    }
    .into_inner()
}

/// Navigation and page for admins; everybody else is turned away, with status 403 when the server renders it.
#[component]
fn AdminPages() -> impl IntoView {
    let session = use_session();
    let standing = Memo::new(move |_| session.actor().map(|actor| may(&actor, Action::Administer, None)));
    move || match standing.get() {
        Some(true) => view! { <Shell label="Admin" nav=navigation><Outlet/></Shell> }.into_any(),
        Some(false) => view! { <NotAllowed/> }.into_any(),
        None => view! { <SignInFirst/> }.into_any(),
    }
}

fn navigation() -> impl IntoView {
    view! {
        <NavLink href="/admin" label="Overview" icon=Glyph::Gauge exact=true/>
        <NavLink href="/admin/products" label="Products" icon=Glyph::Package/>
        <NavLink href="/admin/tokens" label="Access tokens" icon=Glyph::Terminal/>
        <NavLink href="/admin/partners" label="Partners" icon=Glyph::Building/>
        <NavLink href="/admin/revenue" label="Revenue" icon=Glyph::Wallet/>
        <NavLink href="/admin/audit" label="Audit log" icon=Glyph::History/>
        <NavLink href="/admin/outbox" label="Outbox" icon=Glyph::Mail/>
        <NavLink href="/admin/gateway" label="Gateway" icon=Glyph::Route/>
        <NavLink href="/admin/branding" label="Branding" icon=Glyph::Palette/>
    }
}

/// What somebody sees who is signed in and no admin.
#[component]
fn NotAllowed() -> impl IntoView {
    let status = AppError::Forbidden.raise().status();
    view! {
        <Title text="Not for your account"/>
        <main id="main" class="page narrow">
            <h1 class="unseen">"Not for your account"</h1>
            <Empty icon=Glyph::Lock title="Your account may not open this" text="These pages are for the people who run this portal. Whoever set it up can make you an admin.">
                <a class="btn" href="/dashboard">"Go to your dashboard"</a>
            </Empty>
            <p class="xs faint">{format!("HTTP status {status}")}</p>
        </main>
    }
}
