//! A product's document: how to publish one, and every revision that was accepted.

use super::frame::{ProductFrame, product_in_address};
use super::publish::{Draft, PublishByUrl, PublishText};
use super::revisions::RevisionsCard;
use crate::error::AppError;
use crate::pages::admin::feedback::{loaded, refetch};
use crate::ui::Card;
use chrono::{DateTime, Utc};
use domain::product::{Product, Revision};
use leptos::prelude::*;
use serde::{Deserialize, Serialize};

/// A product, its revisions, and what would make the document in force better.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Documents {
    pub product: Product,
    /// Newest first.
    pub revisions: Vec<Revision>,
    pub advice: Vec<spec::lint::Advice>,
    pub now: DateTime<Utc>,
}

/// The documents of a product.
#[server]
pub async fn load_documents(id: String) -> Result<Documents, AppError> {
    use crate::session::server::{now, require_admin};
    require_admin().await?;
    let store = crate::portal::store()?;
    let product = store.product(&id).await?.ok_or_else(|| AppError::NotFound.raise())?;
    let published = store.published(&id).await?;
    let advice = published.map(|published| spec::lint::advice(&published.api)).unwrap_or_default();
    Ok(Documents { product, revisions: store.revisions(&id).await?, advice, now: now() })
}

#[component]
pub fn DocumentPage() -> impl IntoView {
    let id = product_in_address();
    let documents = Resource::new_blocking(move || id.get(), load_documents);
    let changed = refetch(documents);
    let draft = Draft::new(changed);
    view! {
        <main id="main">
            {loaded(documents, 10, move |documents| view! { <Shown documents draft changed/> }.into_any())}
        </main>
    }
}

#[component]
fn Shown(documents: Documents, draft: Draft, changed: Callback<()>) -> impl IntoView {
    let Documents { product, revisions, advice, now } = documents;
    let (id, spec_url) = (product.id.clone(), product.spec_url.clone());
    view! {
        <ProductFrame product tab="document">
            <div class="two even">
                <PublishText product=id.clone() draft/>
                <div class="stack">
                    <PublishByUrl product=id spec_url changed/>
                    <Card title="Publish from CI" actions=|| view! { <a class="btn sm" href="/admin/tokens">"Get the commands"</a> }>
                        <p class="sm dim">"A pipeline that publishes on every merge keeps docs, console and samples as new as the code."</p>
                    </Card>
                </div>
            </div>
            {(!advice.is_empty()).then(|| advice_card(&advice))}
            <RevisionsCard revisions now/>
        </ProductFrame>
    }
}

fn advice_card(advice: &[spec::lint::Advice]) -> AnyView {
    let lines = advice.iter().map(|advice| view! { <li><code>{advice.pointer.clone()}</code>" "{advice.message.clone()}</li> });
    let lines = lines.collect_view();
    view! {
        <Card title=format!("What would make the document better ({})", advice.len())>
            <details class="admin-advice">
                <summary class="sm">"None of it keeps the document from being published."</summary>
                <ul class="sm">{lines}</ul>
            </details>
        </Card>
    }
    .into_any()
}
