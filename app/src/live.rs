//! Live numbers and the live log: the server says that calls were metered, or which, as `text/event-stream`.

use chrono::{DateTime, Utc};
use domain::key::Environment;
use domain::usage::{Call, Outcome, Source};
use futures::StreamExt;
use gloo_net::eventsource::futures::EventSource;
use leptos::prelude::*;
use send_wrapper::SendWrapper;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// Where the server says that calls were metered.
const STREAM: &str = "/events/usage";

/// A call as the log tells it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Line {
    pub id: Uuid,
    pub at: DateTime<Utc>,
    pub product: String,
    pub key: Uuid,
    pub environment: Environment,
    pub source: Source,
    pub method: String,
    pub path: String,
    pub operation: String,
    pub status: u16,
    pub outcome: Outcome,
    pub latency_ms: f64,
    pub bytes_in: u64,
    pub bytes_out: u64,
}

impl Line {
    /// How long it took, where whoever answered it said so.
    pub fn took(&self) -> String {
        if self.latency_ms > 0.0 { crate::ui::format::ms(self.latency_ms) } else { "–".to_owned() }
    }
}

impl From<&Call> for Line {
    fn from(call: &Call) -> Self {
        Self {
            id: call.id,
            at: call.at,
            product: call.product_id.clone(),
            key: call.key_id,
            environment: call.environment,
            source: call.source,
            method: call.method.clone(),
            path: call.path.clone(),
            operation: call.operation.clone(),
            status: call.status,
            outcome: call.outcome,
            latency_ms: call.latency.as_secs_f64() * 1_000.0,
            bytes_in: call.bytes_in,
            bytes_out: call.bytes_out,
        }
    }
}

/// What the stream of the log says.
pub enum Told {
    /// It begins, also after a while without it: calls that were written before are not told of.
    Open,
    Call(Box<Line>),
    /// It ended, and the browser does not try again.
    Ended,
}

/// Runs `changed` whenever calls of the reader's organisation were metered, as long as the calling component lives.
pub fn on_metered(changed: Callback<()>) {
    Effect::new(move |_| {
        // A browser without the stream shows what it was rendered with.
        let Ok(mut source) = EventSource::new(STREAM) else { return };
        let Ok(mut events) = source.subscribe("usage") else { return };
        let handle = SendWrapper::new(source);
        on_cleanup(move || handle.take().close());
        leptos::task::spawn_local(async move {
            while events.next().await.is_some() {
                if changed.try_run(()).is_none() {
                    break;
                }
            }
        });
    });
}

/// Runs `told` for everything that a stream of the log says, until it ends or the calling owner is gone.
pub fn on_calls(address: &str, told: Callback<Told>) {
    let Ok(mut source) = EventSource::new(address) else { return };
    let (Ok(opened), Ok(calls)) = (source.subscribe("open"), source.subscribe("call")) else { return };
    let handle = SendWrapper::new(source);
    on_cleanup(move || handle.take().close());
    leptos::task::spawn_local(async move {
        let mut events = futures::stream::select(opened, calls);
        while let Some(event) = events.next().await {
            let heard = match event {
                Ok((kind, _)) if kind == "open" => Some(Told::Open),
                Ok((_, message)) => {
                    message.data().as_string().and_then(|text| serde_json::from_slice(text.as_bytes()).ok()).map(Told::Call)
                }
                Err(_) => Some(Told::Ended),
            };
            let ended = matches!(heard, Some(Told::Ended));
            if heard.is_some_and(|heard| told.try_run(heard).is_none()) || ended {
                break;
            }
        }
    });
}
