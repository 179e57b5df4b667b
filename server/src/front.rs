//! The front of the house: calls go straight to the gateway, everything else to the pages and what belongs to them.

use crate::gateway::Gateway;
use crate::gateway::arrival::Arrival;
use crate::problem::{self, Problem};
use crate::security::{self, Site};
use crate::stopping::Stopping;
use crate::trace;
use axum::Router;
use axum::body::Body;
use axum::extract::Request;
use axum::http::Response;
use axum::response::IntoResponse;
use chrono::Utc;
use domain::key::Environment;
use std::convert::Infallible;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::{Context, Poll};
use tower::{Service, ServiceExt};
use tracing::Instrument;

/// Whatever answers a request. Cheap to clone, which each request does.
#[derive(Clone)]
pub struct Front(Arc<Rooms>);

struct Rooms {
    gateway: Gateway,
    pages: Router,
    site: Site,
    stopping: Stopping,
}

impl Front {
    pub fn new(gateway: Gateway, pages: Router, site: Site, stopping: Stopping) -> Self {
        Self(Arc::new(Rooms { gateway, pages, site, stopping }))
    }

    /// A call, with what holds for every answer of this server.
    async fn answer(self, door: Environment, request: Box<Request>) -> Result<Response<Body>, Infallible> {
        let Rooms { gateway, site, stopping, .. } = &*self.0;
        let arrival = Arrival::read(door, &request, Utc::now());
        let (id, uri, version) = (arrival.id, request.uri().clone(), request.version());
        let span = trace::of_call(&request, id);
        // In place: the future of a call is some kilobytes, which every hand that it goes through would copy.
        let answered = pin!(async {
            match security::tunnel(&request) {
                Some(refused) => refused.into_response(),
                None => pin!(gateway.serve(&arrival, request)).await,
            }
        });
        let mut response = answered.instrument(span.clone()).await;
        trace::answered(&span, response.status().as_u16());
        response.headers_mut().insert(security::REQUEST_ID, security::header_of(id));
        if let Some(problem) = response.extensions_mut().remove::<Problem>() {
            response = problem::place(response, problem, uri.path());
        }
        security::harden_call(response.headers_mut(), site);
        stopping.end_connection(version, response.headers_mut());
        Ok(response)
    }
}

impl Service<Request> for Front {
    type Response = Response<Body>;
    type Error = Infallible;
    type Future = Pin<Box<dyn Future<Output = Result<Response<Body>, Infallible>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request) -> Self::Future {
        match door(request.uri().path()) {
            // In a box of its own: it goes through many hands.
            Some(door) => Box::pin(self.clone().answer(door, Box::new(request))),
            None => Box::pin(self.0.pages.clone().oneshot(request)),
        }
    }
}

/// `/gateway/{product}/…` takes live keys, `/sandbox/{product}/…` test keys.
fn door(path: &str) -> Option<Environment> {
    let (door, behind) = path.strip_prefix('/')?.split_once('/')?;
    match door {
        "gateway" if !behind.is_empty() => Some(Environment::Live),
        "sandbox" if !behind.is_empty() => Some(Environment::Test),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_calls_go_past_the_pages() {
        assert_eq!(door("/gateway/rates/quotes"), Some(Environment::Live));
        assert_eq!(door("/sandbox/rates"), Some(Environment::Test));
        for page in ["/", "/gateway", "/gateway/", "/gateways/rates", "/apis/gateway/x", "//gateway/x", "/sandbox/"] {
            assert_eq!(door(page), None, "{page}");
        }
    }
}
