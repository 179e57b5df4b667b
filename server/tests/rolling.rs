//! Two nodes on one PostgreSQL are restarted one after the other under load: every call is answered, and each is counted once.
#![expect(clippy::unwrap_used, reason = "a test whose beginnings fail has failed")]

mod northwind;
mod offer;
mod parcels;
mod postgres;
mod program;

use axum::body::Body;
use axum::http::{Request, StatusCode};
use domain::plan::Beyond;
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use northwind::partner;
use offer::{key, offer};
use program::{Server, portico};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicI64, AtomicUsize, Ordering};
use std::time::Duration;
use store::{CreatedKey, PasswordCost, Store};

const KEYS: usize = 200;
const CLIENTS: usize = 16;

/// A node as a load balancer sees it.
struct Node {
    url: String,
    ready: AtomicBool,
    /// Answers of its readyz that said it is about to stop.
    warned: AtomicUsize,
}

struct Load {
    nodes: [Node; 2],
    keys: Vec<(CreatedKey, AtomicI64)>,
    over: AtomicBool,
    turn: AtomicUsize,
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_rolling_restart_loses_no_call() {
    postgres::on_postgres(async |url| {
        let keys = found(&url).await.into_iter().map(|key| (key, AtomicI64::new(0))).collect();
        let mut servers = [start(&url, "0"), start(&url, "0")];
        let nodes = servers.each_ref().map(|server| Node { url: server.url(), ready: AtomicBool::new(true), warned: AtomicUsize::new(0) });
        let load = Arc::new(Load { nodes, keys, over: AtomicBool::new(false), turn: AtomicUsize::new(0) });
        let mut tasks: Vec<_> = (0..CLIENTS).map(|_| tokio::spawn(call_on(Arc::clone(&load)))).collect();
        tasks.push(tokio::spawn(look(Arc::clone(&load))));
        for server in &mut servers {
            tokio::time::sleep(Duration::from_millis(700)).await;
            assert_eq!(server.end("TERM"), Some(0));
            let port = server.url().rsplit_once(':').unwrap().1.to_owned();
            *server = start(&url, &port);
        }
        tokio::time::sleep(Duration::from_millis(700)).await;
        load.over.store(true, Ordering::SeqCst);
        for task in tasks {
            task.await.unwrap();
        }
        for server in &mut servers {
            assert_eq!(server.end("TERM"), Some(0));
        }
        judge(&load, &url).await;
    })
    .await;
}

/// What the meter has is what the clients saw, for every key.
async fn judge(load: &Load, url: &str) {
    let store = Store::open_with(url, PasswordCost::Cheap).await.unwrap();
    let mut sum = 0;
    for (key, seen) in &load.keys {
        let (seen, counted) = (seen.load(Ordering::SeqCst), store.key_counts(key.key.id).await.unwrap());
        assert_eq!((counted.success, counted.error, counted.refused), (seen, 0, 0), "{}", key.key.prefix);
        sum += seen;
    }
    store.close().await;
    eprintln!("{sum} calls");
    assert!(sum > 200, "there was hardly any load: {sum}");
    for node in &load.nodes {
        assert!(node.warned.load(Ordering::SeqCst) > 1, "readyz never said 503 while calls were still taken");
    }
}

fn client() -> Client<HttpConnector, Body> {
    // What is sent again by itself would hide a lost call.
    Client::builder(TokioExecutor::new()).retry_canceled_requests(false).build_http()
}

/// Calls without a pause at whichever node is ready; every one has to be answered.
async fn call_on(load: Arc<Load>) {
    let client = client();
    while !load.over.load(Ordering::SeqCst) {
        let turn = load.turn.fetch_add(1, Ordering::SeqCst);
        let (key, seen) = &load.keys[turn % load.keys.len()];
        let ready: Vec<_> = load.nodes.iter().filter(|node| node.ready.load(Ordering::SeqCst)).collect();
        let node = ready[turn % ready.len()];
        let uri = format!("{}/gateway/parcels/parcels", node.url);
        let request = Request::builder().uri(uri).header("x-api-key", key.secret.reveal()).body(Body::empty()).unwrap();
        let answer = client.request(request).await.unwrap_or_else(|error| panic!("a call was lost: {error:?}"));
        assert_eq!(answer.status(), StatusCode::OK);
        axum::body::to_bytes(Body::new(answer.into_body()), 1 << 20).await.unwrap_or_else(|error| panic!("an answer broke off: {error}"));
        seen.fetch_add(1, Ordering::SeqCst);
    }
}

/// Asks each node every 50 ms whether it is ready, as a load balancer does.
async fn look(load: Arc<Load>) {
    let client = client();
    while !load.over.load(Ordering::SeqCst) {
        for node in &load.nodes {
            let answer = client.get(format!("{}/readyz", node.url).parse().unwrap()).await;
            let status = answer.map(|answer| answer.status());
            if status.as_ref().is_ok_and(|status| *status == StatusCode::SERVICE_UNAVAILABLE) {
                node.warned.fetch_add(1, Ordering::SeqCst);
            }
            node.ready.store(status.is_ok_and(|status| status == StatusCode::OK), Ordering::SeqCst);
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

/// Starts a node that load balancers have a second to notice the end of.
fn start(database: &str, port: &str) -> Server {
    let words = ["serve", "--no-demo", "--log", "error", "--drain", "1", "--port", port, "--database-url", database];
    Server::start(&mut portico(&words))
}

/// A product with a plan that does not stop, a partner that may call it, and keys.
async fn found(url: &str) -> Vec<CreatedKey> {
    let store = Store::open_with(url, PasswordCost::Cheap).await.unwrap();
    let partner = partner(&store).await;
    offer(&store, partner, "parcels", 10_000, Beyond::Overage(300.into())).await;
    let mut keys = Vec::with_capacity(KEYS);
    for n in 0..KEYS {
        keys.push(key(&store, partner, format!("Key {n}")).await);
    }
    store.close().await;
    keys
}
