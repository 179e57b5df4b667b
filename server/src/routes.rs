//! Every address that the server answers.

use crate::security::{self, Site};
use crate::{assets, pages, problem};
use app::portal::Portal;
use axum::Router;
use axum::extract::State;
use axum::http::StatusCode;
use axum::middleware;
use axum::routing::get;

/// The whole portal as one service.
pub fn router(portal: Portal) -> Router {
    let site = Site(portal.site.as_str().into());
    Router::new()
        .merge(pages::router(&portal).layer(middleware::from_fn_with_state(site.clone(), security::same_origin)))
        .route("/pkg/{*path}", get(assets::file))
        .route("/problems/{slug}", get(problem::explain))
        .route("/healthz", get(|| async { "ok\n" }))
        .route("/readyz", get(ready).with_state(portal))
        .layer(middleware::from_fn_with_state(site, security::harden))
        .layer(middleware::from_fn(problem::identify))
        .layer(middleware::from_fn(security::identify))
}

/// Whether calls can be served: the database answers.
async fn ready(State(portal): State<Portal>) -> (StatusCode, &'static str) {
    match portal.store.ping().await {
        Ok(()) => (StatusCode::OK, "ready\n"),
        Err(error) => {
            tracing::warn!(%error, "the database does not answer");
            (StatusCode::SERVICE_UNAVAILABLE, "The database does not answer.\n")
        }
    }
}
