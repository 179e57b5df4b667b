//! The form that makes a token.

use crate::error::AppError;
use crate::ui::{Card, Refused, Select, Submit, TextInput, refusal};
use leptos::prelude::*;

/// Makes a token; its secret waits for the page, once.
#[server(CreateToken)]
pub async fn create_token(
    name: String,
    #[server(default)] expires_in_days: Option<i64>,
    #[server(default)] allows: String,
) -> Result<(), AppError> {
    use crate::session::server::{now, require_admin};
    let by = domain::event::By::person(&require_admin().await?.person);
    let expires_at = domain::key::expiry(expires_in_days, now())?;
    let scope = scope_of(&allows)?;
    let (_, secret) = crate::portal::store()?.create_token(&name, scope, expires_at, &by, now()).await?;
    crate::flash::server::send(crate::flash::server::TOKEN, &secret)?;
    Ok(())
}

/// What a token allows; where nothing is said it publishes.
#[cfg(feature = "ssr")]
fn scope_of(allows: &str) -> Result<store::TokenScope, AppError> {
    let scope = if allows.is_empty() { Some(store::TokenScope::Publish) } else { store::TokenScope::parse(allows) };
    scope.ok_or_else(|| AppError::invalid("allows", "Choose one of the three: publish, usage or gateway."))
}

#[component]
pub fn NewToken(action: ServerAction<CreateToken>, name: RwSignal<String>) -> impl IntoView {
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
                <TextInput label="Name" name="name" bind=name required=true maxlength=80 placeholder="GitHub Actions" hint="Where it will be used." error=refusal(action, "name")/>
                <Select label="For" name="allows" options=allows value="publish" error=refusal(action, "allows")/>
                <Select label="Expires" name="expires_in_days" options=expiries value="365" error=refusal(action, "expires_at")/>
                <Refused action=action fields=&["name", "allows", "expires_at"]/>
                <div class="row end"><Submit pending=action.pending() label="Make token" busy="Making…"/></div>
            </ActionForm>
        </Card>
    }
}

#[cfg(all(test, feature = "ssr"))]
mod tests {
    use super::*;
    use store::TokenScope;

    #[test]
    fn a_token_publishes_only_where_nothing_else_was_asked_for() {
        assert_eq!([scope_of("").unwrap(), scope_of("usage").unwrap()], [TokenScope::Publish, TokenScope::Usage]);
        assert!(scope_of("Publish").unwrap_err().about("allows").is_some());
    }
}
