//! The newest calls, one by one.

use crate::db::{cut, known, on_pool};
use crate::{Error, Result, Store};
use chrono::{DateTime, Utc};
use domain::key::Environment;
use domain::usage::{Call, CallFilter, Outcome, Source};
use sqlx::FromRow;
use std::time::Duration;
use uuid::Uuid;

/// The longest page of calls.
const LIMIT: i64 = 500;

#[derive(FromRow)]
struct CallRow {
    id: Uuid,
    at: DateTime<Utc>,
    partner_id: Uuid,
    product_id: String,
    key_id: Uuid,
    environment: String,
    source: String,
    method: String,
    path: String,
    operation: String,
    status: i64,
    outcome: String,
    latency_us: i64,
    bytes_in: i64,
    bytes_out: i64,
}

impl TryFrom<CallRow> for Call {
    type Error = Error;

    fn try_from(row: CallRow) -> Result<Self> {
        Ok(Self {
            id: row.id,
            at: row.at,
            partner_id: row.partner_id,
            product_id: row.product_id,
            key_id: row.key_id,
            environment: known("calls", "environment", &row.environment, Environment::parse)?,
            source: known("calls", "source", &row.source, Source::parse)?,
            method: row.method,
            path: row.path,
            operation: row.operation,
            status: row.status.try_into().unwrap_or_default(),
            outcome: known("calls", "outcome", &row.outcome, Outcome::parse)?,
            latency: Duration::from_micros(row.latency_us.unsigned_abs()),
            bytes_in: row.bytes_in.unsigned_abs(),
            bytes_out: row.bytes_out.unsigned_abs(),
        })
    }
}

impl Store {
    /// Newest first; the next page begins before the last one's id.
    pub async fn calls(&self, partner: Uuid, filter: &CallFilter) -> Result<Vec<Call>> {
        const SQL: &str = "select * from calls where partner_id = $1 and id < $2 \
             and ($3 is null or environment = $3) and ($4 is null or product_id = $4) and ($5 is null or key_id = $5) \
             and ($6 is null or status / 100 = $6) \
             and ($7 is null or operation = $7) and ($8 is null or at >= $8) and ($9 is null or at < $9) order by id desc limit $10";
        let rows: Vec<CallRow> = on_pool!(&self.db, |pool| {
            sqlx::query_as(SQL)
                .bind(partner)
                .bind(filter.before.unwrap_or(Uuid::max()))
                .bind(filter.environment.map(Environment::as_str))
                .bind(filter.product_id.as_deref())
                .bind(filter.key_id)
                .bind(filter.status_class)
                .bind(filter.operation.as_deref())
                .bind(filter.from.map(cut))
                .bind(filter.to.map(cut))
                .bind(filter.limit.clamp(1, LIMIT))
                .fetch_all(pool)
                .await?
        });
        rows.into_iter().map(Call::try_from).collect()
    }
}
