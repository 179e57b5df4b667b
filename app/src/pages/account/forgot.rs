//! Asking for a link to set a new password.

use super::sheet::{Sheet, query};
use crate::error::AppError;
use crate::ui::{Note, Refused, Submit, TextInput, Tone, refusal};
use leptos::prelude::*;

/// Mails a link where the address is known; says the same where it is not.
#[server(ForgotRequest)]
pub async fn forgot(email: String) -> Result<(), AppError> {
    super::limits::server::mail_to(&email).await?;
    let portal = crate::portal::portal()?;
    portal.store.request_reset(&email, &portal.site, crate::session::server::now()).await?;
    leptos_axum::redirect("/forgot?sent=1");
    Ok(())
}

#[component]
pub fn Forgot() -> impl IntoView {
    let action = ServerAction::<ForgotRequest>::new();
    let sent = query("sent");
    view! {
        <Sheet title="Set a new password" sentence="We send a link to your address. It works once, for an hour.">
            {move || (!sent.get().is_empty()).then(|| view! {
                <Note tone=Tone::Good>"If an account has this address, the link is on its way. Look in your mail."</Note>
            })}
            <ActionForm action=action attr:class="form">
                <TextInput label="Email" name="email" kind="email" autocomplete="username" required=true error=refusal(action, "email")/>
                <Refused action=action fields=&["email"]/>
                <Submit pending=action.pending() label="Send the link" busy="Sending…"/>
            </ActionForm>
            <p class="sm dim"><a href="/sign-in">"Back to sign in"</a></p>
        </Sheet>
    }
}
