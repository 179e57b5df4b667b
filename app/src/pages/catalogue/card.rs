//! A product as the catalogue shows it.

use crate::ui::{Glyph, Icon, Pill, Tone, Verb};
use chrono::{DateTime, Utc};
use domain::money::grouped;
use domain::product::{Category, OperationEntry, Status};
use leptos::prelude::*;
use serde::{Deserialize, Serialize};

/// What a visitor may know of a product: a product less where its upstream is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProductCard {
    pub id: String,
    pub name: String,
    pub description: String,
    pub version: String,
    pub category: Category,
    pub status: Status,
    pub tags: Vec<String>,
    /// The name of a Lucide icon.
    pub icon: String,
    pub operations: i64,
    /// `Free 500 · from $49`.
    pub offer: String,
    /// The operations because of which a search found it.
    #[serde(default)]
    pub matches: Vec<OperationEntry>,
    pub created_at: DateTime<Utc>,
}

/// How a category is written.
pub fn category_label(category: Category) -> &'static str {
    match category {
        Category::Logistics => "Logistics",
        Category::Payments => "Payments",
        Category::Data => "Data",
        Category::Communication => "Communication",
        Category::Analytics => "Analytics",
    }
}

/// `1 operation`, `9 operations`.
pub fn operations_label(count: i64) -> String {
    if count == 1 { "1 operation".to_owned() } else { format!("{} operations", grouped(count.unsigned_abs())) }
}

/// The icon that a product names, in its box.
#[component]
pub fn ProductIcon(#[prop(into)] name: String) -> impl IntoView {
    view! { <span class="glyph"><Icon name=Glyph::named(&name) size=18/></span> }
}

/// The state of a product that is not simply active.
#[component]
pub fn StatusPill(status: Status) -> impl IntoView {
    match status {
        Status::Active => ().into_any(),
        Status::Beta => view! { <Pill tone=Tone::Warn>"Beta"</Pill> }.into_any(),
        Status::Deprecated => view! { <Pill tone=Tone::Bad>"Deprecated"</Pill> }.into_any(),
    }
}

/// One card; the whole of it leads to the product.
#[component]
pub fn Card(card: ProductCard) -> impl IntoView {
    let address = format!("/apis/{}", card.id);
    let docs = format!("/apis/{}/docs", card.id);
    view! {
        <article class="card product">
            <div class="row">
                <ProductIcon name=card.icon/>
                <div class="grow">
                    <h2><a class="cover" href=address>{card.name.clone()}</a></h2>
                    <div class="xs faint mono">{format!("v{} · {}", card.version, operations_label(card.operations))}</div>
                </div>
                <StatusPill status=card.status/>
            </div>
            <p>{card.description}</p>
            {matches_or_tags(&card.id, card.matches, card.tags)}
            <footer>
                <span>{card.offer}</span>
                <a class="row" href=docs aria-label=format!("Docs of {}", card.name)>"Docs"<Icon name=Glyph::ArrowRight size=13/></a>
            </footer>
        </article>
    }
}

/// The operations that a search found, else the tags.
fn matches_or_tags(product: &str, matches: Vec<OperationEntry>, tags: Vec<String>) -> AnyView {
    if matches.is_empty() {
        let tags = tags.into_iter().map(|tag| view! { <span class="tag">{tag}</span> }).collect_view();
        return view! { <div class="row wrap tags">{tags}</div> }.into_any();
    }
    let rows = matches.into_iter().map(|operation| {
        let address = format!("/apis/{product}/docs/{}", operation.operation_id);
        view! {
            <li>
                <a href=address><Verb method=operation.method/><span>{if operation.summary.is_empty() { operation.path } else { operation.summary }}</span></a>
            </li>
        }
    });
    view! { <ul class="matches">{rows.collect_view()}</ul> }.into_any()
}
