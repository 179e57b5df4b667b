//! Where a product is in its life: active, beta or deprecated, and what each means.

use crate::error::AppError;
use crate::pages::admin::feedback::after;
use crate::ui::{Card, Refused, Submit};
use domain::product::Status;
use leptos::prelude::*;

/// Changes a product's status.
#[server(SetStatus)]
pub async fn set_status(product: String, status: Status) -> Result<Status, AppError> {
    use crate::session::server::{now, require_admin};
    let by = domain::event::By::person(&require_admin().await?.person);
    if !crate::portal::store()?.set_product_status(&product, status, &by, now()).await? {
        return Err(AppError::NotFound.raise());
    }
    Ok(status)
}

#[component]
pub fn StandingCard(product: String, status: Status, changed: Callback<()>) -> impl IntoView {
    let action = ServerAction::<SetStatus>::new();
    after(action, changed, |status| format!("The status is {} now.", status.as_str()));
    let choices = Status::ALL.map(|each| {
        let (name, means) = explain(each);
        view! {
            <label class="check">
                <input type="radio" name="status" value=each.as_str() checked=each == status/>
                <span>{name}<span class="hint">{means}</span></span>
            </label>
        }
    });
    view! {
        <Card title="Status">
            <ActionForm action=action attr:class="form">
                <input type="hidden" name="product" value=product/>
                <fieldset class="stack tight"><legend class="unseen">"Status"</legend>{choices.collect_view()}</fieldset>
                <Refused action=action fields=&[]/>
                <div class="row end"><Submit class="" pending=action.pending() label="Change status" busy="Changing…"/></div>
            </ActionForm>
        </Card>
    }
}

fn explain(status: Status) -> (&'static str, &'static str) {
    match status {
        Status::Active => ("Active", "In the catalogue, for everybody who may see it."),
        Status::Beta => ("Beta", "In the catalogue and marked, so that partners expect changes."),
        Status::Deprecated => {
            ("Deprecated", "Out of the catalogue: no new keys, plans or console calls. Live calls of partners who have a plan go on.")
        }
    }
}
