//! A person's password.

use super::{after_saving, empty_after};
use crate::error::AppError;
use crate::ui::{Refused, Submit, TextInput, refusal};
use domain::account::password_hint;
use leptos::prelude::*;

/// Replaces the reader's password and ends their other sessions.
#[server(ChangePassword)]
pub async fn change_password(current: String, password: String) -> Result<(), AppError> {
    use crate::session::server::{now, signed_in};
    let actor = signed_in().await?;
    crate::pages::account::limits::server::sign_in(&actor.person.email).await?;
    Ok(crate::portal::store()?.change_password(actor.person.id, &current, &password, actor.session_id, now()).await?)
}

#[component]
pub fn PasswordForm() -> impl IntoView {
    let action = ServerAction::<ChangePassword>::new();
    let (current, password) = (RwSignal::new(String::new()), RwSignal::new(String::new()));
    after_saving(action, "Password changed. Your other sessions are signed out.");
    empty_after(action, &[current, password]);
    view! {
        <ActionForm action=action attr:class="form">
            <TextInput label="Current password" name="current" kind="password" bind=current required=true autocomplete="current-password" error=refusal(action, "current")/>
            <TextInput label="New password" name="password" kind="password" bind=password required=true autocomplete="new-password"
                hint=password_hint("It signs you out everywhere else.") error=refusal(action, "password")/>
            <Refused action=action fields=&["current", "password"]/>
            <div><Submit class="" pending=action.pending() label="Change password" busy="Changing…"/></div>
        </ActionForm>
    }
}
