//! Fresh databases for one test: a SQLite file, and a PostgreSQL database where a server is named.

use futures::FutureExt;
use sqlx::{AssertSqlSafe, Connection, Executor, PgConnection};
use std::panic::AssertUnwindSafe;
use store::{PasswordCost, Store};

/// The URL of a PostgreSQL server where databases may be made and dropped.
const SERVER: &str = "PORTICO_TEST_POSTGRES";

/// Runs a test on an empty SQLite database, then on an empty PostgreSQL database.
pub async fn both(test: impl AsyncFn(Store)) {
    on_sqlite(&test).await;
    match std::env::var(SERVER) {
        Ok(server) => on_postgres(&server, &test).await,
        Err(_) => eprintln!("The PostgreSQL half is skipped: set {SERVER} to a server where databases may be made."),
    }
}

async fn on_sqlite(test: &impl AsyncFn(Store)) {
    let folder = tempfile::tempdir().unwrap();
    let url = format!("sqlite:{}", folder.path().join("portico.db").display());
    let store = Store::open_with(&url, PasswordCost::Cheap).await.unwrap();
    test(store.clone()).await;
    store.close().await;
}

async fn on_postgres(server: &str, test: &impl AsyncFn(Store)) {
    with_empty_database(server, async |url| {
        let store = Store::open_with(url, PasswordCost::Cheap).await.unwrap();
        let outcome = AssertUnwindSafe(test(store.clone())).catch_unwind().await;
        store.close().await;
        if let Err(panic) = outcome {
            eprintln!("This failed on PostgreSQL.");
            std::panic::resume_unwind(panic);
        }
    })
    .await;
}

/// Runs a test with the URL of an empty PostgreSQL database, for processes that open it themselves.
pub async fn on_postgres_url(test: impl AsyncFnOnce(&str)) {
    match std::env::var(SERVER) {
        Ok(server) => with_empty_database(&server, test).await,
        Err(_) => eprintln!("Skipped: set {SERVER} to a server where databases may be made."),
    }
}

async fn with_empty_database(server: &str, test: impl AsyncFnOnce(&str)) {
    let name = format!("portico_{}", uuid::Uuid::new_v4().simple());
    let mut admin = PgConnection::connect(server).await.unwrap();
    admin.execute(AssertSqlSafe(format!("create database {name}"))).await.unwrap();
    // Dropped whether the test passes or not.
    let outcome = AssertUnwindSafe(test(&with_database(server, &name))).catch_unwind().await;
    admin.execute(AssertSqlSafe(format!("drop database {name} with (force)"))).await.unwrap();
    if let Err(panic) = outcome {
        std::panic::resume_unwind(panic);
    }
}

/// The server's URL with another database.
fn with_database(server: &str, name: &str) -> String {
    let (head, query) = server.split_once('?').map_or((server, String::new()), |(head, query)| (head, format!("?{query}")));
    let (scheme, rest) = head.split_once("://").unwrap();
    let host = rest.split('/').next().unwrap();
    format!("{scheme}://{host}/{name}{query}")
}
