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

    /// What the databases do by themselves sooner or later: PostgreSQL's statistics, SQLite's log folded into its file.
    pub async fn settle(&mut self) -> sqlx::Result<()> {
        match self {
            Self::Sqlite(open) => open.execute("pragma wal_checkpoint(truncate)").await.map(drop),
            Self::Postgres(open) => open.execute("vacuum analyze").await.map(drop),
        }
    }
}
