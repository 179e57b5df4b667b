//! An empty PostgreSQL database for a program under test.

use futures::FutureExt;
use sqlx::{AssertSqlSafe, Connection, Executor, PgConnection};
use std::panic::AssertUnwindSafe;

/// Runs a test with the URL of a database of its own, which is dropped whether the test passes or not; skips it where
/// no server is named.
pub async fn on_postgres(test: impl AsyncFn(String)) {
    const SERVER: &str = "PORTICO_TEST_POSTGRES";
    let Ok(server) = std::env::var(SERVER) else {
        return eprintln!("Skipped: set {SERVER} to a server where databases may be made.");
    };
    let name = format!("portico_{}", uuid::Uuid::new_v4().simple());
    let mut admin = PgConnection::connect(&server).await.unwrap();
    admin.execute(AssertSqlSafe(format!("create database {name}"))).await.unwrap();
    let (host, _) = server.rsplit_once('/').unwrap();
    let outcome = AssertUnwindSafe(test(format!("{host}/{name}"))).catch_unwind().await;
    admin.execute(AssertSqlSafe(format!("drop database {name} with (force)"))).await.unwrap();
    if let Err(panic) = outcome {
        std::panic::resume_unwind(panic);
    }
}
