//! The two databases behind one type, and the transaction that writes.

use crate::changes::{Changes, News};
use crate::journal::Journal;
use crate::secret::PasswordCost;
use crate::{Change, Result};
use chrono::{DateTime, Utc};
use domain::Invalid;
use sqlx::migrate::Migrator;
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous};
use sqlx::{Executor, Postgres, Sqlite, Transaction};
use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;
use uuid::Uuid;

/// How long a writer waits for the writers before it.
const WRITE_PATIENCE: Duration = Duration::from_secs(10);
/// What the writing connection keeps of the file in memory: 32 MiB, as SQLite writes that.
const CACHE: &str = "-32768";
/// Statements that each connection keeps prepared: the meter alone has some sixty, by the number of rows.
const STATEMENTS: usize = 256;
/// Rows that wait for their reader: as many as one list of values returns, so that SQLite's thread seldom stops for it.
const ROWS: usize = 512;
/// Pages of the log (of 4 KiB) before they are copied into the file: the busiest ones are copied once instead of again and again.
const CHECKPOINT: &str = "8000";

/// The schema of both databases, step by step.
pub(crate) static MIGRATIONS: Migrator = sqlx::migrate!("../migrations");

/// Runs one expression on whichever pool is open: `on_pool!(&self.db, |pool| sqlx::query(SQL).execute(pool).await?)`.
macro_rules! on_pool {
    ($db:expr, |$pool:ident| $body:expr) => {
        match $db {
            $crate::Db::Sqlite($pool) => $body,
            $crate::Db::Postgres($pool) => $body,
        }
    };
}

/// Runs one expression inside an open transaction: `on_tx!(tx, |conn| sqlx::query(SQL).execute(conn).await?)`.
macro_rules! on_tx {
    ($tx:expr, |$conn:ident| $body:expr) => {
        match &mut $tx.open {
            $crate::db::Open::Sqlite(open) => {
                let $conn = &mut **open;
                $body
            }
            $crate::db::Open::Postgres(open) => {
                let $conn = &mut **open;
                $body
            }
        }
    };
}

pub(crate) use {on_pool, on_tx};

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
    pub(crate) changes: Changes,
    pub(crate) fleet: Option<Arc<crate::Fleet>>,
    /// Beside SQLite's file.
    pub(crate) journal: Option<Arc<Journal>>,
    pub(crate) passwords: crate::secret::Passwords,
    pub(crate) documents: crate::published::Documents,
    /// SQLite has one writer at a time. All writing takes turns on one connection: its queue is fair, SQLite's busy handler is not, and
    /// what nobody else changes stays in its cache.
    writer: Option<sqlx::SqlitePool>,
}

/// A transaction that writes: what it announces is heard after the commit, and dropping it undoes everything.
pub(crate) struct Tx {
    pub(crate) open: Open,
    announced: Vec<News>,
    changes: Changes,
}

