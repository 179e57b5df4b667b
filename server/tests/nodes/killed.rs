//! The meter's promise: under load the server is killed again and again, and every answer that a client saw complete is counted once.
//!
//! A kill leaves at most one open call for each connection, which may count or not. In one sum those would hide as many
//! lost or doubled calls, so the client keeps a ledger per key, over thousands of keys: most have no open call at all.

use crate::founding::found;
use crate::ledger::{counts, judge, load};
use crate::process::start;
use domain::plan::Beyond;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

const KILLS: usize = 20;
const KEYS: usize = 2_000;
const CONNECTIONS: usize = 32;
/// Load between two kills.
const LOAD: Duration = Duration::from_millis(700);

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn twenty_kills_under_load_lose_nothing_and_double_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let url = format!("sqlite:{}", folder.path().join("portico.db").display());
    let ledger = Arc::new(found(&url, Beyond::Overage(300.into()), KEYS).await);
    let mut server = start(folder.path(), &[]);
    for _ in 0..KILLS {
        let stop = Arc::new(AtomicBool::new(false));
        let load = load(&server.url(), CONNECTIONS, &ledger, &stop);
        tokio::time::sleep(LOAD).await;
        server.end("KILL");
        stop.store(true, Ordering::SeqCst);
        load.await;
        server = start(folder.path(), &[]);
    }
    let counted = counts(&url, &ledger).await;
    let (complete, open, exact) = judge(&ledger, &counted);
    assert!(exact > KEYS / 2, "only {exact} keys were put to the test");
    assert!(open > 0, "no kill hit a call under way");
    assert!(complete > 10 * i64::try_from(KILLS * CONNECTIONS).unwrap(), "there was hardly any load: {complete}");

    // A batch that is played again counts twice only now.
    server.end("KILL");
    server = start(folder.path(), &[]);
    let again = counts(&url, &ledger).await;
    server.end("KILL");
    assert_eq!(counted, again, "one more kill, without load, changed something");
}
