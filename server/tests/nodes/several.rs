//! Two nodes with one PostgreSQL and one Redis behind no load balancer: the client talks to both.

use crate::databases::on_postgres_url;
use crate::entry::Entry;
use crate::founding::found;
use crate::ledger::{counts, judge, load};
use crate::process::start;
use crate::program::Server;
use crate::redis::TestRedis;
use axum::body::Body;
use axum::http::{Request, StatusCode};
use chrono::Utc;
use domain::event::By;
use domain::plan::Beyond;
use hyper_util::client::legacy::Client;
use hyper_util::rt::TokioExecutor;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};
use store::{PasswordCost, Store};

const CALL: &str = "/gateway/parcels/parcels";

/// Starts two nodes, each with a data folder of its own.
fn two(folders: &[tempfile::TempDir; 2], database: &str, redis: &TestRedis) -> [Server; 2] {
    folders.each_ref().map(|folder| start(folder.path(), &[("DATABASE_URL", database), ("REDIS_URL", &redis.url())]))
}

fn folders() -> [tempfile::TempDir; 2] {
    [tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap()]
}

/// The status that a node answers a call of this key with.
async fn status(url: &str, entry: &Entry) -> StatusCode {
    let client = Client::builder(TokioExecutor::new()).build_http::<Body>();
    let request =
        Request::builder().uri(format!("{url}{CALL}")).header("x-api-key", entry.key.secret.reveal()).body(Body::empty()).unwrap();
    let response = client.request(request).await.unwrap();
    let status = response.status();
    axum::body::to_bytes(Body::new(response.into_body()), 1 << 20).await.unwrap();
    status
}

/// Reads the sums until they reach what the ledger says, for at most two minutes; the last ones are returned either way.
async fn settled(database: &str, ledger: &[Entry]) -> Vec<i64> {
    let mut counted = Vec::new();
    for _ in 0..600 {
        counted = counts(database, ledger).await;
        // Each by itself: a call that its client did not see answered may be counted too, and makes up for none of another key.
        if ledger.iter().zip(&counted).all(|(entry, counted)| *counted >= entry.complete.load(Ordering::SeqCst)) {
            break;
        }
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
    counted
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_key_revoked_on_one_node_stops_on_the_other_within_a_second() {
    let Some(mut redis) = TestRedis::start() else { return };
    on_postgres_url(async |database| {
        let ledger = found(database, Beyond::Overage(300.into()), 2).await;
        let folders = folders();
        let nodes = two(&folders, database, &redis);
        // Once by message, once with nobody to carry it.
        for entry in &ledger {
            for node in &nodes {
                assert_eq!(status(&node.url(), entry).await, StatusCode::OK);
            }
            let store = Store::open_with(database, PasswordCost::Cheap).await.unwrap();
            let store = store.join(&redis.url(), folders[0].path()).await.unwrap();
            store.revoke_key(entry.key.key.partner_id, entry.key.key.id, &By::system(), Utc::now()).await.unwrap();
            let revoked = Instant::now();
            for node in &nodes {
                while status(&node.url(), entry).await != StatusCode::UNAUTHORIZED {
                    assert!(revoked.elapsed() < Duration::from_secs(1), "still open after {:?}", revoked.elapsed());
                }
            }
            eprintln!("refused on both nodes after {:?}", revoked.elapsed());
            store.close().await;
            redis.kill();
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_64_clients_on_two_nodes_exactly_500_calls_are_answered() {
    let Some(redis) = TestRedis::start() else { return };
    on_postgres_url(async |database| {
        let ledger = Arc::new(found(database, Beyond::Stop, 1).await);
        let folders = folders();
        let nodes = two(&folders, database, &redis);
        let (answered, refused) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
        let clients = (0..64).map(|client| {
            let (ledger, answered, refused) = (Arc::clone(&ledger), Arc::clone(&answered), Arc::clone(&refused));
            let url = nodes[client % 2].url();
            tokio::spawn(async move {
                for _ in 0..10 {
                    match status(&url, &ledger[0]).await {
                        StatusCode::OK => answered.fetch_add(1, Ordering::SeqCst),
                        StatusCode::TOO_MANY_REQUESTS => refused.fetch_add(1, Ordering::SeqCst),
                        other => panic!("{other}"),
                    };
                }
            })
        });
        for client in futures::future::join_all(clients).await {
            client.unwrap();
        }
        assert_eq!((answered.load(Ordering::SeqCst), refused.load(Ordering::SeqCst)), (500, 140));
        ledger[0].complete.store(500, Ordering::SeqCst);
        assert_eq!(settled(database, &ledger).await, [500]);
        for node in &nodes {
            assert_eq!(status(&node.url(), &ledger[0]).await, StatusCode::TOO_MANY_REQUESTS, "and it stays so");
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn killing_redis_and_a_node_under_load_loses_nothing_and_doubles_nothing() {
    const KEYS: usize = 1_000;
    const CONNECTIONS: usize = 16;
    const PART: Duration = Duration::from_millis(1_500);
    let Some(mut redis) = TestRedis::start() else { return };
    on_postgres_url(async |database| {
        let ledger = Arc::new(found(database, Beyond::Overage(300.into()), KEYS).await);
        let folders = folders();
        let mut nodes = two(&folders, database, &redis);
        let stop = Arc::new(AtomicBool::new(false));
        let loads: Vec<_> = nodes.iter().map(|node| tokio::spawn(load(&node.url(), CONNECTIONS, &ledger, &stop))).collect();
        for _ in 0..3 {
            tokio::time::sleep(PART).await;
            // It keeps nothing on disk: it comes back empty.
            redis.kill();
            tokio::time::sleep(PART).await;
            redis.restart();
        }
        tokio::time::sleep(PART).await;
        redis.kill();
        tokio::time::sleep(PART / 3).await;
        // What this node has is in its spool alone.
        nodes[0].end("KILL");
        redis.restart();
        tokio::time::sleep(PART).await;
        stop.store(true, Ordering::SeqCst);
        for load in loads {
            load.await.unwrap();
        }
        nodes[0] = start(folders[0].path(), &[("DATABASE_URL", database), ("REDIS_URL", &redis.url())]);
        let counted = settled(database, &ledger).await;
        let (complete, _, exact) = judge(&ledger, &counted);
        assert!(exact > KEYS / 2 && complete > 1_000, "there was hardly any load: {complete} calls, {exact} keys");

        // A batch that is played again counts twice only now.
        for node in &mut nodes {
            node.end("KILL");
        }
        let nodes = two(&folders, database, &redis);
        tokio::time::sleep(PART).await;
        assert_eq!(counted, counts(database, &ledger).await, "one more kill, without load, changed something");
        drop(nodes);
    })
    .await;
}
