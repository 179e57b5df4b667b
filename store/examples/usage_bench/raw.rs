//! A plain connection to either database, for the generated rows.

use chrono::{DateTime, Utc};
use sqlx::{AssertSqlSafe, Connection, Executor, PgConnection, QueryBuilder, SqliteConnection};

/// The connection.
pub enum Raw {
    Sqlite(SqliteConnection),
    Postgres(PgConnection),
}

impl Raw {
    pub async fn open(url: &str) -> sqlx::Result<Self> {
        if url.starts_with("sqlite:") {
            let mut open = SqliteConnection::connect(url).await?;
            // What is generated need not outlive a power cut.
            open.execute("pragma journal_mode = wal; pragma synchronous = off; pragma cache_size = -500000").await?;
            return Ok(Self::Sqlite(open));
        }
        Ok(Self::Postgres(PgConnection::connect(url).await?))
    }

    /// Runs one statement and says how many rows it wrote.
    pub async fn run(&mut self, sql: String) -> sqlx::Result<u64> {
        Ok(match self {
            Self::Sqlite(open) => open.execute(AssertSqlSafe(sql)).await?.rows_affected(),
            Self::Postgres(open) => open.execute(AssertSqlSafe(sql)).await?.rows_affected(),
        })
    }

    pub async fn number(&mut self, sql: String) -> sqlx::Result<i64> {
        Ok(match self {
            Self::Sqlite(open) => sqlx::query_scalar(AssertSqlSafe(sql)).fetch_one(open).await?,
            Self::Postgres(open) => sqlx::query_scalar(AssertSqlSafe(sql)).fetch_one(open).await?,
        })
    }

    /// Numbers hours in `bench_hours`.
    pub async fn hours(&mut self, hours: &[(i64, DateTime<Utc>)]) -> sqlx::Result<()> {
        macro_rules! insert {
            ($open:expr) => {{
                let mut query = QueryBuilder::new("insert into bench_hours (n, hour) ");
                query.push_values(hours, |mut row, (n, hour)| {
                    row.push_bind(*n).push_bind(*hour);
                });
                query.build().execute($open).await.map(drop)
            }};
        }
        match self {
            Self::Sqlite(open) => insert!(open),
            Self::Postgres(open) => insert!(open),
        }
    }

    /// Takes the primary keys off PostgreSQL's tables that are to be filled, and returns what puts them back. Rows in the order of time come
    /// to a key in as many places as there are partners, and each splits its pages into halves; a key that is made afterwards fills them.
    /// SQLite's keys stay: it has no other way than to copy the table.
    pub async fn take_keys_off(&mut self, tables: &[&str]) -> sqlx::Result<Vec<String>> {
        let Self::Postgres(open) = self else { return Ok(Vec::new()) };
        let mut back = Vec::new();
        for table in tables {
            let key =
                "select conname::text, pg_get_constraintdef(oid) from pg_constraint where contype = 'p' and conrelid = $1::text::regclass";
            let (name, columns): (String, String) = sqlx::query_as(key).bind(table).fetch_one(&mut *open).await?;
            open.execute(AssertSqlSafe(format!("alter table {table} drop constraint {name}"))).await?;
            back.push(format!("alter table {table} add constraint {name} {columns}"));
        }
        Ok(back)
    }

    /// What the databases do by themselves sooner or later: PostgreSQL's statistics, SQLite's log folded into its file.
    pub async fn settle(&mut self) -> sqlx::Result<()> {
        match self {
            Self::Sqlite(open) => open.execute("pragma wal_checkpoint(truncate)").await.map(drop),
            Self::Postgres(open) => open.execute("vacuum analyze").await.map(drop),
        }
    }
}
