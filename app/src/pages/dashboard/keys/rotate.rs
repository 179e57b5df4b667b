//! The dialog that rotates a key.

use super::{LIST, key_in_address, tell_list};
use crate::error::AppError;
use crate::ui::route_dialog::RouteDialog;
use crate::ui::{Note, Refused, Retry, Select, Submit, refusal};
use chrono::{DateTime, Utc};
use domain::key::{Key, KeyStatus};
use leptos::prelude::*;
use uuid::Uuid;

/// Gives a key a new secret; the old one works for `overlap_hours` more.
#[server(RotateKey)]
pub async fn rotate_key(id: Uuid, overlap_hours: i64) -> Result<(), AppError> {
    use crate::session::server::{now, require};
    let (actor, partner) = require(domain::access::Action::ManageKeys).await?;
    let overlap = domain::key::overlap(overlap_hours)?;
    let by = domain::event::By::person(&actor.person);
    let rotated = crate::portal::store()?.rotate_key(partner, id, overlap, &by, now()).await?;
    let rotated = rotated.ok_or_else(|| AppError::NotFound.raise())?;
    crate::flash::server::send(crate::flash::server::KEY, &rotated.secret)?;
    leptos_axum::redirect("/dashboard/keys/created");
    Ok(())
}

#[component]
pub fn RotateKeyDialog() -> impl IntoView {
    let key = key_in_address();
    view! {
        <RouteDialog title="Rotate key" back=LIST>
            <Transition>
                {move || key.get().map(|answer| match answer {
                    Ok((key, now)) if key.works(now) => view! { <RotateForm key now/> }.into_any(),
                    Ok((key, _)) => nothing_to_rotate(&key.name),
                    Err(error) => view! { <Retry error on_retry=Callback::new(move |()| key.refetch())/> }.into_any(),
                })}
            </Transition>
        </RouteDialog>
    }
}

fn nothing_to_rotate(name: &str) -> AnyView {
    let text = format!("{name} was revoked or has expired, and a new secret would not work either. Make a new key instead.");
    view! {
        <Note><span>{text}</span></Note>
        <div class="row end"><a class="btn" href=LIST>"See all keys"</a></div>
    }
    .into_any()
}

#[component]
fn RotateForm(key: Key, now: DateTime<Utc>) -> impl IntoView {
    let action = ServerAction::<RotateKey>::new();
    tell_list(action);
    let overlaps = [("0", "Not at all"), ("1", "1 hour"), ("24", "24 hours"), ("168", "7 days")];
    let overlaps = overlaps.map(|(value, label)| (value.to_owned(), label.to_owned())).to_vec();
    let is_rotating = key.status(now) == KeyStatus::Rotating;
    view! {
        <p class="sm"><b>{key.name.clone()}</b> " " <span class="mono faint">{key.prefix.clone()}"_…"</span> " gets a new secret. Deploy it while the old one still works."</p>
        {is_rotating.then(|| view! { <p class="sm dim">"A rotation is still under way: the secret before it stops at once."</p> })}
        <ActionForm action=action attr:class="form">
            <input type="hidden" name="id" value=key.id.to_string()/>
            <Select label="The old secret goes on working for" name="overlap_hours" options=overlaps value="24" error=refusal(action, "overlap_hours")/>
            <Refused action=action fields=&["overlap_hours"]/>
            <div class="row end">
                <a class="btn" href=LIST>"Cancel"</a>
                <Submit pending=action.pending() label="Rotate" busy="Rotating…"/>
            </div>
        </ActionForm>
    }
}
