//! `/api/v1` and the addresses for other gateways: the interface for machines, with tokens.

mod document;
mod events;
mod products;
mod reading;
mod token;
mod usage;
mod verify;

use crate::gateway::Gateway;
use crate::problem;
use axum::Router;
use axum::extract::{DefaultBodyLimit, FromRef};
use axum::http::header;
use axum::routing::{get, post, put};
use store::Store;

/// The largest body: a document to publish, or a batch of events.
const LARGEST_BODY: usize = 20 << 20;

/// What this interface looks like, in its own language.
const OPENAPI: &str = include_str!("openapi.json");

/// What the endpoints need.
#[derive(Clone)]
pub struct Machines {
    pub store: Store,
    pub gateway: Gateway,
}

impl FromRef<Machines> for Store {
    fn from_ref(machines: &Machines) -> Self {
        machines.store.clone()
    }
}

impl FromRef<Machines> for Gateway {
    fn from_ref(machines: &Machines) -> Self {
        machines.gateway.clone()
    }
}

/// Every endpoint.
pub fn router(machines: Machines) -> Router {
    Router::new()
        .route("/api/v1/openapi.json", get(|| async { ([(header::CONTENT_TYPE, "application/json")], OPENAPI) }))
        .route("/api/v1/products", get(products::list))
        .route("/api/v1/products/{id}/document", put(document::publish))
        .route("/api/v1/usage", get(usage::read))
        .route("/v1/keys/verify", post(verify::verify))
        .route("/v1/usage", post(events::report))
        .method_not_allowed_fallback(problem::refuse_method)
        .layer(DefaultBodyLimit::max(LARGEST_BODY))
        .with_state(machines)
}
