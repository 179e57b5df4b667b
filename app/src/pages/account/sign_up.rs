//! Making an account: a test key is ready at once.

use super::sheet::{Sheet, query, refresh_session_after};
use crate::error::AppError;
use crate::ui::{Refused, Submit, TextInput, refusal};
use domain::account::password_hint;
use leptos::prelude::*;

/// Makes the person, their organisation and a first test key, signs them in, and shows the key: the page that they came from
/// (`next`) waits behind it. The answer is the same for every address.
#[server(SignUpRequest)]
pub async fn sign_up(email: String, password: String, organisation: String, #[server(default)] next: String) -> Result<(), AppError> {
    use super::limits::server::{enter, mail_to};
    use super::limits::with_next;
    use crate::portal::portal;
    mail_to(&email).await?;
    let portal = portal()?;
    let form = store::SignUp { email, password, organisation, name: None };
    let (person, key) = portal.store.sign_up(form, &portal.site, crate::session::server::now()).await?;
    enter(person.id).await?;
    crate::flash::server::send(crate::flash::server::KEY, &key)?;
    leptos_axum::redirect(&with_next("/dashboard", &next));
    Ok(())
}

#[component]
pub fn SignUp() -> impl IntoView {
    let action = ServerAction::<SignUpRequest>::new();
    let next = query("next");
    refresh_session_after(action);
    view! {
        <Sheet title="Make your account" sentence="A test key is ready at once. No card, no call, no waiting.">
            <ActionForm action=action attr:class="form">
                <input type="hidden" name="next" value=next/>
                <TextInput label="Work email" name="email" kind="email" autocomplete="email" required=true error=refusal(action, "email")/>
                <TextInput label="Password" name="password" hint=password_hint("A sentence works well.") kind="password" autocomplete="new-password" required=true error=refusal(action, "password")/>
                <TextInput label="Organisation" name="organisation" hint="The company you build for. You can change it later." autocomplete="organization" required=true error=refusal(action, "organisation")/>
                <Refused action=action fields=&["email", "password", "organisation"]/>
                <Submit pending=action.pending() label="Create account" busy="Creating…"/>
            </ActionForm>
            <p class="sm dim">"Have an account? " <a href="/sign-in">"Sign in"</a></p>
        </Sheet>
    }
}
