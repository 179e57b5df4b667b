//! Which products a key may call, and where from: everything, or a choice.

use crate::error::AppError;
use crate::ui::{Skeleton, TextArea};
use domain::key::Scope;
use leptos::prelude::*;

/// The products that a key of the reader's organisation may name: (id, name).
#[server]
pub async fn callable_products() -> Result<Vec<(String, String)>, AppError> {
    let (_, partner) = crate::session::server::require(domain::access::Action::ReadPartner).await?;
    let products = crate::portal::store()?.catalogue(Some(partner)).await?;
    Ok(products.into_iter().map(|product| (product.id, product.name)).collect())
}

/// What the two fields `scope` and `products[]` of a form mean together.
#[cfg(feature = "ssr")]
pub fn chosen(scope: &str, products: Vec<String>) -> Result<Scope, AppError> {
    match scope {
        "all" => Ok(Scope::All),
        _ if products.is_empty() => Err(AppError::invalid("products", "Choose at least one API, or all of them.")),
        _ => Ok(Scope::Only(products)),
    }
}

/// What [`ScopeFields`] offers; asked for where the dialog begins, outside of whatever it waits for.
pub type Callable = Resource<Result<Vec<(String, String)>, AppError>>;

/// Asks for it.
pub fn callable() -> Callable {
    Resource::new_blocking(|| (), |()| callable_products())
}

/// The two fields.
#[component]
pub fn ScopeFields(
    /// What is chosen at first.
    scope: Scope,
    products: Callable,
    #[prop(into)] error: Signal<Option<String>>,
) -> impl IntoView {
    let only = RwSignal::new(scope != Scope::All);
    view! {
        <fieldset class="scope">
            <legend>"May call"</legend>
            <label class="check"><input type="radio" name="scope" value="all" checked=scope == Scope::All on:change=move |_| only.set(false)/><span>"All APIs, also those that come later"</span></label>
            <label class="check"><input type="radio" name="scope" value="only" checked=scope != Scope::All on:change=move |_| only.set(true)/><span>"Only these"</span></label>
            <div class="scope-products" class:off=move || !only.get()>
                <Transition fallback=|| view! { <Skeleton rows=3/> }>
                    {move || products.get().and_then(Result::ok).map(|products| {
                        let scope = scope.clone();
                        products.into_iter().map(move |(id, name)| {
                            let checked = matches!(&scope, Scope::Only(ids) if ids.contains(&id));
                            view! { <label class="check"><input type="checkbox" name="products[]" value=id checked=checked on:change=move |_| only.set(true)/><span>{name}</span></label> }
                        }).collect_view()
                    })}
                </Transition>
            </div>
            <div aria-live="polite">{move || error.get().map(|message| view! { <span class="err">{message}</span> })}</div>
        </fieldset>
    }
}

/// Where a key may be used from.
#[component]
pub fn AddressField(
    /// One on each line.
    addresses: String,
    #[prop(into)] error: Signal<Option<String>>,
) -> impl IntoView {
    view! {
        <TextArea label="Allowed addresses" name="addresses" rows=2 value=addresses placeholder="203.0.113.0/24"
            hint="Addresses and networks that calls may come from, one on each line. Empty: from everywhere." error=error/>
    }
}
