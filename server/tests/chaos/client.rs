//! Clients that know both nodes, and their own ledger: what they saw answered, and what they cannot know.

use crate::cluster::Addresses;
use crate::entry::Entry;
use axum::body::{Body, Bytes};
use axum::http::{Request, StatusCode};
use futures::StreamExt;
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};
use tokio::task::JoinHandle;

/// Clients that call without a pause; each prefers one node, and turns to the other where nobody answers.
const CLIENTS: usize = 12;
/// How long a client waits for an answer before it hangs up.
const PATIENCE: Duration = Duration::from_secs(20);
/// Between two calls of the clients that use up a quota, so that it is not used up before anything breaks.
const PACE: Duration = Duration::from_millis(25);
/// How long anything that has to come may take on a slow machine.
const LIMIT: Duration = Duration::from_secs(60);

/// The keys of one round: most belong to a plan without an end, one to a quota.
pub struct Ledger {
    pub keys: Vec<Entry>,
    pub limited: Entry,
}

/// An answer of 500 and above.
#[derive(Debug, Clone)]
pub struct Fault {
    pub status: StatusCode,
    pub said: String,
}

impl Fault {
    /// The status, and the problem's sentence.
    pub fn detail(&self) -> String {
        let problem: serde_json::Value = serde_json::from_str(&self.said).unwrap_or_default();
        format!("{}: {}", self.status, problem["detail"].as_str().unwrap_or(&self.said))
    }
}

/// Load that is under way.
pub struct Load {
    pub shared: Arc<Shared>,
    clients: Vec<JoinHandle<()>>,
}

/// What the clients of a load share.
pub struct Shared {
    ledger: Arc<Ledger>,
    nodes: Addresses,
    /// The product that has a quota.
    limited: String,
    over: AtomicBool,
    turn: AtomicUsize,
    complete: AtomicU64,
    refused: [AtomicU64; 2],
    begun: Instant,
    /// Milliseconds since the beginning: the last complete answer, and the longest time without one.
    last: AtomicU64,
    silence: AtomicU64,
    faults: Mutex<Vec<Fault>>,
}

impl Load {
    /// Starts the clients; `limited` is the product that the key with a quota calls.
    pub fn start(ledger: &Arc<Ledger>, nodes: &Addresses, limited: &str) -> Self {
        let shared = Arc::new(Shared {
            ledger: Arc::clone(ledger),
            nodes: Arc::clone(nodes),
            limited: limited.to_owned(),
            over: AtomicBool::new(false),
            turn: AtomicUsize::new(0),
            complete: AtomicU64::new(0),
            refused: [const { AtomicU64::new(0) }; 2],
            begun: Instant::now(),
            last: AtomicU64::new(0),
            silence: AtomicU64::new(0),
            faults: Mutex::default(),
        });
        let mut clients: Vec<_> = (0..CLIENTS).map(|client| tokio::spawn(Arc::clone(&shared).call_all(client % 2))).collect();
        clients.extend((0..2).map(|node| tokio::spawn(Arc::clone(&shared).use_up(node))));
        Self { shared, clients }
    }

    /// Waits until `calls` more answers are complete.
    pub async fn goes_on(&self, calls: u64) {
        let goal = self.shared.complete.load(Ordering::SeqCst) + calls;
        self.until("the load goes on", || self.shared.complete.load(Ordering::SeqCst) >= goal).await;
    }

    /// Calls every key on both nodes, so that both know it.
    pub async fn call_everything(&self) {
        let (caller, shared) = (&caller(), &self.shared);
        let all = (0..2).flat_map(|node| shared.ledger.keys.iter().map(move |entry| (node, entry)));
        let calls = futures::stream::iter(all);
        calls.for_each_concurrent(CLIENTS, async |(node, entry)| assert!(shared.call(caller, node, "parcels", entry).await)).await;
    }

    /// Waits until both nodes say that the quota is used up, from now on.
    pub async fn is_used_up(&self) {
        let refused = || self.shared.refused.each_ref().map(|refused| refused.load(Ordering::SeqCst));
        let before = refused();
        self.until("the quota is used up", || refused().iter().zip(before).all(|(now, before)| *now > before)).await;
    }

