//! The menu of the person who is signed in: their organisations, the theme, settings, the way out.

use super::drawer::{NavLink, close_on_arrival};
use super::icon::{Glyph, Icon};
use crate::session::{SignOut, SwitchPartner};
use crate::theme::ThemeChoice;
use domain::access::Actor;
use domain::account::Membership;
use leptos::prelude::*;
use leptos::server_fn::ServerFn;

/// A button with the organisation's name, and the menu behind it.
#[component]
pub fn AccountMenu(actor: Actor) -> impl IntoView {
    close_on_arrival("account");
    let shown = actor.membership.as_ref().map_or_else(|| actor.person.name.clone(), |it| it.partner.name.clone());
    let current = actor.membership.as_ref().map(|it| it.partner.id);
    view! {
        <button type="button" class="btn" popovertarget="account" aria-label=format!("Account: {shown}")>
            <Icon name=Glyph::Building/>
            <span class="clip wide">{shown.clone()}</span>
            <Icon name=Glyph::ChevronUpDown size=14/>
        </button>
        <div id="account" popover="auto" class="menu">
            <p class="who-is-it">
                <b>{actor.person.name.clone()}</b>
                <br/>
                <span class="faint xs">{actor.person.email.clone()}</span>
            </p>
            <Organisations memberships=actor.memberships.clone() current=current/>
            <hr/>
            <ThemeChoice/>
            <hr/>
            <div class="navlist">
                {actor.membership.is_some().then(|| view! { <NavLink href="/dashboard" label="Dashboard" icon=Glyph::Dashboard exact=true/> })}
                <NavLink href="/dashboard/settings" label="Settings" icon=Glyph::Settings/>
                {actor.person.platform_admin.then(|| view! { <NavLink href="/admin" label="Admin" icon=Glyph::Shield/> })}
                // A plain form: whatever this window had loaded belongs to somebody who is leaving.
                <form method="post" action=SignOut::url()>
                    <button type="submit">
                        <Icon name=Glyph::SignOut size=15/>
                        <span>"Sign out"</span>
                    </button>
                </form>
            </div>
        </div>
    }
}

/// The organisations to act for.
#[component]
fn Organisations(memberships: Vec<Membership>, current: Option<uuid::Uuid>) -> impl IntoView {
    (!memberships.is_empty()).then(|| {
        let rows = memberships.iter().map(|it| organisation(it, Some(it.partner.id) == current)).collect_view();
        view! {
            <form method="post" action=SwitchPartner::url() class="navlist">
                <p class="heading">"Organisations"</p>
                {rows}
            </form>
        }
    })
}

fn organisation(membership: &Membership, current: bool) -> AnyView {
    let Membership { partner, role } = membership;
    view! {
        <button type="submit" name="partner" value=partner.id.to_string() aria-current=current.then_some("true")>
            <Icon name=if current { Glyph::Check } else { Glyph::Building } size=15/>
            <span class="clip">{partner.name.clone()}</span>
            <span class="faint xs">{role.as_str()}</span>
        </button>
    }
    .into_any()
}
