//! Keys: the list, and a dialog with an address of its own for each thing that can be done to one.

mod created;
mod edit;
mod list;
mod new;
mod revoke;
mod rotate;
mod scope;

pub use created::{KeyCreated, remember_for_console};
pub use edit::EditKey;
use list::KeyList;
pub use new::NewKeyDialog;
pub use revoke::RevokeKeyDialog;
pub use rotate::RotateKeyDialog;

use crate::error::AppError;
use crate::ui::form;
use crate::ui::route_dialog::provide_opener;
use chrono::{DateTime, Utc};
use domain::key::Key;
use leptos::prelude::*;
use leptos_router::components::Outlet;
use uuid::Uuid;

/// Where the dialogs go back to.
const LIST: &str = "/dashboard/keys";

/// Told by a dialog that the list changed.
#[derive(Clone, Copy)]
struct Changed(RwSignal<u32>);

/// The list with whichever dialog the address names over it.
#[component]
pub fn KeysPage() -> impl IntoView {
    let changed = Changed(RwSignal::new(0));
    provide_context(changed);
    let opener = provide_opener();
    view! {
        <KeyList changed=changed.0 opener/>
        <Outlet/>
    }
}

/// No dialog over the list.
#[component]
pub fn KeysAlone() -> impl IntoView {}

/// Tells the list once an action succeeded.
fn tell_list<S>(action: ServerAction<S>)
where
    S: leptos::server_fn::ServerFn<Error = AppError> + Clone + Send + Sync + 'static,
    S::Output: Clone + Send + Sync + 'static,
{
    let Changed(changed) = expect_context();
    form::after(action, move |_| changed.update(|count| *count += 1));
}

/// One key of the reader's organisation, and the moment of which its state is told.
#[server]
pub async fn load_key(id: Uuid) -> Result<(Key, DateTime<Utc>), AppError> {
    use crate::session::server::{now, require};
    let (_, partner) = require(domain::access::Action::ReadPartner).await?;
    let key = crate::portal::store()?.key(partner, id).await?.ok_or_else(|| AppError::NotFound.raise())?;
    Ok((key, now()))
}

/// The key that the address of a dialog names.
fn key_in_address() -> Resource<Result<(Key, DateTime<Utc>), AppError>> {
    let params = leptos_router::hooks::use_params_map();
    let id = Memo::new(move |_| params.with(|params| params.get("id").and_then(|id| id.parse::<Uuid>().ok())).unwrap_or_default());
    Resource::new_blocking(move || id.get(), load_key)
}
