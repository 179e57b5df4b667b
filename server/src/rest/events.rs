//! `POST /v1/usage`: another gateway reports the calls that it let through, as `CloudEvents` (1.0, JSON batch format).

use super::reading::{self, Object};
use super::token::OtherGateway;
use crate::gateway::Gateway;
use crate::gateway::arrival::{METHOD_KEPT, kept, path_kept};
use crate::gateway::permit::OPERATION_KEPT;
use crate::problem::{BAD_REQUEST, MEDIA_TYPE, Problem, TOO_LARGE};
use axum::Json;
use axum::body::Bytes;
use axum::extract::State;
use axum::extract::rejection::BytesRejection;
use axum::http::{HeaderMap, Method};
use chrono::{DateTime, Utc};
use domain::report::{Reported, Verdict};
use domain::usage::Outcome;
use serde::de::{IgnoredAny, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::Value;
use serde_json::value::RawValue;
use std::fmt;
use std::time::Duration;
use store::{Error, Store};
use uuid::Uuid;

/// Events of one request.
const EVENTS: usize = 5_000;
/// How a list of events is sent, and how one.
const BATCH: &str = "application/cloudevents-batch+json";
const SINGLE: &str = "application/cloudevents+json";
/// What an event's type says.
const KIND: &str = "portico.call";
/// The longest id and the longest source of an event, in bytes.
const LONGEST: usize = 1_000;
/// The longest event, in bytes. In memory it takes a multiple, so each is read by itself.
const EVENT: usize = 65_536;
/// The longest call, in milliseconds: a day. One absurd number would stay in a product's percentiles for ever.
const LONGEST_CALL: f64 = 86_400_000.0;

/// The parts of an event that count (`CloudEvents` 1.0); what else there is does no harm.
#[derive(Deserialize)]
struct Event {
    specversion: String,
    id: String,
    source: String,
    #[serde(rename = "type")]
    kind: String,
    time: DateTime<Utc>,
    data: Object<Data>,
}

/// One call.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Data {
    /// `keyId` of `POST /v1/keys/verify`.
    key: Uuid,
    product: String,
    #[serde(default)]
    operation: String,
    #[serde(default)]
    method: String,
    /// Without its query.
    #[serde(default)]
    path: String,
    status: u16,
    /// The gateway said no itself: counted apart, never billed.
    #[serde(default)]
    refused: bool,
    #[serde(default)]
    latency_ms: f64,
    #[serde(default)]
    bytes_in: u64,
    #[serde(default)]
    bytes_out: u64,
}

/// What became of a batch: sums, and a line for each event in its order.
#[derive(Serialize)]
pub struct Answer {
    accepted: usize,
    duplicates: usize,
    rejected: usize,
    verdicts: Vec<Line>,
}

/// What became of one event.
#[derive(Serialize)]
struct Line {
    id: Option<String>,
    /// `accepted`, `duplicate` or `rejected`.
    verdict: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    detail: Option<String>,
}

/// Counts every event that was not counted before. An event is known by its source and id, and taken for 35 days after its
/// time, so that a batch may be sent again until it was answered. What an event gets wrong stands in its own verdict.
///
/// # Errors
/// 400 for a body that is no list of events, 401 and 403 for the token, 413, 415, 503: then nothing was counted.
pub async fn report(
    _: OtherGateway,
    State(store): State<Store>,
    State(gateway): State<Gateway>,
    headers: HeaderMap,
    body: Result<Bytes, BytesRejection>,
) -> Result<Json<Answer>, Problem> {
    let body = body.map_err(|error| Problem::unread(&error, super::LARGEST_BODY))?;
    let reading = tokio::task::spawn_blocking(move || Read::of(&headers, &body));
    let Read { events, lines } = reading.await.map_err(|error| Error::Stopped(error.to_string()))??;
    let counted = store.count_reported(&events, Utc::now()).await?;
    gateway.quotas.reported(&counted.of).await;
    let mut verdicts = counted.verdicts.into_iter();
    let lines = lines.into_iter().map(|(id, refused)| {
        let counted = || verdicts.next().unwrap_or_else(|| Verdict::Rejected("It was not looked at.".to_owned()));
        line(id, refused.map_or_else(counted, Verdict::Rejected))
    });
    Ok(Json(Answer::of(lines.collect())))
}

/// A batch as it was read.
struct Read {
    /// The events that can be counted, in their order.
    events: Vec<Reported>,
    /// Of every event its id, where it has one, and what it gets wrong.
    lines: Vec<(Option<String>, Option<String>)>,
}

impl Read {
    /// Of thousands of events this takes milliseconds: other requests want their thread meanwhile.
    fn of(headers: &HeaderMap, body: &[u8]) -> Result<Self, Problem> {
        let batch = batch(headers, body)?;
        let mut read = Self { events: Vec::with_capacity(batch.len()), lines: Vec::with_capacity(batch.len()) };
        for event in batch {
            let (id, reported) = read_named(event);
            match reported {
                Ok(reported) => {
                    read.events.push(reported);
                    read.lines.push((id, None));
                }
                Err(detail) => read.lines.push((id, Some(detail))),
            }
        }
        Ok(read)
    }
}

