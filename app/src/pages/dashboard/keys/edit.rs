//! The dialog that changes a key's name, what it may call and where from.

use super::scope::{AddressField, Callable, ScopeFields, callable};
use super::{LIST, key_in_address, tell_list};
use crate::error::AppError;
use crate::ui::form::after;
use crate::ui::route_dialog::RouteDialog;
use crate::ui::{Refused, Retry, Submit, TextInput, refusal, use_toasts};
use domain::key::Key;
use leptos::prelude::*;
use uuid::Uuid;

/// Renames a key, and changes its products and where it may be used from; answers with its name.
#[server(SaveKey)]
pub async fn save_key(
    id: Uuid,
    name: String,
    scope: String,
    #[server(default)] products: Vec<String>,
    // Not by default: a form without it would open the key to every address.
    addresses: String,
) -> Result<String, AppError> {
    use crate::session::server::{now, require};
    let (actor, partner) = require(domain::access::Action::ManageKeys).await?;
    let by = domain::event::By::person(&actor.person);
    let (scope, addresses) = (super::scope::chosen(&scope, products)?, domain::addresses::Addresses::read(&addresses)?);
    let change = store::KeyChange { name, scope, addresses };
    if !crate::portal::store()?.edit_key(partner, id, &change, &by, now()).await? {
        return Err(AppError::NotFound.raise());
    }
    leptos_axum::redirect(LIST);
    Ok(change.name.trim().to_owned())
}

#[component]
pub fn EditKey() -> impl IntoView {
    let (key, products) = (key_in_address(), callable());
    view! {
        <RouteDialog title="Edit key" back=LIST>
            <Transition>
                {move || key.get().map(|answer| match answer {
                    Ok((key, _)) => view! { <EditForm key products/> }.into_any(),
                    Err(error) => view! { <Retry error on_retry=Callback::new(move |()| key.refetch())/> }.into_any(),
                })}
            </Transition>
        </RouteDialog>
    }
}

#[component]
fn EditForm(key: Key, products: Callable) -> impl IntoView {
    let action = ServerAction::<SaveKey>::new();
    tell_list(action);
    let (toasts, before) = (use_toasts(), key.name.clone());
    after(action, move |name: &String| toasts.say(saved(&before, name)));
    view! {
        <ActionForm action=action attr:class="form">
            <input type="hidden" name="id" value=key.id.to_string()/>
            <TextInput label="Name" name="name" value=key.name.clone() required=true error=refusal(action, "name")/>
            <ScopeFields scope=key.scope.clone() products error=refusal(action, "products")/>
            <AddressField addresses=key.addresses.to_string() error=refusal(action, "addresses")/>
            <Refused action=action fields=&["name", "products", "addresses"]/>
            <div class="row end">
                <a class="btn" href=LIST>"Cancel"</a>
                <Submit pending=action.pending() label="Save" busy="Saving…"/>
            </div>
        </ActionForm>
    }
}

/// What saving did: `Till is called Checkout now.`
fn saved(before: &str, name: &str) -> String {
    if before == name { format!("{name} is saved.") } else { format!("{before} is called {name} now.") }
}
