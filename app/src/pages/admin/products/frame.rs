//! The head that the four pages of a product share.

use super::list::{refusal_note, states};
use crate::ui::{Choice, Glyph, Icon, Tabs};
use domain::product::Product;
use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::hooks::use_params_map;

/// The product that the address names.
pub fn product_in_address() -> Memo<String> {
    let params = use_params_map();
    Memo::new(move |_| params.with(|params| params.get("id").unwrap_or_default()))
}

/// The way back to a list.
#[component]
pub fn Back(href: &'static str, label: &'static str) -> impl IntoView {
    view! { <p class="admin-back sm"><a href=href><Icon name=Glyph::ArrowLeft size=14/>{label}</a></p> }
}

/// Name, state and tabs; then the page.
#[component]
pub fn ProductFrame(
    product: Product,
    /// The last part of the tab's address; empty for details.
    tab: &'static str,
    children: Children,
) -> impl IntoView {
    let base = format!("/admin/products/{}", product.id);
    let tabs = [("", "Details"), ("document", "Document"), ("plans", "Plans"), ("upstream", "Upstream")];
    let tabs = tabs.map(|(value, label)| Choice::new(value, label, format!("{base}/{value}").trim_end_matches('/'))).to_vec();
    let public = product.revision_id.map(|_| {
        let href = format!("/apis/{}", product.id);
        view! { <a class="btn" href=href><Icon name=Glyph::Eye size=14/>"See what partners see"</a> }
    });
    view! {
        <Title text=product.name.clone()/>
        <Back href="/admin/products" label="Products"/>
        <div class="pagehead">
            <div><h1>{product.name.clone()}</h1><div class="row tight wrap">{states(&product)}<span class="mono xs faint">{product.id.clone()}</span></div></div>
            {public}
        </div>
        <Tabs label="Parts of the product" items=tabs current=Signal::stored(tab.to_owned())/>
        <div class="stack admin-tab">
            {refusal_note(&product, tab != "document")}
            {children()}
        </div>
    }
}