    async fn until(&self, what: &str, holds: impl Fn() -> bool) {
        let begun = Instant::now();
        while !holds() {
            assert!(begun.elapsed() < LIMIT, "after {LIMIT:?} it does not hold that {what}");
            assert!(!self.clients.iter().any(JoinHandle::is_finished), "a client saw what must not be");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    /// Ends the load and says what it met.
    pub async fn end(self) -> Met {
        self.shared.over.store(true, Ordering::SeqCst);
        for client in self.clients {
            client.await.unwrap();
        }
        let faults = std::mem::take(&mut *self.shared.faults.lock().unwrap());
        let refused = self.shared.refused.iter().map(|refused| refused.load(Ordering::SeqCst)).sum();
        Met { faults, refused, silence: Duration::from_millis(self.shared.silence.load(Ordering::SeqCst)) }
    }
}

/// What a load met.
#[derive(Default)]
pub struct Met {
    pub faults: Vec<Fault>,
    /// Calls beyond the quota.
    pub refused: u64,
    /// The longest time in which no client got an answer from either node.
    pub silence: Duration,
}

type Caller = Client<HttpConnector, Body>;

fn caller() -> Caller {
    let mut connector = HttpConnector::new();
    connector.set_connect_timeout(Some(Duration::from_secs(1)));
    // A call that is sent again by itself would not be in the ledger.
    Client::builder(TokioExecutor::new()).retry_canceled_requests(false).build(connector)
}

impl Shared {
    async fn call_all(self: Arc<Self>, home: usize) {
        let (caller, keys) = (caller(), &self.ledger.keys);
        while !self.over.load(Ordering::SeqCst) {
            let entry = &keys[self.turn.fetch_add(1, Ordering::SeqCst) % keys.len()];
            if !self.call(&caller, home, "parcels", entry).await && !self.call(&caller, 1 - home, "parcels", entry).await {
                tokio::time::sleep(PACE).await;
            }
        }
    }

    async fn use_up(self: Arc<Self>, home: usize) {
        let caller = caller();
        while !self.over.load(Ordering::SeqCst) {
            self.call(&caller, home, &self.limited, &self.ledger.limited).await;
            tokio::time::sleep(PACE).await;
        }
    }

    /// One call; false where nobody was there to hear it.
    async fn call(&self, caller: &Caller, node: usize, product: &str, entry: &Entry) -> bool {
        let uri = format!("{}/gateway/{product}/parcels", self.nodes[node].read().unwrap());
        let request = Request::builder().uri(uri).header("x-api-key", entry.key.secret.reveal()).body(Body::empty()).unwrap();
        // Open until its end was seen.
        entry.open.fetch_add(1, Ordering::SeqCst);
        let close = || entry.open.fetch_sub(1, Ordering::SeqCst);
        match tokio::time::timeout(PATIENCE, ask(caller, request)).await {
            Ok(Ok((status, body))) => {
                close();
                self.note(node, product, entry, status, &body);
                true
            }
            Ok(Err(Broken::Unheard)) => {
                close();
                false
            }
            Ok(Err(Broken::Off)) | Err(_) => true,
        }
    }

    fn note(&self, node: usize, product: &str, entry: &Entry, status: StatusCode, body: &Bytes) {
        let said = || String::from_utf8_lossy(body).into_owned();
        if status == StatusCode::OK {
            entry.complete.fetch_add(1, Ordering::SeqCst);
            self.complete.fetch_add(1, Ordering::SeqCst);
            let now = u64::try_from(self.begun.elapsed().as_millis()).unwrap();
            self.silence.fetch_max(now.saturating_sub(self.last.fetch_max(now, Ordering::SeqCst)), Ordering::SeqCst);
        } else if status == StatusCode::TOO_MANY_REQUESTS && product == self.limited {
            self.refused[node].fetch_add(1, Ordering::SeqCst);
        } else {
            assert!(status.is_server_error(), "{status}: {}", said());
            self.faults.lock().unwrap().push(Fault { status, said: said() });
        }
    }
}

enum Broken {
    /// No connection came about.
    Unheard,
    /// It broke before the end of the answer.
    Off,
}

async fn ask(caller: &Caller, request: Request<Body>) -> Result<(StatusCode, Bytes), Broken> {
    let unanswered = |error: hyper_util::client::legacy::Error| if error.is_connect() { Broken::Unheard } else { Broken::Off };
    let answer = caller.request(request).await.map_err(unanswered)?;
    let status = answer.status();
    let body = axum::body::to_bytes(Body::new(answer.into_body()), 1 << 20).await.map_err(|_| Broken::Off)?;
    Ok((status, body))
}
