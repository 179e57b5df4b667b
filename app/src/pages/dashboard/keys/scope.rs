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

/// What is offered, then what the key covers besides: a form that left that out would take it from the key.
fn ticks(offered: Vec<(String, String)>, scope: &Scope) -> Vec<Tick> {
    let covered: &[String] = match scope {
        Scope::All => &[],
        Scope::Only(ids) => ids,
    };
    let besides = covered.iter().filter(|id| !offered.iter().any(|(each, _)| each == *id));
    let besides: Vec<_> = besides.map(|id| Tick { id: id.clone(), name: id.clone(), is_set: true, is_offered: false }).collect();
    let offered = offered.into_iter().map(|(id, name)| Tick { is_set: covered.contains(&id), id, name, is_offered: true });
    offered.chain(besides).collect()
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
        let offered = || vec![("rates".to_owned(), "Rates".to_owned()), ("customs".to_owned(), "Customs".to_owned())];
        let tick = |id: &str, name: &str, is_set, is_offered| Tick { id: id.to_owned(), name: name.to_owned(), is_set, is_offered };
        let scope = Scope::Only(vec!["labels".to_owned(), "rates".to_owned()]);
        let expected = [tick("rates", "Rates", true, true), tick("customs", "Customs", false, true), tick("labels", "labels", true, false)];
        assert_eq!(ticks(offered(), &scope), expected);
        assert!(ticks(offered(), &Scope::All).iter().all(|tick| tick.is_offered && !tick.is_set));
    }
}
