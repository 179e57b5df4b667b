//! Signing in.

use super::sheet::{Sheet, query, refresh_session_after};
use crate::error::AppError;
use crate::returned::typed_email;
use crate::ui::{Refused, Submit, TextInput, refusal};
use leptos::prelude::*;

/// Starts a session and goes on to `next`. The refusal never says whether the address exists.
#[server(SignInRequest)]
pub async fn sign_in(email: String, password: String, #[server(default)] next: String) -> Result<(), AppError> {
    use super::limits::{safe_next, server};
    crate::returned::server::keep_email(&email)?;
    server::sign_in(&email).await?;
    let person = crate::portal::store()?.authenticate(&email, &password).await?;
    let person =
        person.ok_or_else(|| AppError::invalid("password", "Address and password do not match. Check both, or set a new password."))?;
    server::forgive(&email).await?;
    server::enter(person.id).await?;
    let start = if next.is_empty() && person.platform_admin { "/admin" } else { safe_next(&next) };
    leptos_axum::redirect(start);
    Ok(())
}

#[component]
pub fn SignIn() -> impl IntoView {
    let action = ServerAction::<SignInRequest>::new();
    let (next, email) = (query("next"), typed_email());
    refresh_session_after(action);
    view! {
        <Sheet title="Sign in" sentence="Keys, usage and bills of your organisation.">
            <ActionForm action=action attr:class="form">
                <input type="hidden" name="next" value=next/>
                <TextInput label="Email" name="email" kind="email" value=email autocomplete="username" required=true error=refusal(action, "email")/>
                <TextInput label="Password" name="password" kind="password" autocomplete="current-password" required=true error=refusal(action, "password")/>
                <Refused action=action fields=&["email", "password"]/>
                <Submit pending=action.pending() label="Sign in" busy="Signing in…"/>
            </ActionForm>
            <p class="sm dim"><a href="/forgot">"Set a new password"</a></p>
            <p class="sm dim">"New here? " <a href="/sign-up">"Make an account"</a></p>
        </Sheet>
    }
}
