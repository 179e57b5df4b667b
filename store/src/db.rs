//! The two databases behind one type, and the transaction that writes.

use crate::Result;
use chrono::{DateTime, Utc};

/// A pool of connections to either database.
#[derive(Debug, Clone)]
pub enum Db {
    Sqlite(sqlx::SqlitePool),
    Postgres(sqlx::PgPool),
}

/// The portal's memory. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Store {
    pub(crate) db: Db,
}

impl Store {
    /// Opens `sqlite:PATH` (made when missing) or `postgres://…` and brings the schema up to date.
    pub async fn open(url: &str) -> Result<Self> {
        todo!()
    }
    /// Whether the database answers.
    pub async fn ping(&self) -> Result<()> {
        todo!()
    }
    /// Whether nobody signed up and nothing was published yet.
    pub async fn is_empty(&self) -> Result<bool> {
        todo!()
    }
    /// Forgets what has outlived its use: sessions, links, attempts, unconfirmed claims on a confirmed address after 7 days, calls after 30 days, batch ids after 35.
    pub async fn prune(&self, now: DateTime<Utc>) -> Result<()> {
        todo!()
    }
}
