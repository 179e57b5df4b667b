//! WebSockets (RFC 6455): the handshake is a call like any other; what follows is passed on both ways, and counted as the product says.
//!
//! A connection ends with its key, its partner and its subscription, within a second; after ten minutes without a byte
//! (1001); and when the server stops (1001).

mod bridge;
mod frames;
mod tally;

use super::Gateway;
use super::arrival::Arrival;
use super::crossing;
use super::permit::Permit;
use super::places::{Place, Places};
use super::record;
use crate::problem::Problem;
use axum::body::Body;
use axum::extract::Request;
use axum::http::{HeaderMap, HeaderValue, Method, Response, StatusCode, Version, header};
use hyper::upgrade::OnUpgrade;
use std::sync::Arc;
use std::time::Duration;
use store::KeyRecord;
use tally::Tally;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use uuid::Uuid;

const WEBSOCKET: HeaderValue = HeaderValue::from_static("websocket");
const UPGRADE: HeaderValue = HeaderValue::from_static("upgrade");
/// How long both sides may take to change protocols once that is agreed.
const CHANGE: Duration = Duration::from_secs(10);

/// How long a connection goes on by itself.
#[derive(Debug, Clone, Copy)]
pub struct Patience {
    /// While neither side says anything, not even a ping.
    pub idle: Duration,
    /// While nobody can say whether it may.
    pub uncertain: Duration,
}

/// Unless a test is in a hurry.
impl Default for Patience {
    fn default() -> Self {
        Self { idle: Duration::from_secs(600), uncertain: Duration::from_secs(10) }
    }
}

/// Connections that one partner may hold on a node: each takes two open files.
pub const PARTNER_SOCKETS: u16 = 4_096;

/// The connections that are open.
pub struct Sockets {
    open: TaskTracker,
    places: Arc<Places>,
    closing: CancellationToken,
    patience: Patience,
}

impl Sockets {
    pub fn new(patience: Patience) -> Self {
        Self { open: TaskTracker::new(), places: Arc::new(Places::new(PARTNER_SOCKETS)), closing: CancellationToken::new(), patience }
    }

    /// A place for one more connection of a partner; `None` where it holds [`PARTNER_SOCKETS`].
    pub fn place(&self, partner: Uuid) -> Option<Place> {
        Place::take(&self.places, partner)
    }

    /// Tells both sides of every connection that the server stops, and waits until they are closed.
    pub async fn close(&self) {
        self.closing.cancel();
        self.open.close();
        self.open.wait().await;
    }
}

/// Whether a request asks for a WebSocket.
pub fn is_asked(request: &Request) -> bool {
    request.headers().contains_key(header::UPGRADE)
        && request.method() == Method::GET
        && request.version() == Version::HTTP_11
        && is_named(request.headers())
        // `Upgrade` alone means nothing (RFC 9110, 7.8).
        && crossing::lists(request.headers(), &header::CONNECTION, "upgrade")
}

/// Whether `Upgrade` names the protocol.
pub fn is_named(headers: &HeaderMap) -> bool {
    headers.get(header::UPGRADE).is_some_and(|value| value.as_bytes().eq_ignore_ascii_case(WEBSOCKET.as_bytes()))
}

/// Asks for the protocol, or agrees to it.
pub fn name(headers: &mut HeaderMap) {
    headers.insert(header::CONNECTION, UPGRADE);
    headers.insert(header::UPGRADE, WEBSOCKET);
}

impl Gateway {
    /// Sends a handshake on. Where the upstream agrees, the connection goes on by itself; else its answer is one like any other.
    ///
    /// # Errors
    /// As [`Gateway::send`].
    pub async fn converse(
        &self,
        mut permit: Permit,
        arrival: &Arrival,
        caller: Arc<KeyRecord>,
        mut request: Box<Request>,
    ) -> Result<Response<Body>, Problem> {
        let ours = hyper::upgrade::on(&mut *request);
        let tally = Tally::new(self, &permit, arrival, caller, request.headers());
        let place = permit.place.take();
        let (open, mut response) = self.send(permit, arrival, request).await?;
        let theirs = response.extensions_mut().remove::<OnUpgrade>();
        let response = record::hold(open, &self.answers, Version::HTTP_11, &arrival.method, response).await;
        if let (Some(theirs), StatusCode::SWITCHING_PROTOCOLS) = (theirs, response.status()) {
            let Sockets { open, closing, patience, .. } = &self.sockets;
            let connection = connect(ours, theirs, tally, *patience, closing.clone());
            open.spawn(async move {
                connection.await;
                drop(place);
            });
        }
        Ok(response)
    }
}

async fn connect(ours: OnUpgrade, theirs: OnUpgrade, tally: Tally, patience: Patience, closing: CancellationToken) {
    match tokio::time::timeout(CHANGE, futures::future::try_join(ours, theirs)).await {
        Ok(Ok((client, upstream))) => bridge::run(client, upstream, tally, patience, closing).await,
        Ok(Err(error)) => tracing::debug!(%error, "a WebSocket broke off"),
        Err(_) => tracing::debug!("a WebSocket never began"),
    }
}
