//! Which products a key may call, and where from: everything, or a choice.

use crate::error::AppError;
use crate::ui::{Skeleton, TextArea};
use domain::key::Scope;
use leptos::prelude::*;
use serde::{Deserialize, Serialize};

/// A product that a key may name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CallableProduct {
    pub id: String,
    pub name: String,
    /// Not retired: of the others only those are shown that the key covers.
    pub is_offered: bool,
}

/// The products that a key of the reader's organisation may name.
#[server]
pub async fn callable_products() -> Result<Vec<CallableProduct>, AppError> {
    use domain::product::{Product, Status};
    let (_, partner) = crate::session::server::require(domain::access::Action::ReadPartner).await?;
    let products = crate::portal::store()?.visible_products(Some(partner)).await?;
    let callable = |Product { id, name, status, .. }| CallableProduct { id, name, is_offered: status != Status::Deprecated };
    Ok(products.into_iter().map(callable).collect())
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
pub type Callable = Resource<Result<Vec<CallableProduct>, AppError>>;

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
                        ticks(products, &scope).into_iter().map(|tick| tick_box(tick, only)).collect_view()
                    })}
                </Transition>
            </div>
            <div aria-live="polite">{move || error.get().map(|message| view! { <span class="err">{message}</span> })}</div>
        </fieldset>
    }
}

/// A product to tick.
#[derive(Debug, PartialEq, Eq)]
struct Tick {
    id: String,
    name: String,
    is_set: bool,
    is_offered: bool,
}

/// What is offered, then what the key covers besides: a form that left that out would take it from the key. What is not shown to its
/// organisation any more goes by its id.
fn ticks(products: Vec<CallableProduct>, scope: &Scope) -> Vec<Tick> {
    let covered: &[String] = match scope {
        Scope::All => &[],
        Scope::Only(ids) => ids,
    };
    let hidden = covered.iter().filter(|id| !products.iter().any(|product| product.id == **id));
    let hidden: Vec<_> = hidden.map(|id| Tick { id: id.clone(), name: id.clone(), is_set: true, is_offered: false }).collect();
    let shown =
        products.into_iter().map(|CallableProduct { id, name, is_offered }| Tick { is_set: covered.contains(&id), id, name, is_offered });
    let (offered, besides): (Vec<_>, Vec<_>) = shown.chain(hidden).partition(|tick| tick.is_offered);
    offered.into_iter().chain(besides.into_iter().filter(|tick| tick.is_set)).collect()
}

fn tick_box(tick: Tick, only: RwSignal<bool>) -> AnyView {
    let Tick { id, name, is_set, is_offered } = tick;
    let hint = (!is_offered).then(|| view! { <span class="hint">"No longer offered. Without the tick, the key loses it."</span> });
    view! {
        <label class="check">
            <input type="checkbox" name="products[]" value=id checked=is_set on:change=move |_| only.set(true)/>
            <span>{name}" "{hint}</span>
        </label>
    }
    .into_any()
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_keeps_what_is_no_longer_offered() {
        let product = |id: &str, name: &str, is_offered| CallableProduct { id: id.to_owned(), name: name.to_owned(), is_offered };
        let products = || {
            vec![
                product("fax", "Fax", false),
                product("labels", "Labels", false),
                product("rates", "Rates", true),
                product("customs", "Customs", true),
            ]
        };
        let tick = |id: &str, name: &str, is_set, is_offered| Tick { id: id.to_owned(), name: name.to_owned(), is_set, is_offered };
        let scope = Scope::Only(["hidden", "labels", "rates"].map(str::to_owned).to_vec());
        let expected = [
            tick("rates", "Rates", true, true),
            tick("customs", "Customs", false, true),
            tick("labels", "Labels", true, false),
            tick("hidden", "hidden", true, false),
        ];
        assert_eq!(ticks(products(), &scope), expected);
        assert!(ticks(products(), &Scope::All).iter().all(|tick| tick.is_offered && !tick.is_set));
    }
}
