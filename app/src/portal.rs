//! What the server hands to every page and server function.

use crate::error::AppError;
use crate::pages::catalogue::Explained;
use domain::event::By;
use leptos::prelude::*;
use std::pin::Pin;
use std::sync::Arc;
use store::{PublishOutcome, Store};

/// The portal behind the pages.
#[derive(Clone)]
pub struct Portal {
    pub store: Store,
    /// The base URL that people use, without a trailing slash: for links in mails and code samples.
    pub site: String,
    /// Where the built site's files are.
    pub assets: Assets,
    /// Fetches a product's document from its `spec_url` and publishes it, through the server's guards.
    pub refetch: Refetch,
}

impl Portal {
    /// Whether browsers reach it over TLS.
    pub fn has_tls(&self) -> bool {
        self.site.starts_with("https://")
    }
}

/// An act that only the server can do: the id of the product, and who asks.
pub type Refetch = Arc<dyn Fn(String, By) -> Pin<Box<dyn Future<Output = Result<Refetched, String>> + Send>> + Send + Sync>;

/// What came of fetching a product's document; the error of [`Refetch`] is a sentence for the admin.
#[derive(Debug, Clone)]
pub enum Refetched {
    /// The other side says that it is the document of the last time.
    NotModified,
    /// A document came.
    Fetched(PublishOutcome),
}

/// Every kind of problem that the server answers with; beside the [`Portal`] in the context.
#[derive(Clone, Copy)]
pub struct Problems(pub fn() -> Vec<Explained>);

/// The hashed paths of the built site.
#[derive(Debug, Clone, Default)]
pub struct Assets {
    pub css: String,
    pub js: String,
    pub wasm: String,
    /// The loader of lazy pages, which the first module imports: `split.js` of the site's manifest.
    pub split: String,
    /// Which pieces of WASM each lazy page loads: `lazy` of the site's manifest.
    pub lazy: std::collections::HashMap<String, Vec<String>>,
    /// The SVG sprite of the icons.
    pub icons: String,
    /// The chart library; empty where it was not built.
    pub charts: String,
    /// Fonts to preload.
    pub fonts: Vec<String>,
}

/// The portal of the request under way.
///
/// # Errors
/// [`AppError::Internal`] outside of a request, which the server's set-up rules out.
pub fn portal() -> Result<Portal, AppError> {
    use_context::<Portal>().ok_or_else(|| AppError::Internal { request_id: request_id() }.raise())
}

/// The store of the request under way.
///
/// # Errors
/// As [`portal`].
pub fn store() -> Result<Store, AppError> {
    Ok(portal()?.store)
}

/// Every kind of problem that the server answers with.
///
/// # Errors
/// As [`portal`].
pub fn problems() -> Result<Vec<Explained>, AppError> {
    let Problems(kinds) = use_context::<Problems>().ok_or_else(|| AppError::Internal { request_id: request_id() }.raise())?;
    Ok(kinds())
}

/// The id under which this request is logged.
pub fn request_id() -> String {
    use_context::<http::request::Parts>()
        .and_then(|parts| parts.headers.get("x-request-id").and_then(|id| id.to_str().ok()).map(str::to_owned))
        .unwrap_or_default()
}
