//! What a partner sees: usage, keys, bills, team, settings.

mod billing;
pub mod keys;
mod overview;
mod requests;
pub mod settings;
mod team;
mod usage;

use crate::lazy_pages;
use crate::pages::account::SignInFirst;
use crate::session::use_session;
use crate::ui::{Glyph, NavLink, Shell};
use billing::{BillingPage, InvoicePage};
use keys::{EditKey, KeyCreated, KeysAlone, KeysPage, NewKeyDialog, RevokeKeyDialog, RotateKeyDialog};
use leptos::prelude::*;
use leptos_router::components::{Outlet, ParentRoute, Route};
use leptos_router::{Lazy, SsrMode, path};
use overview::OverviewPage;
use requests::RequestsPage;
use settings::SettingsPage;
use team::TeamPage;
use usage::UsagePage;

lazy_pages! {
    dashboard:
    DashboardRoute => Dashboard,
    OverviewRoute => OverviewPage,
    UsageRoute => UsagePage,
    RequestsRoute => RequestsPage,
    KeysRoute => KeysPage,
    KeysAloneRoute => KeysAlone,
    NewKeyRoute => NewKeyDialog,
    KeyCreatedRoute => KeyCreated,
    RotateKeyRoute => RotateKeyDialog,
    EditKeyRoute => EditKey,
    RevokeKeyRoute => RevokeKeyDialog,
    BillingRoute => BillingPage,
    InvoiceRoute => InvoicePage,
    TeamRoute => TeamPage,
    SettingsRoute => SettingsPage,
}

/// The routes of this part.
#[component(transparent)]
pub fn DashboardRoutes() -> impl leptos_router::MatchNestedRoutes + Clone {
    view! {
        <ParentRoute path=path!("/dashboard") view={Lazy::<DashboardRoute>::new()} ssr=SsrMode::Async>
            <Route path=path!("") view={Lazy::<OverviewRoute>::new()}/>
            <Route path=path!("usage") view={Lazy::<UsageRoute>::new()}/>
            <Route path=path!("requests") view={Lazy::<RequestsRoute>::new()}/>
            <ParentRoute path=path!("keys") view={Lazy::<KeysRoute>::new()}>
                <Route path=path!("") view={Lazy::<KeysAloneRoute>::new()}/>
                <Route path=path!("new") view={Lazy::<NewKeyRoute>::new()}/>
                <Route path=path!("created") view={Lazy::<KeyCreatedRoute>::new()}/>
                <Route path=path!(":id/rotate") view={Lazy::<RotateKeyRoute>::new()}/>
                <Route path=path!(":id/edit") view={Lazy::<EditKeyRoute>::new()}/>
                <Route path=path!(":id/revoke") view={Lazy::<RevokeKeyRoute>::new()}/>
            </ParentRoute>
            <Route path=path!("billing") view={Lazy::<BillingRoute>::new()}/>
            <Route path=path!("billing/:id") view={Lazy::<InvoiceRoute>::new()}/>
            <Route path=path!("team") view={Lazy::<TeamRoute>::new()}/>
            <Route path=path!("settings") view={Lazy::<SettingsRoute>::new()}/>
        </ParentRoute>
    }
    .into_inner()
}

/// Navigation and page; somebody who is not signed in goes to the sign-in page first.
#[component]
fn Dashboard() -> impl IntoView {
    let session = use_session();
    // Only coming and going draws the page anew, not every change of what the session knows.
    let signed_in = Memo::new(move |_| session.actor().is_some());
    move || match signed_in.get() {
        true => view! { <Shell label="Dashboard" nav=navigation><Outlet/></Shell> }.into_any(),
        false => view! { <SignInFirst/> }.into_any(),
    }
}

fn navigation() -> impl IntoView {
    view! {
        <NavLink href="/dashboard" label="Overview" icon=Glyph::Dashboard exact=true/>
        <NavLink href="/dashboard/keys" label="Keys" icon=Glyph::Key/>
        <NavLink href="/dashboard/usage" label="Usage" icon=Glyph::Chart/>
        <NavLink href="/dashboard/requests" label="Requests" icon=Glyph::List/>
        <NavLink href="/dashboard/billing" label="Billing" icon=Glyph::Bill/>
        <NavLink href="/dashboard/team" label="Team" icon=Glyph::Users/>
        <NavLink href="/dashboard/settings" label="Settings" icon=Glyph::Settings/>
    }
}
