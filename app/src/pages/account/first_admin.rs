//! The first admin of an instance, from the link that is printed at the first start.

use super::sheet::{Sheet, query, refresh_session_after};
use crate::error::AppError;
use crate::ui::{Refused, Submit, TextInput, refusal};
use domain::account::password_hint;
use leptos::prelude::*;

/// Makes the first admin and signs them in.
#[server(FirstAdminRequest)]
pub async fn first_admin(token: String, email: String, password: String, name: String) -> Result<(), AppError> {
    use super::limits::server::{enter, mail};
    mail().await?;
    let person = crate::portal::store()?.claim_first_admin(&token, &email, &password, &name, crate::session::server::now()).await?;
    let person = person.ok_or_else(|| {
        AppError::invalid("token", "This link was used, or there is an admin already. Start the portal again for a new one.")
    })?;
    enter(person.id).await?;
    leptos_axum::redirect("/admin");
    Ok(())
}

#[component]
pub fn FirstAdmin() -> impl IntoView {
    let action = ServerAction::<FirstAdminRequest>::new();
    let token = query("token");
    refresh_session_after(action);
    view! {
        <Sheet title="Make the first admin" sentence="Products, plans, partners and everybody's bills are in your hands then.">
            <ActionForm action=action attr:class="form">
                <input type="hidden" name="token" value=token/>
                <TextInput label="Your name" name="name" autocomplete="name" required=true error=refusal(action, "name")/>
                <TextInput label="Email" name="email" kind="email" autocomplete="email" required=true error=refusal(action, "email")/>
                <TextInput label="Password" name="password" hint=password_hint("A sentence works well.") kind="password" autocomplete="new-password" required=true error=refusal(action, "password")/>
                <Refused action=action fields=&["name", "email", "password"]/>
                <Submit pending=action.pending() label="Make admin" busy="Saving…"/>
            </ActionForm>
        </Sheet>
    }
}
