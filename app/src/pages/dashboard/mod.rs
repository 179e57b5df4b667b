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
