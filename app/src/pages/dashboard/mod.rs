//! What a partner sees: usage, keys, bills, team, settings.

mod billing;
pub mod keys;
mod overview;
mod requests;
pub mod settings;
mod team;
mod usage;

use crate::error::AppError;
use crate::lazy_pages;
use crate::pages::account::SignInFirst;
use crate::session::use_session;
use crate::ui::{Empty, Glyph, NavLink, Note, Shell, Tone};
use billing::{BillingPage, InvoicePage};
use domain::account::PartnerStatus;
use keys::{EditKey, KeyCreated, KeysAlone, KeysPage, NewKeyDialog, RevokeKeyDialog, RotateKeyDialog};
use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::components::{Outlet, ParentRoute, Route};
use leptos_router::hooks::use_location;
use leptos_router::{SsrMode, path};
use overview::OverviewPage;
use requests::RequestsPage;
use settings::SettingsPage;
use team::TeamPage;
use usage::UsagePage;

lazy_pages! {
    dashboard:
    dashboard_page => Dashboard,
    overview_page => OverviewPage,
    usage_page => UsagePage,
    requests_page => RequestsPage,
    keys_page => KeysPage,
    keys_alone_page => KeysAlone,
    new_key_page => NewKeyDialog,
    key_created_page => KeyCreated,
    rotate_key_page => RotateKeyDialog,
    edit_key_page => EditKey,
    revoke_key_page => RevokeKeyDialog,
    billing_page => BillingPage,
    invoice_page => InvoicePage,
    team_page => TeamPage,
    settings_page => SettingsPage,
}

/// The routes of this part.
#[component(transparent)]
pub fn DashboardRoutes() -> impl leptos_router::MatchNestedRoutes + Clone {
    view! {
        <ParentRoute path=path!("/dashboard") view=dashboard_page() ssr=SsrMode::Async>
            <Route path=path!("") view=overview_page()/>
            <Route path=path!("usage") view=usage_page()/>
            <Route path=path!("requests") view=requests_page()/>
            <ParentRoute path=path!("keys") view=keys_page()>
                <Route path=path!("") view=keys_alone_page()/>
                <Route path=path!("new") view=new_key_page()/>
                <Route path=path!("created") view=key_created_page()/>
                <Route path=path!(":id/rotate") view=rotate_key_page()/>
                <Route path=path!(":id/edit") view=edit_key_page()/>
                <Route path=path!(":id/revoke") view=revoke_key_page()/>
            </ParentRoute>
            <Route path=path!("billing") view=billing_page()/>
            <Route path=path!("billing/:id") view=invoice_page()/>
            <Route path=path!("team") view=team_page()/>
            <Route path=path!("settings") view=settings_page()/>
        </ParentRoute>
    }
    .into_inner()
}

/// How far the reader is from the pages of an organisation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Standing {
    SignedOut,
    /// Belongs to no organisation; only the settings are theirs.
    Alone,
    Member,
}

/// Navigation and page; somebody who is not signed in goes to the sign-in page first.
#[component]
fn Dashboard() -> impl IntoView {
    let session = use_session();
    let path = use_location().pathname;
    // Only coming and going draws the page anew, not every change of what the session knows.
    let standing = Memo::new(move |_| match session.actor() {
        None => Standing::SignedOut,
        Some(actor) if actor.membership.is_none() => Standing::Alone,
        Some(_) => Standing::Member,
    });
    let in_settings = Memo::new(move |_| path.with(|path| path == "/dashboard/settings"));
    move || match standing.get() {
        Standing::Member => view! { <Suspended/><Shell label="Dashboard" nav=navigation><Outlet/></Shell> }.into_any(),
        Standing::Alone if in_settings.get() => view! { <Shell label="Dashboard" nav=settings_only><Outlet/></Shell> }.into_any(),
        Standing::Alone => view! { <NoOrganisation/> }.into_any(),
        Standing::SignedOut => view! { <SignInFirst/> }.into_any(),
    }
}

/// Over every page of an organisation whose calls are refused: what that means, and whom to ask.
#[component]
fn Suspended() -> impl IntoView {
    let session = use_session();
    let name = Memo::new(move |_| {
        let partner = session.actor()?.membership?.partner;
        (partner.status == PartnerStatus::Suspended).then_some(partner.name)
    });
    move || {
        name.get().map(|name| {
            view! {
                <div class="over-shell">
                    <Note tone=Tone::Bad>
                        <span><b>{format!("{name} is suspended. ")}</b>"Every call with its keys is answered with 403, live and test. Plans, bills and members stay as they are. Ask the people who run this portal: they suspended it, and they can let it go on."</span>
                    </Note>
                </div>
            }
        })
    }
}

/// What somebody sees who belongs to no organisation, with status 403 when the server renders it.
#[component]
fn NoOrganisation() -> impl IntoView {
    let session = use_session();
    AppError::Forbidden.raise();
    let runs_the_platform = session.actor().is_some_and(|actor| actor.person.platform_admin);
    let (text, href, label) = if runs_the_platform {
        ("These pages are an organisation's: its keys, calls and bills. Yours are the admin's.", "/admin", "Go to the admin's pages")
    } else {
        (
            "Keys, calls and bills belong to an organisation. Ask a colleague who is in yours to invite you.",
            "/dashboard/settings",
            "Go to your settings",
        )
    };
    view! {
        <Title text="No organisation"/>
        <main id="main" class="page narrow">
            <h1 class="unseen">"No organisation"</h1>
            <Empty icon=Glyph::Building title="You belong to no organisation" text=text>
                <span class="row"><a class="btn" href=href>{label}</a><a class="btn quiet" href="/apis">"All APIs"</a></span>
            </Empty>
        </main>
    }
}

fn settings_only() -> impl IntoView {
    view! { <NavLink href="/dashboard/settings" label="Settings" icon=Glyph::Settings/> }
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
