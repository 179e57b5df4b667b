//! `/api/v1`: the interface for machines, with tokens.

mod document;
mod products;
mod token;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::http::header;
use axum::routing::{get, put};
use store::Store;

/// The largest document that may be published, in bytes.
const LARGEST_DOCUMENT: usize = 20 << 20;

/// What this interface looks like, in its own language.
const OPENAPI: &str = include_str!("openapi.json");

/// Every endpoint.
pub fn router(store: Store) -> Router {
    Router::new()
        .route("/api/v1/openapi.json", get(|| async { ([(header::CONTENT_TYPE, "application/json")], OPENAPI) }))
        .route("/api/v1/products", get(products::list))
        .route("/api/v1/products/{id}/document", put(document::publish))
        .layer(DefaultBodyLimit::max(LARGEST_DOCUMENT))
        .with_state(store)
}
