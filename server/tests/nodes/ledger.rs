//! The client's own ledger, per key: what it saw answered, and what it cannot know.

use crate::entry::Entry;
use axum::body::Body;
use axum::http::{Request, StatusCode};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;
use store::{PasswordCost, Store};

/// Every key without an open call matches exactly; of the others no open call counts twice. Returns complete calls, open ones, and keys
/// that matched exactly.
pub fn judge(ledger: &[Entry], counted: &[i64]) -> (i64, i64, usize) {
    let (mut exact, mut complete, mut open) = (0, 0, 0);
    for (entry, &counted) in ledger.iter().zip(counted) {
        let (seen, unseen) = entry.seen();
        assert!((seen..=seen + unseen).contains(&counted), "{}: {seen} complete, {unseen} open, {counted} counted", entry.key.key.prefix);
        exact += usize::from(unseen == 0 && seen > 0);
        complete += seen;
        open += unseen;
    }
    eprintln!("{complete} complete calls, {open} open ones, {exact} keys matched exactly");
    (complete, open, exact)
}

/// Calls without a pause over all keys in turn from this many connections, until told to stop.
pub fn load(url: &str, connections: usize, ledger: &Arc<Vec<Entry>>, stop: &Arc<AtomicBool>) -> impl Future<Output = ()> + use<> {
    static TURN: AtomicUsize = AtomicUsize::new(0);
    let clients: Vec<_> = (0..connections)
        .map(|_| {
            let (ledger, stop, uri) = (Arc::clone(ledger), Arc::clone(stop), format!("{url}/gateway/parcels/parcels"));
            tokio::spawn(async move {
                // A call that is sent again by itself would not be in the ledger.
                let client = Client::builder(TokioExecutor::new()).retry_canceled_requests(false).build_http();
                while !stop.load(Ordering::SeqCst) {
                    let entry = &ledger[TURN.fetch_add(1, Ordering::SeqCst) % ledger.len()];
                    call(&client, &uri, entry).await;
                }
            })
        })
        .collect();
    async {
        for client in clients {
            client.await.unwrap();
        }
    }
}

fn left_open(entry: &Entry) {
    entry.open.fetch_add(1, Ordering::SeqCst);
}

async fn call(client: &Client<HttpConnector, Body>, uri: &str, entry: &Entry) {
    let request = Request::builder().uri(uri).header("x-api-key", entry.key.secret.reveal()).body(Body::empty()).unwrap();
    let answered = match client.request(request).await {
        Ok(response) => response,
        // Nobody was there to hear it.
        Err(error) if error.is_connect() => return tokio::time::sleep(Duration::from_millis(5)).await,
        Err(_) => return left_open(entry),
    };
    let status = answered.status();
    match axum::body::to_bytes(Body::new(answered.into_body()), 1 << 20).await {
        Ok(body) => {
            assert_eq!(status, StatusCode::OK, "{}", String::from_utf8_lossy(&body));
            entry.complete.fetch_add(1, Ordering::SeqCst);
        }
        Err(_) => left_open(entry),
    }
}

/// What the meter has for each key.
pub async fn counts(url: &str, ledger: &[Entry]) -> Vec<i64> {
    let store = Store::open_with(url, PasswordCost::Cheap).await.unwrap();
    let mut counted = Vec::with_capacity(ledger.len());
    for entry in ledger {
        counted.push(store.key_counts(entry.key.key.id).await.unwrap().success);
    }
    store.close().await;
    counted
}
