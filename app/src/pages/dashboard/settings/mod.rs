//! Settings: the person, their sign-ins, and the organisation's name.

mod address;
mod organisation;
mod password;
mod profile;
mod sessions;

pub use address::Resend;

use crate::session::use_session;
use crate::ui::{Card, form, use_toasts};
use domain::access::{Action, may};
use leptos::prelude::*;
use leptos_meta::Title;

/// The settings page.
#[component]
pub fn SettingsPage() -> impl IntoView {
    let session = use_session();
    // Outlasts the forms, which are drawn again with what the session knows by then.
    let waiting = RwSignal::new(String::new());
    view! {
        <Title text="Settings"/>
        <main id="main">
            <div class="pagehead">
                <h1>"Settings"</h1>
                <p class="dim">"You, your sign-ins, and your organisation."</p>
            </div>
            {move || session.actor().map(|actor| {
                let partner = actor.membership.as_ref().map(|m| m.partner.clone());
                let partner = partner.filter(|partner| may(&actor, Action::ManagePartner, Some(partner.id)));
                let (name, person) = (actor.person.name.clone(), actor.person);
                view! {
                    <div class="stack">
                        <Card title="You"><profile::ProfileForm name=name/></Card>
                        <Card title="Address"><address::AddressForm person waiting/></Card>
                        <Card title="Password"><password::PasswordForm/></Card>
                        <Card title="Signed in"><sessions::Sessions/></Card>
                        {partner.map(|partner| view! { <Card title="Organisation"><organisation::OrganisationForm name=partner.name/></Card> })}
                    </div>
                }
            })}
        </main>
    }
}

/// Empties fields once an action succeeded: nothing secret stays on the page, and nothing is sent twice.
fn empty_after<S>(action: ServerAction<S>, fields: &[RwSignal<String>])
where
    S: leptos::server_fn::ServerFn<Error = crate::error::AppError> + Clone + Send + Sync + 'static,
    S::Output: Clone + Send + Sync + 'static,
{
    let fields = fields.to_vec();
    form::after(action, move |_| fields.iter().for_each(|field| field.set(String::new())));
}

/// Says what was saved and shows it everywhere, once an action succeeded.
fn after_saving<S>(action: ServerAction<S>, said: &'static str)
where
    S: leptos::server_fn::ServerFn<Error = crate::error::AppError> + Clone + Send + Sync + 'static,
    S::Output: Clone + Send + Sync + 'static,
{
    let (session, toasts) = (use_session(), use_toasts());
    form::after(action, move |_| {
        toasts.say(said);
        session.refresh();
    });
}
