//! Every address that the server answers.

use crate::front::Front;
use crate::gateway::Gateway;
use crate::live::Live;
use crate::ready::{self, Ready};
use crate::rest::Machines;
use crate::sandbox::attempt;
use crate::security::{self, Site};
use crate::stopping::{self, Stopping};
use crate::{assets, live, metrics, pages, problem, rest, revisions, tail};
use app::portal::Portal;
use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::middleware;
use axum::routing::{get, post};
use std::sync::Arc;
use std::time::Duration;
use tower_http::timeout::RequestBodyTimeoutLayer;

/// How long the sender of a form or a document may pause. A live call has its product's own limits.
const BODY_PAUSE: Duration = Duration::from_secs(30);

/// What the routes need.
#[derive(Clone)]
pub struct House {
    pub portal: Portal,
    pub gateway: Gateway,
    pub stopping: Stopping,
    /// Opens `/metrics` from other machines.
    pub metrics_token: Option<Arc<str>>,
}

/// The whole portal as one service.
///
/// # Errors
/// Where no thread can be started to render pages on.
pub fn front(house: House) -> std::io::Result<Front> {
    let site = Site(house.portal.site.as_str().into());
    let (gateway, stopping) = (house.gateway.clone(), house.stopping.clone());
    Ok(Front::new(gateway, router(house, site.clone())?, site, stopping))
}

/// Everything but the calls at the gateway's and the sandbox's doors.
fn router(house: House, site: Site) -> std::io::Result<Router> {
    let live = Live { portal: house.portal.clone(), closing: house.stopping.closing.clone() };
    let numbers = metrics::Page { gateway: house.gateway.clone(), token: house.metrics_token };
    let pages = pages::router(&house.portal)?.layer(middleware::from_fn_with_state(site.clone(), security::same_origin));
    let problems = get(problem::explain).with_state(pages.clone());
    let machines = rest::router(Machines { store: house.portal.store.clone(), gateway: house.gateway.clone() });
    Ok(Router::new()
        .merge(pages.layer(RequestBodyTimeoutLayer::new(BODY_PAUSE)))
        .merge(machines.layer(RequestBodyTimeoutLayer::new(BODY_PAUSE)))
        .merge(console(house.gateway))
        .route("/admin/products/{id}/revisions/{number}/document", get(revisions::document).with_state(house.portal.clone()))
        .route("/events/usage", get(live::usage).with_state(live.clone()))
        .route("/events/calls", get(tail::calls).with_state(live))
        .route("/pkg/{*path}", get(assets::file))
        .route("/problems/{slug}", problems)
        .route("/metrics", get(metrics::show).with_state(numbers))
        .route("/healthz", get(|| async { "ok\n" }))
        .route("/readyz", get(ready::say).with_state(Ready::new(house.portal.store, house.stopping.clone())))
        .layer(middleware::from_fn(security::refuse_tunnels))
        .layer(middleware::from_fn_with_state(house.stopping, stopping::last_answers))
        .layer(middleware::from_fn_with_state(site, security::harden))
        .layer(middleware::from_fn(problem::identify))
        .layer(middleware::from_fn(security::identify)))
}

/// What the console sends. A key opens it, and no cookie counts, so that no page's origin has to be checked.
fn console(gateway: Gateway) -> Router {
    Router::new()
        .route("/v1/sandbox/try", post(attempt::attempt).layer(RequestBodyTimeoutLayer::new(BODY_PAUSE)))
        .layer(DefaultBodyLimit::max(attempt::ENVELOPE))
        .method_not_allowed_fallback(problem::refuse_method)
        .with_state(gateway)
}
