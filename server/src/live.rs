//! `GET /events/usage`: tells a signed-in page that calls of its partner were counted, so that numbers move by themselves.

use app::portal::Portal;
use app::session::server::session_cookie;
use axum::extract::State;
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse, Response};
use chrono::Utc;
use futures::Stream;
use serde_json::json;
use std::convert::Infallible;
use std::time::Duration;
use store::Store;
use tokio::sync::broadcast::Receiver;
use tokio::sync::broadcast::error::RecvError;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

/// Calls within this span are told of once.
const PAUSE: Duration = Duration::from_millis(300);
/// After this long the browser comes again by itself, and has to be signed in still.
pub const VISIT: Duration = Duration::from_secs(600);

/// What a stream needs: the store, and the end of the server.
#[derive(Clone)]
pub struct Live {
    pub portal: Portal,
    pub closing: CancellationToken,
}

/// Opens the stream for the partner that the reader acts for; 401 without a session, 403 without a partner.
pub async fn usage(State(live): State<Live>, headers: HeaderMap) -> Response {
    let metered = live.portal.store.metered();
    match Reader::of(live.portal, &headers).await {
        Ok(reader) => answer(events(Beats { metered, reader, closing: live.closing, until: Instant::now() + VISIT })),
        Err(status) => status.into_response(),
    }
}

/// Events as they come: kept alive, and kept by nobody on their way.
pub fn answer(events: impl Stream<Item = Result<Event, Infallible>> + Send + 'static) -> Response {
    const UNBUFFERED: (HeaderName, HeaderValue) = (HeaderName::from_static("x-accel-buffering"), HeaderValue::from_static("no"));
    let stream = Sse::new(events).keep_alive(KeepAlive::new().interval(Duration::from_secs(15)));
    ([UNBUFFERED, (header::CACHE_CONTROL, HeaderValue::from_static("no-store"))], stream).into_response()
}

/// Who reads a stream, and the partner that they act for.
pub struct Reader {
    store: Store,
    cookie: String,
    pub partner: Uuid,
}

impl Reader {
    /// Who is signed in.
    ///
    /// # Errors
    /// 401 without a session, 403 without a partner, 503 where the database does not answer.
    pub async fn of(portal: Portal, headers: &HeaderMap) -> Result<Self, StatusCode> {
        let cookie = session_cookie(headers, portal.has_tls()).ok_or(StatusCode::UNAUTHORIZED)?;
        let partner = partner_of(&portal.store, &cookie).await?;
        Ok(Self { store: portal.store, cookie, partner })
    }

    /// Whether they may read on: who signed out, or was removed from the team, hears nothing more. Asked before anything is told.
    ///
    /// # Errors
    /// 503 while nobody can say: nothing is told meanwhile.
    pub async fn may_go_on(&self) -> Result<bool, StatusCode> {
        match partner_of(&self.store, &self.cookie).await {
            Err(StatusCode::SERVICE_UNAVAILABLE) => Err(StatusCode::SERVICE_UNAVAILABLE),
            partner => Ok(partner == Ok(self.partner)),
        }
    }
}

async fn partner_of(store: &Store, cookie: &str) -> Result<Uuid, StatusCode> {
    let actor = store.actor(cookie, Utc::now()).await.map_err(|error| {
        tracing::error!(%error, "a session could not be read");
        StatusCode::SERVICE_UNAVAILABLE
    })?;
    let membership = actor.ok_or(StatusCode::UNAUTHORIZED)?.membership;
    membership.map(|membership| membership.partner.id).ok_or(StatusCode::FORBIDDEN)
}

struct Beats {
    metered: Receiver<Uuid>,
    reader: Reader,
    closing: CancellationToken,
    until: Instant,
}

fn events(beats: Beats) -> impl Stream<Item = Result<Event, Infallible>> {
    futures::stream::unfold(beats, |mut beats| async {
        let closing = beats.closing.clone();
        let until = beats.until;
        tokio::select! {
            () = closing.cancelled() => None,
            () = tokio::time::sleep_until(until) => None,
            more = beats.next() => more.then(|| (Ok(event()), beats)),
        }
    })
}

impl Beats {
    /// Waits for calls of which the reader may hear; false when none can come any more, or may.
    async fn next(&mut self) -> bool {
        while self.heard().await {
            if let Ok(may) = self.reader.may_go_on().await {
                return may;
            }
        }
        false
    }

    /// Waits for calls, then a moment longer for those right behind them; false when nothing can come any more.
    async fn heard(&mut self) -> bool {
        loop {
            match self.metered.recv().await {
                Ok(partner) if partner == self.reader.partner => break,
                Ok(_) => {}
                Err(RecvError::Lagged(_)) => break,
                Err(RecvError::Closed) => return false,
            }
        }
        tokio::time::sleep(PAUSE).await;
        // What came meanwhile is told with this event: whoever reads the sums now sees it.
        self.metered = self.metered.resubscribe();
        true
    }
}

fn event() -> Event {
    Event::default().event("usage").data(json!({ "at": Utc::now() }).to_string())
}
