//! A person's name.

use super::after_saving;
use crate::error::AppError;
use crate::ui::{Refused, Submit, TextInput, refusal};
use leptos::prelude::*;

/// Changes the reader's own name.
#[server(RenamePerson)]
pub async fn rename_person(name: String) -> Result<(), AppError> {
    let actor = crate::session::server::signed_in().await?;
    Ok(crate::portal::store()?.rename_person(actor.person.id, &name).await?)
}

#[component]
pub fn ProfileForm(name: String) -> impl IntoView {
    let action = ServerAction::<RenamePerson>::new();
    after_saving(action, "Name saved.");
    view! {
        <ActionForm action=action attr:class="form">
            <TextInput label="Name" name="name" value=name required=true autocomplete="name" error=refusal(action, "name")/>
            <Refused action=action fields=&["name"]/>
            <div><Submit class="" pending=action.pending() label="Save name" busy="Saving…"/></div>
        </ActionForm>
    }
}