/// The transaction of either database, for `on_tx!`.
pub(crate) enum Open {
    Sqlite(Transaction<'static, Sqlite>),
    Postgres(Transaction<'static, Postgres>),
}

impl Db {
    async fn open(url: &str) -> Result<Self> {
        if let Some(path) = url.strip_prefix("sqlite:") {
            let path = path.strip_prefix("//").unwrap_or(path);
            return Ok(Self::Sqlite(open_sqlite(path).await?));
        }
        if url.starts_with("postgres://") || url.starts_with("postgresql://") {
            return Ok(Self::Postgres(open_postgres(url).await?));
        }
        Err(Invalid::new("database_url", "Use `sqlite:PATH` or `postgres://user@host/database`.").into())
    }

    /// The connection that writes, where the database has but one writer.
    fn writer(&self) -> Option<sqlx::SqlitePool> {
        let Self::Sqlite(pool) = self else { return None };
        let options = pool.connect_options().as_ref().clone().pragma("cache_size", CACHE);
        Some(sqlite_pool(1).acquire_timeout(WRITE_PATIENCE).connect_lazy_with(options))
    }

    fn journal(&self) -> Option<Arc<Journal>> {
        let Self::Sqlite(pool) = self else { return None };
        Some(Arc::new(Journal::of(pool.connect_options().get_filename())))
    }
}

fn sqlite_pool(connections: u32) -> SqlitePoolOptions {
    // A connection to a file does not break while nobody looks.
    SqlitePoolOptions::new().max_connections(connections).test_before_acquire(false)
}

/// Our statements are short; what PostgreSQL guesses to be long it would compile first, which takes longer than running it. And no disk
/// turns any more: taking a page at random for four, as it does by itself, it reads a day of every partner rather than a day of one.
const PLANNING: &str = "set jit = off; set random_page_cost = 1.1";

async fn open_postgres(url: &str) -> Result<sqlx::PgPool> {
    let options = PgPoolOptions::new().max_connections(16);
    let options = options.after_connect(|connection, _| Box::pin(async move { connection.execute(PLANNING).await.map(drop) }));
    Ok(options.connect_with(url.parse::<PgConnectOptions>()?.statement_cache_capacity(STATEMENTS)).await?)
}

/// `synchronous=FULL` makes a commit outlive a power cut. Calls pay for it by the thousand: the journal brings many batches in one
/// transaction.
async fn open_sqlite(path: &str) -> Result<sqlx::SqlitePool> {
    let options = SqliteConnectOptions::new()
        .filename(path)
        .create_if_missing(true)
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(SqliteSynchronous::Full)
        .busy_timeout(WRITE_PATIENCE)
        .pragma("wal_autocheckpoint", CHECKPOINT)
        .statement_cache_capacity(STATEMENTS)
        .row_buffer_size(ROWS)
        .foreign_keys(true);
    Ok(sqlite_pool(8).connect_with(options).await?)
}

impl Store {
    /// Opens `sqlite:PATH` (made when missing) or `postgres://…` and brings the schema up to date.
    ///
    /// # Errors
    /// [`Invalid`] for field `database_url` with another scheme; otherwise what the database said.
    pub async fn open(url: &str) -> Result<Self> {
        Self::open_with(url, PasswordCost::Full).await
    }

    /// [`Store::open`] with a choice of how costly passwords are: tests take the cheap one.
    ///
    /// # Errors
    /// As [`Store::open`].
    pub async fn open_with(url: &str, cost: PasswordCost) -> Result<Self> {
        let db = Db::open(url).await?;
        on_pool!(&db, |pool| MIGRATIONS.run(pool).await?);
        let passwords = crate::secret::Passwords::new(cost)?;
        let documents = crate::published::documents();
        let (writer, journal) = (db.writer(), db.journal());
        let store = Self { db, changes: Changes::default(), fleet: None, journal, passwords, documents, writer };
        store.pack_old_rows().await?;
        Ok(store)
    }

    /// Whether the database answers.
    ///
    /// # Errors
    /// What the database said where it does not.
    pub async fn ping(&self) -> Result<()> {
        on_pool!(&self.db, |pool| sqlx::query("select 1").execute(pool).await?.rows_affected());
        Ok(())
    }

    /// Closes every connection; SQLite folds its log into the file.
    pub async fn close(&self) {
        if let Some(writer) = &self.writer {
            writer.close().await;
        }
        on_pool!(&self.db, |pool| pool.close().await);
    }

    /// Begins a transaction that may read before it writes.
    pub(crate) async fn begin_write(&self) -> Result<Tx> {
        let open = match &self.db {
            Db::Sqlite(pool) => Open::Sqlite(self.writer.as_ref().unwrap_or(pool).begin_with("begin immediate").await?),
            Db::Postgres(pool) => Open::Postgres(pool.begin().await?),
        };
        Ok(Tx { open, announced: Vec::new(), changes: self.changes.clone() })
    }

    /// Begins a transaction that takes its turn with every other one that names the same subject, e.g. `team:<partner>`.
    ///
    /// For acts that read a rule and then write (the last owner stays, one current subscription): SQLite has one writer
    /// anyhow, PostgreSQL takes an advisory lock that ends with the transaction.
    pub(crate) async fn begin_turn(&self, subject: &str) -> Result<Tx> {
        const SQL: &str = "select pg_advisory_xact_lock(hashtextextended($1, 0))";
        let mut tx = self.begin_write().await?;
        if let Open::Postgres(open) = &mut tx.open {
            sqlx::query(SQL).bind(subject).execute(&mut **open).await?;
        }
        Ok(tx)
    }
}

impl Tx {
    /// Tells the rest of the process, once this is committed.
    pub(crate) fn announce(&mut self, change: Change) {
        self.announced.push(News::Changed(change));
    }

    /// As [`Tx::announce`], of partners whose calls were metered.
    pub(crate) fn announce_metered(&mut self, partners: BTreeSet<Uuid>) {
        self.announced.extend(partners.into_iter().map(News::Metered));
    }

    /// Makes it last, then tells what changed.
    pub(crate) async fn commit(self) -> Result<()> {
        match self.open {
            Open::Sqlite(open) => open.commit().await?,
            Open::Postgres(open) => open.commit().await?,
        }
        self.announced.into_iter().for_each(|news| self.changes.announce(news));
        Ok(())
    }
}

/// The newest step of the schema that this version knows.
pub(crate) fn newest_step() -> i64 {
    MIGRATIONS.iter().map(|step| step.version).max().unwrap_or_default()
}

/// The moment as both databases keep it: PostgreSQL has microseconds, and a comparison must mean the same on both.
pub(crate) fn cut(at: DateTime<Utc>) -> DateTime<Utc> {
    // A leap second becomes the second after it, as PostgreSQL keeps it.
    DateTime::from_timestamp_micros(at.timestamp_micros()).unwrap_or(at)
}

#[cfg(test)]
#[test]
fn a_leap_second_is_the_second_after_it() {
    let kept = cut("2026-12-31T23:59:60.5Z".parse().unwrap());
    assert_eq!(kept.to_rfc3339(), "2027-01-01T00:00:00.500+00:00");
}

/// Reads a column that holds one of a few known texts.
pub(crate) fn known<T>(table: &'static str, column: &'static str, text: &str, parse: impl FnOnce(&str) -> Option<T>) -> Result<T> {
    parse(text).ok_or_else(|| crate::Error::corrupt(table, column, text))
}
