//! Setting a new password from a mailed link.

use super::sheet::{Sheet, query, refresh_session_after};
use crate::error::AppError;
use crate::ui::form::after;
use crate::ui::{Refused, Submit, TextInput, refusal, use_toasts};
use domain::account::password_hint;
use leptos::prelude::*;

/// Whose password the link of a mail would set, without using it; `None` when it is used up or too old.
#[server]
pub async fn load_reset(token: String) -> Result<Option<String>, AppError> {
    let link = crate::portal::store()?.link(&token, crate::session::server::now()).await?;
    Ok(link.filter(|link| link.kind == store::LinkKind::Reset).map(|link| link.email))
}

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
    let token = query("token");
    let link = Resource::new_blocking(move || token.get(), load_reset);
    view! {
        <Suspense>
            {move || link.get().map(|link| match link {
                Ok(Some(email)) => view! { <Choose email token=token.get_untracked()/> }.into_any(),
                Ok(None) => view! {
                    <Sheet title="This link is over" sentence="It was used, is older than an hour, or was cut short on its way out of the mail.">
                        <a class="btn" href="/forgot">"Ask for a new link"</a>
                    </Sheet>
                }.into_any(),
                Err(error) => view! { <Sheet title="Not now" sentence=error.to_string()>""</Sheet> }.into_any(),
            })}
        </Suspense>
    }
}

#[component]
fn Choose(email: String, token: String) -> impl IntoView {
    let action = ServerAction::<ResetRequest>::new();
    let toasts = use_toasts();
    after(action, move |()| toasts.say("Password saved. You are signed in here, and nowhere else."));
    refresh_session_after(action);
    view! {
        <Sheet title="Choose a new password" sentence=format!("For {email}. It signs you out everywhere else.")>
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
