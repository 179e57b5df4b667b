//! Publishing from CI: the tokens that machines publish with, and the commands that do it.

mod commands;
mod fresh;
mod list;
mod new;

use crate::error::AppError;
use crate::pages::admin::feedback::{after, loaded, refetch};
use chrono::{DateTime, Utc};
use leptos::prelude::*;
use leptos_meta::Title;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// A token without its secret.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TokenLine {
    pub id: Uuid,
    pub name: String,
    /// What it allows: `publish`, `usage` or `gateway`.
    pub allows: String,
    pub created_at: DateTime<Utc>,
    pub created_by: String,
    pub expires_at: Option<DateTime<Utc>>,
    pub last_used_at: Option<DateTime<Utc>>,
    pub revoked_at: Option<DateTime<Utc>>,
}

/// The tokens, and what the commands on the page are made of.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Publishing {
    pub tokens: Vec<TokenLine>,
    /// The base URL of this portal.
    pub site: String,
    /// Ids and names of the products.
    pub products: Vec<(String, String)>,
    pub now: DateTime<Utc>,
}

/// Every token, newest first, revoked ones last.
#[server]
pub async fn load_publishing() -> Result<Publishing, AppError> {
    use crate::session::server::{now, require_admin};
    require_admin().await?;
    let portal = crate::portal::portal()?;
    let line = |token: store::Token| TokenLine {
        id: token.id,
        name: token.name,
        allows: token.scope.as_str().to_owned(),
        created_at: token.created_at,
        created_by: token.created_by,
        expires_at: token.expires_at,
        last_used_at: token.last_used_at,
        revoked_at: token.revoked_at,
    };
    Ok(Publishing {
        tokens: portal.store.tokens().await?.into_iter().map(line).collect(),
        products: portal.store.products().await?.into_iter().map(|product| (product.id, product.name)).collect(),
        site: portal.site,
        now: now(),
    })
}

#[component]
pub fn TokensPage() -> impl IntoView {
    let publishing = Resource::new_blocking(|| (), |()| load_publishing());
    let changed = refetch(publishing);
    let create = ServerAction::<new::CreateToken>::new();
    after(create, changed, |()| "Token made. Store its secret now.".to_owned());
    view! {
        <Title text="Publish from CI"/>
        <main id="main">
            <div class="pagehead">
                <div><h1>"Publish from CI"</h1><p>"A pipeline publishes a document with one command and a token, so that the docs are never older than the code."</p></div>
            </div>
            <div class="stack">
                <fresh::FreshToken create/>
                {loaded(publishing, 8, move |Publishing { tokens, site, products, now }| view! {
                    <div class="two even">
                        <commands::Commands site products/>
                        <new::NewToken action=create/>
                    </div>
                    <list::TokenList tokens now changed/>
                }.into_any())}
            </div>
        </main>
    }
}
