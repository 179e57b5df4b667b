//! The dialog that revokes a key, and says what will stop.

use super::{LIST, key_in_address, tell_list};
use crate::error::AppError;
use crate::ui::form::after;
use crate::ui::route_dialog::RouteDialog;
use crate::ui::{KeepOrRevoke, Note, Retry, Tone, format, use_toasts};
use chrono::{DateTime, Utc};
use domain::key::Key;
use leptos::prelude::*;
use uuid::Uuid;

/// Ends a key for good.
#[server(RevokeKey)]
pub async fn revoke_key(id: Uuid) -> Result<(), AppError> {
    use crate::session::server::{now, require};
    let (actor, partner) = require(domain::access::Action::ManageKeys).await?;
    let by = domain::event::By::person(&actor.person);
    if !crate::portal::store()?.revoke_key(partner, id, &by, now()).await? {
        return Err(AppError::NotFound.raise());
    }
    leptos_axum::redirect(LIST);
    Ok(())
}

#[component]
pub fn RevokeKeyDialog() -> impl IntoView {
    let key = key_in_address();
    view! {
        <RouteDialog title="Revoke key" back=LIST>
            <Transition>
                {move || key.get().map(|answer| match answer {
                    Ok((key, now)) => view! { <RevokeForm key now/> }.into_any(),
                    Err(error) => view! { <Retry error on_retry=Callback::new(move |()| key.refetch())/> }.into_any(),
                })}
            </Transition>
        </RouteDialog>
    }
}

#[component]
fn RevokeForm(key: Key, now: DateTime<Utc>) -> impl IntoView {
    let action = ServerAction::<RevokeKey>::new();
    tell_list(action);
    let used = format::last_use(key.last_used_at, now);
    let Key { id, name, prefix, .. } = key;
    let (toasts, said) = (use_toasts(), format!("{name} is revoked. Calls with it are refused from now on."));
    after(action, move |()| toasts.say(said.clone()));
    let shown = name.clone();
    view! {
        <Note tone=Tone::Warn>
            <span>"Every call with "<b>{shown}</b>" ("{prefix}"_…) is refused from the next second on. "{used}" This cannot be undone."</span>
        </Note>
        <ActionForm action=action attr:class="form">
            <KeepOrRevoke action id name back=LIST/>
        </ActionForm>
    }
}
