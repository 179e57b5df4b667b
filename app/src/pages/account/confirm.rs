//! Confirming an address from a mailed link: one button, so that mail scanners that open links confirm nothing.

use super::sheet::{Sheet, query, refresh_session_after};
use crate::error::AppError;
use crate::session::use_session;
use crate::ui::form::after;
use crate::ui::{Refused, Submit, use_toasts};
use leptos::prelude::*;
use serde::{Deserialize, Serialize};

/// What a link confirms.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Confirmation {
    pub email: String,
    /// It takes the place of another address.
    pub replaces: bool,
}

/// What the link of a mail would confirm, without using it; `None` when it is used up or too old.
#[server]
pub async fn load_confirmation(token: String) -> Result<Option<Confirmation>, AppError> {
    use store::LinkKind::{ChangeAddress, Confirm};
    let link = crate::portal::store()?.link(&token, crate::session::server::now()).await?;
    let link = link.filter(|link| matches!(link.kind, Confirm | ChangeAddress));
    Ok(link.map(|link| Confirmation { replaces: link.kind == ChangeAddress, email: link.email }))
}

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
    let token = query("token");
    let link = Resource::new_blocking(move || token.get(), load_confirmation);
    view! {
        <Suspense>
            {move || link.get().map(|link| match link {
                Ok(Some(link)) => view! { <Ask link token=token.get_untracked()/> }.into_any(),
                Ok(None) => view! { <Over/> }.into_any(),
                Err(error) => view! { <Sheet title="Not now" sentence=error.to_string()>""</Sheet> }.into_any(),
            })}
        </Suspense>
    }
}

#[component]
fn Ask(link: Confirmation, token: String) -> impl IntoView {
    let action = ServerAction::<ConfirmRequest>::new();
    let Confirmation { email, replaces } = link;
    let sentence = if replaces {
        format!("{email} becomes your address here, in place of the one before.")
    } else {
        format!("{email} is yours, if you can read this mail. Live keys and invitations wait for it.")
    };
    let toasts = use_toasts();
    after(action, move |()| toasts.say(format!("{email} is confirmed.")));
    refresh_session_after(action);
    view! {
        <Sheet title="Confirm your address" sentence>
            <ActionForm action=action attr:class="form">
                <input type="hidden" name="token" value=token/>
                <Refused action=action fields=&[]/>
                <Submit pending=action.pending() label="Confirm address" busy="Confirming…"/>
            </ActionForm>
        </Sheet>
    }
}

/// A link that confirms nothing, and the way to another one.
#[component]
fn Over() -> impl IntoView {
    let session = use_session();
    let way = move || match session.actor() {
        Some(actor) if actor.person.verified_at.is_some() => ("/dashboard/settings", "Your address is confirmed: see it in the settings"),
        Some(_) => ("/dashboard/settings", "Send a new link from the settings"),
        None => ("/sign-in?next=/dashboard/settings", "Sign in to send a new link"),
    };
    view! {
        <Sheet title="This link confirms nothing" sentence="It was used, is older than two days, or was cut short on its way out of the mail.">
            {move || {
                let (href, label) = way();
                view! { <a class="btn" href=href>{label}</a> }
            }}
        </Sheet>
    }
}
