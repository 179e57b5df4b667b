//! Access tokens: what machines come in with, and what they do with it.

mod commands;
mod fresh;
mod list;
mod new;
mod revoke;

pub use revoke::RevokeTokenDialog;

use crate::error::AppError;
use crate::pages::admin::feedback::{after, loaded, refetch};
use crate::ui::route_dialog::provide_opener;
use chrono::{DateTime, Utc};
use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::components::Outlet;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// Where the dialog goes back to.
const LIST: &str = "/admin/tokens";

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

impl TokenLine {
    /// Whether anybody gets in with it.
    fn works(&self, now: DateTime<Utc>) -> bool {
        self.revoked_at.is_none() && self.expires_at.is_none_or(|at| at > now)
    }

    /// What it is for, in words.
    fn purpose(&self) -> &str {
        match self.allows.as_str() {
            "publish" => "publishes documents",
            "usage" => "reads everybody's usage",
            "gateway" => "is another gateway's",
            newer => newer,
        }
    }
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

/// What the dialog over the list shares with it.
#[derive(Clone, Copy)]
struct Shared {
    publishing: Resource<Result<Publishing, AppError>>,
    changed: Callback<()>,
}

/// The list, with the dialog over it that the address names.
#[component]
pub fn TokensPage() -> impl IntoView {
    let publishing = Resource::new_blocking(|| (), |()| load_publishing());
    let changed = refetch(publishing);
    provide_context(Shared { publishing, changed });
    let opener = provide_opener();
    let create = ServerAction::<new::CreateToken>::new();
    // Here, since the form is made anew with each list.
    let name = RwSignal::new(String::new());
    after(create, changed, move |()| {
        name.set(String::new());
        "Token made. Store its secret now.".to_owned()
    });
    view! {
        <Title text="Access tokens"/>
        <main id="main">
            <div class="pagehead">
                <div><h1>"Access tokens"</h1><p>"Machines come in with them: pipelines that publish documents, gateways of another make, programs that read usage. Each token is for one of the three."</p></div>
            </div>
            <div class="stack">
                <fresh::FreshToken create/>
                {loaded(publishing, 8, move |Publishing { tokens, site, products, now }| view! {
                    <div class="two even">
                        <commands::Publish site=site.clone() products/>
                        <new::NewToken action=create name/>
                    </div>
                    <list::TokenList tokens now opener/>
                    <div class="two even">
                        <commands::OtherGateway site=site.clone()/>
                        <commands::ReadUsage site/>
                    </div>
                }.into_any())}
            </div>
        </main>
        <Outlet/>
    }
}

/// No dialog over the list.
#[component]
pub fn TokensAlone() -> impl IntoView {}
