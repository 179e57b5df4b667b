//! The form that makes a token.

use crate::error::AppError;
use crate::ui::{Card, Refused, Select, Submit, TextInput, refusal};
use leptos::prelude::*;

/// Makes a token that publishes; its secret waits for the page, once.
#[server(CreateToken)]
pub async fn create_token(name: String, #[server(default)] expires_in_days: Option<i64>) -> Result<(), AppError> {
    use crate::session::server::{now, require_admin};
    let by = domain::event::By::person(&require_admin().await?.person);
    let expires_at = domain::key::expiry(expires_in_days, now())?;
    let (_, secret) = crate::portal::store()?.create_token(&name, store::TokenScope::Publish, expires_at, &by, now()).await?;
    crate::flash::server::send(crate::flash::server::TOKEN, &secret)?;
    Ok(())
}

#[component]
pub fn NewToken(action: ServerAction<CreateToken>) -> impl IntoView {
    let expiries = [("365", "In a year"), ("90", "In 90 days"), ("30", "In 30 days"), ("", "Never")];
    let expiries = expiries.map(|(value, label)| (value.to_owned(), label.to_owned())).to_vec();
    view! {
        <Card title="New token">
            <ActionForm action=action attr:class="form">
                <TextInput label="Name" name="name" required=true maxlength=80 placeholder="GitHub Actions" hint="Where it will be used." error=refusal(action, "name")/>
                <Select label="Expires" name="expires_in_days" options=expiries value="365" error=refusal(action, "expires_at")/>
                <Refused action=action fields=&["name", "expires_at"]/>
                <div class="row end"><Submit pending=action.pending() label="Make token" busy="Making…"/></div>
            </ActionForm>
        </Card>
    }
}
