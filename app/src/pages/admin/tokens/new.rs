//! The form that makes a token.

use crate::error::AppError;
use crate::ui::{Card, Refused, Select, Submit, TextInput, refusal};
use leptos::prelude::*;

/// Makes a token; its secret waits for the page, once. What is not said to be for something else publishes.
#[server(CreateToken)]
pub async fn create_token(
    name: String,
    #[server(default)] expires_in_days: Option<i64>,
    #[server(default)] allows: String,
) -> Result<(), AppError> {
    use crate::session::server::{now, require_admin};
    let by = domain::event::By::person(&require_admin().await?.person);
    let expires_at = domain::key::expiry(expires_in_days, now())?;
    let scope = store::TokenScope::parse(&allows).unwrap_or(store::TokenScope::Publish);
    let (_, secret) = crate::portal::store()?.create_token(&name, scope, expires_at, &by, now()).await?;
    crate::flash::server::send(crate::flash::server::TOKEN, &secret)?;
    Ok(())
}

#[component]
pub fn NewToken(action: ServerAction<CreateToken>) -> impl IntoView {
    let expiries = [("365", "In a year"), ("90", "In 90 days"), ("30", "In 30 days"), ("", "Never")];
    let expiries = expiries.map(|(value, label)| (value.to_owned(), label.to_owned())).to_vec();
    let allows = [
        ("publish", "Publishing documents"),
        ("usage", "Reading the usage of everybody"),
        ("gateway", "Another gateway: verifying keys, reporting calls"),
    ];
    let allows = allows.map(|(value, label)| (value.to_owned(), label.to_owned())).to_vec();
    view! {
        <Card title="New token">
            <ActionForm action=action attr:class="form">
                <TextInput label="Name" name="name" required=true maxlength=80 placeholder="GitHub Actions" hint="Where it will be used." error=refusal(action, "name")/>
                <Select label="For" name="allows" options=allows value="publish"/>
                <Select label="Expires" name="expires_in_days" options=expiries value="365" error=refusal(action, "expires_at")/>
                <Refused action=action fields=&["name", "expires_at"]/>
                <div class="row end"><Submit pending=action.pending() label="Make token" busy="Making…"/></div>
            </ActionForm>
        </Card>
    }
}
