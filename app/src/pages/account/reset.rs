//! Setting a new password from a mailed link.

use super::sheet::{Sheet, query, refresh_session_after};
use crate::error::AppError;
use crate::ui::{Refused, Submit, TextInput, refusal};
use domain::account::password_hint;
use leptos::prelude::*;

/// Sets the password, ends every session and signs in here.
#[server(ResetRequest)]
pub async fn reset(token: String, password: String) -> Result<(), AppError> {
    use super::limits::server::{enter, mail};
    mail().await?;
    let person = crate::portal::store()?.reset_password(&token, &password, crate::session::server::now()).await?;
    let person = person.ok_or_else(|| AppError::invalid("token", "This link was used or is too old. Ask for a new one."))?;
    enter(person.id).await?;
    leptos_axum::redirect("/dashboard");
    Ok(())
}

#[component]
pub fn Reset() -> impl IntoView {
    let action = ServerAction::<ResetRequest>::new();
    let token = query("token");
    refresh_session_after(action);
    view! {
        <Sheet title="Choose a new password" sentence="It signs you out everywhere else.">
            <ActionForm action=action attr:class="form">
                <input type="hidden" name="token" value=token/>
                <TextInput label="New password" name="password" hint=password_hint("A sentence works well.") kind="password" autocomplete="new-password" required=true error=refusal(action, "password")/>
                <Refused action=action fields=&["password"]/>
                <Submit pending=action.pending() label="Save password" busy="Saving…"/>
            </ActionForm>
            <p class="sm dim"><a href="/forgot">"Ask for a new link"</a></p>
        </Sheet>
    }
}
