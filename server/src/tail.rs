//! `GET /events/calls`: the log of a partner's calls as it grows, for a signed-in page.

use crate::live::{self, Live, Reader, VISIT};
use crate::problem::{BAD_REQUEST, Problem};
use app::live::Line;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Query, State};
use axum::http::HeaderMap;
use axum::response::sse::Event;
use axum::response::{IntoResponse, Response};
use chrono::{TimeDelta, Utc};
use domain::key::Environment;
use domain::usage::{Call, CallFilter};
use futures::Stream;
use serde::Deserialize;
use std::collections::VecDeque;
use std::convert::Infallible;
use std::time::Duration;
use store::{Followed, Store};
use tokio::sync::broadcast::Receiver;
use tokio::sync::broadcast::error::RecvError;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

/// Calls right behind each other are read together.
const PAUSE: Duration = Duration::from_millis(300);
/// How often the log is read in any case: other nodes write into it too.
const EVERY: Duration = Duration::from_secs(2);
/// How far back a call may have begun that ends now; less than the age at which blocks of the log are put together.
const LONGEST: TimeDelta = TimeDelta::minutes(10);
/// The most calls of one reading; of more, the newest.
const CALLS: i64 = 200;

/// The filter of the requests page, in its words.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Asked {
    env: Option<String>,
    product: Option<String>,
    operation: Option<String>,
    key: Option<Uuid>,
    status: Option<u16>,
}

/// Opens the stream of events `call`, each with its id; a browser that comes again goes on after the last one it saw.
///
/// # Errors
/// 400 for a filter that cannot be read; 401 without a session, 403 without a partner, 503.
pub async fn calls(State(live): State<Live>, asked: Result<Query<Asked>, QueryRejection>, headers: HeaderMap) -> Response {
    let store = live.portal.store.clone();
    let reader = match Reader::of(live.portal, &headers).await {
        Ok(reader) => reader,
        Err(status) => return status.into_response(),
    };
    let Query(asked) = match asked {
        Ok(asked) => asked,
        Err(error) => return Problem::new(&BAD_REQUEST, format!("The filter cannot be read: {}.", error.body_text())).into_response(),
    };
    let Some(filter) = filter(asked) else {
        return Problem::new(&BAD_REQUEST, "The filter env is neither live nor test.").into_response();
    };
    let last = headers.get("last-event-id").and_then(|id| id.to_str().ok()?.parse().ok());
    let mut tail = Tail {
        metered: store.metered(),
        store,
        reader,
        filter,
        followed: Followed::default(),
        due: VecDeque::new(),
        closing: live.closing,
        until: Instant::now() + VISIT,
    };
    if let Err(problem) = tail.begin(last).await {
        return problem.into_response();
    }
    live::answer(events(tail))
}

fn filter(asked: Asked) -> Option<CallFilter> {
    let Asked { env, product, operation, key, status } = asked;
    let environment = env.filter(|text| !text.is_empty()).map(|text| Environment::parse(&text).ok_or(())).transpose().ok()?;
    let named = |text: &String| !text.is_empty();
    let filter = CallFilter {
        environment,
        product_id: product.filter(named),
        operation: operation.filter(named),
        key_id: key,
        limit: CALLS,
        ..CallFilter::default()
    };
    Some(match status {
        Some(number) => filter.with_status(number),
        None => filter,
    })
}

struct Tail {
    store: Store,
    reader: Reader,
    filter: CallFilter,
    metered: Receiver<Uuid>,
    /// What of the log was read.
    followed: Followed,
    /// Read and not told yet, oldest first.
    due: VecDeque<Call>,
    closing: CancellationToken,
    until: Instant,
}

fn events(tail: Tail) -> impl Stream<Item = Result<Event, Infallible>> {
    futures::stream::unfold(tail, |mut tail| async {
        let call = tail.next().await?;
        Some((Ok(event(&call)), tail))
    })
}

fn event(call: &Call) -> Event {
    let event = Event::default().event("call").id(call.id.to_string());
    // Strings and numbers are always JSON.
    event.json_data(Line::from(call)).unwrap_or_default()
}

impl Tail {
    /// What is there already counts as seen, up to the last one that the browser saw before.
    async fn begin(&mut self, last: Option<Uuid>) -> Result<(), Problem> {
        self.followed = self.store.follow_calls(self.reader.partner, &self.recent()).await?;
        let Some(last) = last else { return Ok(()) };
        self.followed.until(last);
        let missed = self.read().await?;
        self.due.extend(missed.into_iter().rev().filter(|call| call.id > last));
        Ok(())
    }

    fn recent(&self) -> CallFilter {
        CallFilter { from: Some(Utc::now() - LONGEST), ..self.filter.clone() }
    }

    async fn read(&mut self) -> Result<Vec<Call>, store::Error> {
        let filter = self.recent();
        self.store.new_calls(self.reader.partner, &filter, &mut self.followed).await
    }

    /// The next call; nothing at the end of the visit or of the server, or once the reader may not go on.
    async fn next(&mut self) -> Option<Call> {
        loop {
            if let Some(call) = self.due.pop_front() {
                return Some(call);
            }
            let (closing, until) = (self.closing.clone(), self.until);
            tokio::select! {
                () = closing.cancelled() => return None,
                () = tokio::time::sleep_until(until) => return None,
                () = self.beat() => {}
            }
            match self.reader.may_go_on().await {
                Ok(true) => {}
                Ok(false) => return None,
                Err(_) => continue,
            }
            match self.read().await {
                Ok(calls) => self.due.extend(calls.into_iter().rev()),
                Err(error) => tracing::warn!(%error, "the log of calls could not be read; it is tried again"),
            }
        }
    }

    /// Waits until calls of the partner were metered here, or for a while.
    async fn beat(&mut self) {
        let heard = async {
            loop {
                match self.metered.recv().await {
                    Ok(partner) if partner == self.reader.partner => break,
                    Ok(_) => {}
                    Err(RecvError::Lagged(_)) => break,
                    Err(RecvError::Closed) => std::future::pending().await,
                }
            }
            tokio::time::sleep(PAUSE).await;
        };
        // Whichever comes first, the log is read.
        let _ = tokio::time::timeout(EVERY, heard).await;
        self.metered = self.metered.resubscribe();
    }
}
