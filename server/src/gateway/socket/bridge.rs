//! One open WebSocket: two directions, and a watch over both.

mod down;
mod up;

use super::Patience;
use super::frames::Close;
use super::tally::{self, Tally};
use down::Down;
use hyper::upgrade::Upgraded;
use hyper_util::rt::TokioIo;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};
use tokio::io::split;
use tokio_util::sync::CancellationToken;
use up::Up;

/// How often the key, the partner and the subscription are asked for.
const LOOK: Duration = Duration::from_millis(250);
/// How long the two directions have to end once one of them did.
const GRACE: Duration = Duration::from_secs(3);

/// Passes everything on until one side has ended, or may not go on.
pub async fn run(client: Upgraded, upstream: Upgraded, tally: Tally, patience: Patience, closing: CancellationToken) {
    let ending = Ending::new();
    let ((from_client, to_client), (from_upstream, to_upstream)) = (split(TokioIo::new(client)), split(TokioIo::new(upstream)));
    let up = Up::new(from_client, to_upstream, &tally, ending.clone()).run();
    let down = Down::new(from_upstream, to_client, ending.clone()).run();
    let all = async { tokio::join!(up, down, watch(&tally, &ending, patience, closing)) };
    let late = async {
        ending.token.cancelled().await;
        tokio::time::sleep(GRACE).await;
    };
    tokio::select! {
        _ = all => {}
        () = late => {}
    }
}

/// Ends the connection once the server stops, both sides fell silent, or a rule says no.
async fn watch(tally: &Tally, ending: &Ending, patience: Patience, closing: CancellationToken) {
    let mut sure = Instant::now();
    loop {
        tokio::select! {
            () = ending.token.cancelled() => return,
            () = closing.cancelled() => return ending.end(Some(Close::new(1001, "The server is stopping. Connect again."))),
            () = tokio::time::sleep(LOOK) => {}
        }
        if ending.silence() > patience.idle {
            return ending.end(Some(Close::new(1001, format!("Nothing was said for {} seconds.", patience.idle.as_secs()))));
        }
        match tally.is_welcome().await {
            Ok(()) => sure = Instant::now(),
            Err(problem) if problem.status().is_server_error() && sure.elapsed() < patience.uncertain => {}
            Err(problem) => return ending.end(Some(tally::close(&problem))),
        }
    }
}

/// Whether a connection goes on, as both directions see it. Cheap to clone.
#[derive(Clone)]
struct Ending {
    token: CancellationToken,
    /// What the sides are told; `None` where one of them ended it.
    why: Arc<OnceLock<Option<Close>>>,
    began: Instant,
    /// When a byte last came, in milliseconds after the beginning.
    heard: Arc<AtomicU64>,
}

impl Ending {
    fn new() -> Self {
        Self { token: CancellationToken::new(), why: Arc::default(), began: Instant::now(), heard: Arc::default() }
    }

    /// The first reason counts.
    fn end(&self, why: Option<Close>) {
        self.why.get_or_init(|| why);
        self.token.cancel();
    }

    fn why(&self) -> Option<&Close> {
        self.why.get().and_then(Option::as_ref)
    }

    fn heard(&self) {
        self.heard.store(millis(self.began.elapsed()), Ordering::Relaxed);
    }

    fn silence(&self) -> Duration {
        self.began.elapsed().saturating_sub(Duration::from_millis(self.heard.load(Ordering::Relaxed)))
    }
}

fn millis(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}
