//! What changed: the revisions of one product, and of all.

use super::product::{framed, load_product_head, use_product_id};
use super::trouble::Failed;
use crate::error::AppError;
use crate::ui::{Empty, Glyph, Pill, Skeleton, Tone, format, with_code};
use chrono::{DateTime, Utc};
use domain::product::RevisionChange;
use leptos::prelude::*;
use leptos_meta::{Meta, Title};
use serde::{Deserialize, Serialize};

/// A revision as readers see it: without who published it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    pub product_id: String,
    pub product_name: String,
    pub number: i64,
    pub version: String,
    pub at: DateTime<Utc>,
    pub changes: Vec<RevisionChange>,
}

/// The newest revisions over all products that the visitor may see.
#[server]
pub async fn newest_changes() -> Result<Vec<Entry>, AppError> {
    const NEWEST: i64 = 50;
    let store = crate::portal::store()?;
    let partner = crate::session::server::partner().await?;
    let products = store.catalogue(partner).await?;
    let revisions = store.changelog(partner, NEWEST).await?.into_iter();
    let named = revisions.filter_map(|r| products.iter().find(|p| p.id == r.product_id).map(|p| super::source::entry(r, p.name.clone())));
    Ok(named.collect())
}

/// Every revision of one product, newest first.
#[server]
pub async fn product_changes(id: String) -> Result<Vec<Entry>, AppError> {
    let product = super::source::visible(&id).await?;
    Ok(crate::portal::store()?.revisions(&id).await?.into_iter().map(|r| super::source::entry(r, product.name.clone())).collect())
}

/// The page at `/apis/:id/changelog`.
#[component]
pub fn ProductChangelog() -> impl IntoView {
    let id = use_product_id();
    let loaded = Resource::new_blocking(
        move || id.get(),
        |id| async move { Ok((load_product_head(id.clone()).await?, product_changes(id).await?)) },
    );
    framed(loaded, |_, entries| view! { <Entries entries named=false/> }.into_any())
}

/// The page at `/changelog`.
#[component]
pub fn Changelog() -> impl IntoView {
    let entries = Resource::new_blocking(|| (), |()| newest_changes());
    view! {
        <Title text="Changelog"/>
        <Meta name="description" content="What changed in the APIs, newest first; breaking changes are marked."/>
        <main id="main" class="page">
            <div class="pagehead"><div>
                <h1>"Changelog"</h1>
                <p class="dim">"What changed in the published documents, newest first. A breaking change is marked."</p>
            </div></div>
            <Transition fallback=|| view! { <Skeleton rows=6/> }>
                {move || Suspend::new(async move {
                    match entries.await {
                        Ok(entries) => view! { <Entries entries named=true/> }.into_any(),
                        Err(error) => view! { <Failed error/> }.into_any(),
                    }
                })}
            </Transition>
        </main>
    }
}

#[component]
fn Entries(entries: Vec<Entry>, named: bool) -> impl IntoView {
    if entries.is_empty() {
        let text = "Each published document appears here with what it changed.";
        return view! { <Empty icon=Glyph::History title="Nothing published yet" text/> }.into_any();
    }
    let entries = entries.into_iter().map(|entry| view! { <One entry named/> });
    view! { <ol class="changelog">{entries.collect_view()}</ol> }.into_any()
}

#[component]
fn One(entry: Entry, named: bool) -> impl IntoView {
    let title = if named { format!("{} {}", entry.product_name, entry.version) } else { format!("Version {}", entry.version) };
    let address = format!("/apis/{}", entry.product_id);
    let title = if named { view! { <a href=address>{title}</a> }.into_any() } else { title.into_any() };
    let is_first = entry.changes.is_empty() && entry.number == 1;
    let nothing = if is_first { "First published document." } else { "Wording only: no operation, parameter or answer changed." };
    let body = if entry.changes.is_empty() {
        view! { <p class="dim sm">{nothing}</p> }.into_any()
    } else {
        let rows = entry.changes.into_iter().map(|change| row(&entry.product_id, change));
        view! { <ul class="plain changes">{rows.collect_view()}</ul> }.into_any()
    };
    view! {
        <li>
            <time class="sm faint num" datetime=entry.at.to_rfc3339()>{format::date(entry.at)}</time>
            <div class="stack">
                <h2>{title}" "<span class="xs faint mono">{format!("revision {}", entry.number)}</span></h2>
                {body}
            </div>
        </li>
    }
}

fn row(product: &str, change: RevisionChange) -> impl IntoView + use<> {
    let (tone, label) = kind(&change);
    let still_there = change.kind != "removed";
    let link = change.operation.filter(|_| still_there).map(|operation| {
        view! { <a class="sm" href=format!("/apis/{product}/docs/{operation}")>"Read it"</a> }
    });
    view! { <li><Pill tone=tone>{label}</Pill><span>{with_code(&change.summary)}{link}</span></li> }
}

fn kind(change: &RevisionChange) -> (Tone, &'static str) {
    match change.kind.as_str() {
        _ if change.breaking => (Tone::Bad, "Breaking"),
        "added" => (Tone::Good, "Added"),
        "deprecated" => (Tone::Warn, "Deprecated"),
        "removed" => (Tone::Warn, "Removed"),
        _ => (Tone::Info, "Changed"),
    }
}
