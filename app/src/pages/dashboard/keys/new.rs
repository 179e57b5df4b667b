//! The dialog that makes a key.

use super::scope::{AddressField, ScopeFields, callable};
use super::{LIST, tell_list};
use crate::error::AppError;
use crate::pages::dashboard::settings::Resend;
use crate::session::use_session;
use crate::ui::route_dialog::RouteDialog;
use crate::ui::{Refused, Select, Submit, TextInput, refusal};
use domain::key::{Environment, Scope};
use leptos::prelude::*;

/// Makes a key; its secret waits for the next page, once.
#[server(CreateKey)]
pub async fn create_key(
    name: String,
    environment: Environment,
    scope: String,
    #[server(default)] products: Vec<String>,
    #[server(default)] expires_in_days: Option<i64>,
    #[server(default)] addresses: String,
) -> Result<(), AppError> {
    use crate::session::server::{now, require};
    let (actor, partner) = require(domain::access::Action::ManageKeys).await?;
    let expires_at = domain::key::expiry(expires_in_days, now())?;
    let new = store::NewKey {
        name,
        environment,
        scope: super::scope::chosen(&scope, products)?,
        expires_at,
        addresses: domain::addresses::Addresses::read(&addresses)?,
    };
    let by = domain::event::By::person(&actor.person);
    let created = crate::portal::store()?.create_key(partner, new, actor.person.verified_at.is_some(), &by, now()).await?;
    crate::flash::server::send(crate::flash::server::KEY, &created.secret)?;
    leptos_axum::redirect("/dashboard/keys/created");
    Ok(())
}

#[component]
pub fn NewKeyDialog() -> impl IntoView {
    let action = ServerAction::<CreateKey>::new();
    tell_list(action);
    let session = use_session();
    let unconfirmed = move || session.actor().is_some_and(|actor| actor.person.verified_at.is_none());
    let expiries = [("", "Never"), ("30", "In 30 days"), ("90", "In 90 days"), ("365", "In a year")];
    let expiries = expiries.map(|(value, label)| (value.to_owned(), label.to_owned())).to_vec();
    view! {
        <RouteDialog title="New key" back=LIST>
            <Transition>{move || unconfirmed().then(|| view! { <Resend/> })}</Transition>
            <ActionForm action=action attr:class="form">
                <TextInput label="Name" name="name" hint="Where it will be used, such as Checkout, production." required=true error=refusal(action, "name")/>
                <Environments error=refusal(action, "environment")/>
                <ScopeFields scope=Scope::All products=callable() error=refusal(action, "products")/>
                <Select label="Expires" name="expires_in_days" options=expiries error=refusal(action, "expires_at")/>
                <AddressField addresses=String::new() error=refusal(action, "addresses")/>
                <Refused action=action fields=&["name", "environment", "products", "expires_at", "addresses"]/>
                <div class="row end">
                    <a class="btn" href=LIST>"Cancel"</a>
                    <Submit pending=action.pending() label="Make key" busy="Making…"/>
                </div>
            </ActionForm>
        </RouteDialog>
    }
}

#[component]
fn Environments(#[prop(into)] error: Signal<Option<String>>) -> impl IntoView {
    view! {
        <fieldset>
            <legend>"Environment"</legend>
            <label class="check"><input type="radio" name="environment" value="test" checked=true/><span>"Test"<span class="hint">"Calls the sandbox. Never billed."</span></span></label>
            <label class="check"><input type="radio" name="environment" value="live"/><span>"Live"<span class="hint">"Calls the gateway under your plans."</span></span></label>
            <div aria-live="polite">{move || error.get().map(|message| view! { <span class="err">{message}</span> })}</div>
        </fieldset>
    }
}
