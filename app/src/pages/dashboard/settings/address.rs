//! A person's address: whether it is confirmed, and changing it.

use super::after_saving;
use crate::error::AppError;
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

/// Mails a link to the new address; the old one stays until the link is used.
#[server(ChangeAddress)]
pub async fn change_address(email: String, password: String) -> Result<(), AppError> {
    use crate::pages::account::limits::server::{mail, sign_in};
    let actor = crate::session::server::signed_in().await?;
    mail().await?;
    sign_in(&actor.person.email).await?;
    let portal = crate::portal::portal()?;
    let now = crate::session::server::now();
    Ok(portal.store.request_address_change(actor.person.id, &password, &email, &portal.site, now).await?)
}

#[component]
pub fn AddressForm(person: Person) -> impl IntoView {
    let action = ServerAction::<ChangeAddress>::new();
    after_saving(action, "Open the link in the mail to your new address. Until then the old one stays.");
    view! {
        <p class="sm"><b>{person.email.clone()}</b> {if person.verified_at.is_some() { ", confirmed" } else { ", not confirmed" }}</p>
        {person.verified_at.is_none().then(|| view! { <Resend/> })}
        <ActionForm action=action attr:class="form">
            <TextInput label="New address" name="email" kind="email" required=true autocomplete="email" error=refusal(action, "email")/>
            <TextInput label="Password" name="password" id="address-password" kind="password" required=true autocomplete="current-password" error=refusal(action, "password")/>
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
    view! {
        <Note tone=Tone::Warn>
            <span class="grow">{move || if sent() { "Sent. Open the link in the mail." } else { "Open the link in our mail to confirm it. Live keys and invitations wait for that." }}</span>
            <ActionForm action=action><Submit class="sm" pending=action.pending() label="Send again" busy="Sending…"/></ActionForm>
        </Note>
        <Refused action=action fields=&[]/>
    }
}