/// The events of a batch, or the one event.
fn batch<'b>(headers: &HeaderMap, body: &'b [u8]) -> Result<Vec<&'b RawValue>, Problem> {
    let broken = |error: serde_json::Error| {
        Problem::new(&BAD_REQUEST, format!("The body cannot be read, so nothing was counted. {}", reading::sentence(&error)))
    };
    let first = body.iter().find(|byte| !byte.is_ascii_whitespace());
    let Events { events, all } = match (reading::media_type(headers).as_str(), first) {
        (BATCH, Some(b'{')) => {
            return Err(Problem::new(&BAD_REQUEST, format!("The body is one event. Send it as {SINGLE}, or send a list.")));
        }
        (SINGLE, Some(b'[')) => {
            return Err(Problem::new(&BAD_REQUEST, format!("The body is a list. Send it as {BATCH}, or send one event.")));
        }
        (BATCH, _) => serde_json::from_slice(body).map_err(broken)?,
        (SINGLE, _) => Events { events: vec![serde_json::from_slice(body).map_err(broken)?], all: 1 },
        _ => {
            return Err(Problem::new(&MEDIA_TYPE, format!("Send {BATCH}, or {SINGLE} for one event.")));
        }
    };
    if all > EVENTS {
        return Err(Problem::new(&TOO_LARGE, format!("Send at most {EVENTS} events at once.")).with("maxEvents", EVENTS));
    }
    Ok(events)
}

/// The events of a list as they stand in it; of a list that is too long, only so many are kept.
struct Events<'b> {
    events: Vec<&'b RawValue>,
    all: usize,
}

impl<'de> Deserialize<'de> for Events<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_seq(EventsVisitor)
    }
}

struct EventsVisitor;

impl<'de> Visitor<'de> for EventsVisitor {
    type Value = Events<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list of events")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Self::Value, A::Error> {
        let mut events = Vec::new();
        while events.len() < EVENTS
            && let Some(event) = list.next_element()?
        {
            events.push(event);
        }
        let mut all = events.len();
        while list.next_element::<IgnoredAny>()?.is_some() {
            all += 1;
        }
        Ok(Events { events, all })
    }
}

/// An event's id where it has one, and the call that it tells of, or what it gets wrong, with the name of the part.
fn read_named(event: &RawValue) -> (Option<String>, Result<Reported, String>) {
    if event.get().len() > EVENT {
        return (None, Err(format!("An event has at most {EVENT} bytes.")));
    }
    // Nearly every event is as it should be; only of the others the wrong part is looked for.
    if let Ok(Object(event)) = serde_json::from_str::<Object<Event>>(event.get()) {
        return (Some(event.id.clone()), event.reported());
    }
    match serde_json::from_str::<Value>(event.get()) {
        Ok(value) => {
            let id = value.get("id").and_then(Value::as_str).map(str::to_owned);
            (id, reading::value::<Object<Event>>(value).and_then(|Object(event)| event.reported()))
        }
        Err(error) => (None, Err(reading::sentence(&error))),
    }
}

impl Event {
    /// The call that it tells of, or what it gets wrong.
    fn reported(self) -> Result<Reported, String> {
        let Self { specversion, id, source, kind, time, data: Object(data) } = self;
        if specversion != "1.0" {
            return Err(format!("specversion: `{specversion}` is not known; send 1.0."));
        }
        if kind != KIND {
            return Err(format!("type: `{kind}` is not known; send {KIND}."));
        }
        if !(100..=599).contains(&data.status) {
            return Err(format!("data.status: {} is no status; send 100 to 599.", data.status));
        }
        for (name, text) in [("id", &id), ("source", &source)] {
            if text.is_empty() || text.len() > LONGEST {
                return Err(format!("{name}: send 1 to {LONGEST} bytes."));
            }
        }
        if !data.method.is_empty() && Method::from_bytes(data.method.as_bytes()).is_err() {
            return Err("data.method: send a method such as GET (RFC 9110, 9.1).".to_owned());
        }
        let latency = span(data.latency_ms)?;
        let outcome = if data.refused { Outcome::Refused } else { Outcome::of_upstream(data.status) };
        let Data { key, product, operation, method, path, status, bytes_in, bytes_out, .. } = data;
        // As long as the gateway keeps them of its own calls: an event is about a call that was made, whatever its address.
        let method = kept(&method, METHOD_KEPT).to_ascii_uppercase();
        let (operation, path) = (kept(plain(&operation), OPERATION_KEPT).to_owned(), path_kept(plain(&path)));
        Ok(Reported {
            source,
            id,
            at: time,
            key_id: key,
            product_id: product,
            operation,
            method,
            path,
            status,
            outcome,
            latency,
            bytes_in,
            bytes_out,
        })
    }
}

/// How long a call took, from milliseconds.
fn span(ms: f64) -> Result<Duration, String> {
    let span = Some(ms).filter(|ms| (0.0..=LONGEST_CALL).contains(ms)).and_then(|ms| Duration::try_from_secs_f64(ms / 1_000.0).ok());
    span.ok_or_else(|| format!("data.latencyMs: {ms:?} is no span of time; send 0 to {LONGEST_CALL} milliseconds."))
}

/// What follows a question mark or a hash may hold what must not be kept.
fn plain(text: &str) -> &str {
    text.split(['?', '#']).next().unwrap_or_default()
}

impl Answer {
    fn of(verdicts: Vec<Line>) -> Self {
        let count = |verdict| verdicts.iter().filter(|line| line.verdict == verdict).count();
        Self { accepted: count("accepted"), duplicates: count("duplicate"), rejected: count("rejected"), verdicts }
    }
}

fn line(id: Option<String>, verdict: Verdict) -> Line {
    match verdict {
        Verdict::Accepted => Line { id, verdict: "accepted", detail: None },
        Verdict::Duplicate => Line { id, verdict: "duplicate", detail: None },
        Verdict::Rejected(detail) => Line { id, verdict: "rejected", detail: Some(detail) },
    }
}
