//! Confirming an address from a mailed link: one button, so that mail scanners that open links confirm nothing.

use super::sheet::{Sheet, query, refresh_session_after};
use crate::error::AppError;
use crate::ui::{Refused, Submit};
use leptos::prelude::*;

/// Confirms the address of the link.
#[server(ConfirmRequest)]
pub async fn confirm(token: String) -> Result<(), AppError> {
    super::limits::server::mail().await?;
    let person = crate::portal::store()?.confirm_address(&token, crate::session::server::now()).await?;
    if person.is_none() {
        return Err(AppError::invalid("token", "This link was used or is too old. Sign in and send a new one from the settings."));
    }
    leptos_axum::redirect("/dashboard");
    Ok(())
}

#[component]
pub fn Confirm() -> impl IntoView {
    let action = ServerAction::<ConfirmRequest>::new();
    let token = query("token");
    refresh_session_after(action);
    view! {
        <Sheet title="Confirm your address" sentence="Live keys and invitations wait for it.">
            <ActionForm action=action attr:class="form">
                <input type="hidden" name="token" value=token/>
                <Refused action=action fields=&[]/>
                <Submit pending=action.pending() label="Confirm address" busy="Confirming…"/>
            </ActionForm>
        </Sheet>
    }
}
