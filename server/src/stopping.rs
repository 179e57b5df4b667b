//! Stopping without losing a call: say so, let load balancers notice, take no more, end what is under way.

use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderValue, Version, header};
use axum::middleware::Next;
use axum::response::Response;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;
use tokio::signal::unix::{SignalKind, signal};
use tokio_util::sync::CancellationToken;

/// How far the end has come. Cheap to clone.
#[derive(Clone, Default)]
pub struct Stopping {
    /// Set at once: the server is not ready any more, and answers on a connection are its last. Every answer looks, and a token would
    /// take a lock for that.
    announced: Arc<AtomicBool>,
    /// Cancelled when no more is taken: streams that never end by themselves end then.
    pub closing: CancellationToken,
}

impl Stopping {
    /// Whether it was told to stop.
    pub fn is_announced(&self) -> bool {
        self.announced.load(Ordering::Relaxed)
    }

    /// Says in an answer that it is the last on its connection, if it is.
    pub fn end_connection(&self, version: Version, answer: &mut HeaderMap) {
        // A connection that becomes a WebSocket is told otherwise.
        if version <= Version::HTTP_11 && self.is_announced() && !answer.contains_key(header::UPGRADE) {
            answer.insert(header::CONNECTION, HeaderValue::from_static("close"));
        }
    }

    /// Waits to be told, then `drain` for load balancers to notice; a second signal, or Ctrl-C at a terminal, spares the wait.
    pub async fn told(self, drain: Duration) {
        let patient = tokio::select! {
            () = interrupted() => false,
            () = terminated() => true,
        };
        tracing::info!(drain = patient.then_some(drain.as_secs()), "stopping");
        self.announced.store(true, Ordering::Relaxed);
        if patient {
            tokio::select! {
                () = tokio::time::sleep(drain) => {}
                () = interrupted() => {}
                () = terminated() => {}
            }
        }
        self.closing.cancel();
    }
}

/// Ends each HTTP/1 connection with its next answer, so that its client opens the next one elsewhere. HTTP/2 says goodbye by itself.
pub async fn last_answers(State(stopping): State<Stopping>, request: Request, next: Next) -> Response {
    let version = request.version();
    let mut response = next.run(request).await;
    stopping.end_connection(version, response.headers_mut());
    response
}

async fn interrupted() {
    if tokio::signal::ctrl_c().await.is_err() {
        std::future::pending::<()>().await;
    }
}

async fn terminated() {
    match signal(SignalKind::terminate()) {
        Ok(mut told) => drop(told.recv().await),
        Err(_) => std::future::pending().await,
    }
}
