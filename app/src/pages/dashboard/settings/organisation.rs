//! The organisation's name.

use super::after_saving;
use crate::error::AppError;
use crate::ui::{Refused, Submit, TextInput, refusal};
use leptos::prelude::*;

/// Renames the organisation that the reader acts for.
#[server(RenamePartner)]
pub async fn rename_partner(organisation: String) -> Result<(), AppError> {
    let (actor, partner) = crate::session::server::require(domain::access::Action::ManagePartner).await?;
    let by = domain::event::By::person(&actor.person);
    Ok(crate::portal::store()?.rename_partner(partner, &organisation, &by, crate::session::server::now()).await?)
}

#[component]
pub fn OrganisationForm(name: String) -> impl IntoView {
    let action = ServerAction::<RenamePartner>::new();
    after_saving(action, "Organisation renamed.");
    view! {
        <ActionForm action=action attr:class="form">
            <TextInput label="Organisation" name="organisation" value=name required=true autocomplete="organization" error=refusal(action, "organisation")/>
            <Refused action=action fields=&["organisation"]/>
            <div><Submit class="" pending=action.pending() label="Rename" busy="Saving…"/></div>
        </ActionForm>
    }
}
