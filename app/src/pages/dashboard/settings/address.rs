//! A person's address: whether it is confirmed, and changing it.

use super::{after_saving, empty_after};
use crate::error::AppError;
use crate::session::use_session;
use crate::ui::form::after;
use crate::ui::{Note, Refused, Submit, TextInput, Tone, refusal};
use domain::account::Person;
use leptos::prelude::*;

/// Sends the confirmation mail again.
#[server(ResendConfirmation)]
pub async fn resend_confirmation() -> Result<(), AppError> {
    let actor = crate::session::server::signed_in().await?;
    crate::pages::account::limits::server::mail().await?;
    let portal = crate::portal::portal()?;
    Ok(portal.store.resend_confirmation(actor.person.id, &portal.site, crate::session::server::now()).await?)
}

/// Mails a link to the new address, and answers with it; the old one stays until the link is used.
#[server(ChangeAddress)]
pub async fn change_address(email: String, password: String) -> Result<String, AppError> {
    use crate::pages::account::limits::server::{mail_to, sign_in};
    let actor = crate::session::server::signed_in().await?;
    mail_to(&email).await?;
    sign_in(&actor.person.email).await?;
    let portal = crate::portal::portal()?;
    let now = crate::session::server::now();
    portal.store.request_address_change(actor.person.id, &password, &email, &portal.site, now).await?;
    Ok(email.trim().to_owned())
}

#[component]
pub fn AddressForm(
    person: Person,
    /// The address that was asked for on this page. The store is not asked: it would tell whether the address is somebody else's.
    waiting: RwSignal<String>,
) -> impl IntoView {
    let action = ServerAction::<ChangeAddress>::new();
    let (email, password) = (RwSignal::new(String::new()), RwSignal::new(String::new()));
    after_saving(action, "Mail sent. Your address stays until you open the link in it.");
    after(action, move |asked: &String| waiting.set(asked.clone()));
    empty_after(action, &[email, password]);
    let own = person.email.clone();
    let waits = move || waiting.with(|waiting| (!waiting.is_empty() && *waiting != own).then(|| waiting.clone()));
    let waits = move || {
        waits().map(|address| view! { <Note tone=Tone::Info><span>"Open the link in the mail to "<b>{address}</b>": it becomes your address then."</span></Note> })
    };
    view! {
        <p class="sm"><b>{person.email.clone()}</b> {if person.verified_at.is_some() { ", confirmed" } else { ", not confirmed" }}</p>
        {person.verified_at.is_none().then(|| view! { <Resend/> })}
        {waits}
        <ActionForm action=action attr:class="form">
            <TextInput label="New address" name="email" kind="email" bind=email required=true autocomplete="email" error=refusal(action, "email")/>
            <TextInput label="Password" name="password" id="address-password" kind="password" bind=password required=true autocomplete="current-password" error=refusal(action, "password")/>
            <Refused action=action fields=&["email", "password"]/>
            <div><Submit class="" pending=action.pending() label="Change address" busy="Sending…"/></div>
        </ActionForm>
    }
}

/// Says that the address waits to be confirmed, and sends the link again.
#[component]
pub fn Resend() -> impl IntoView {
    let action = ServerAction::<ResendConfirmation>::new();
    let sent = move || action.value().with(|answer| matches!(answer, Some(Ok(()))));
    let session = use_session();
    let address = move || session.actor().map(|actor| actor.person.email).unwrap_or_default();
    let words = move || {
        let address = address();
        if sent() {
            format!("Sent to {address}. Open the link in it.")
        } else {
            format!("Confirm your address: open the link in the mail to {address}. Live keys and invitations wait for that.")
        }
    };
    view! {
        <Note tone=Tone::Warn>
            <span class="grow">{words}</span>
            <ActionForm action=action><Submit class="sm" pending=action.pending() label="Send again" busy="Sending…"/></ActionForm>
        </Note>
        <Refused action=action fields=&[]/>
    }
}
