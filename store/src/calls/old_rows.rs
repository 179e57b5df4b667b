//! The log of an earlier version, which had a row for each call.

use super::{FULL, log_calls};
use crate::db::{known, on_tx};
use crate::{Error, Result, Store};
use chrono::{DateTime, Utc};
use domain::key::Environment;
use domain::usage::{Call, Outcome, Source};
use sqlx::FromRow;
use std::time::Duration;
use uuid::Uuid;

/// What the log was before it had blocks.
#[derive(FromRow)]
struct OldRow {
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

impl TryFrom<OldRow> for Call {
    type Error = Error;

    fn try_from(row: OldRow) -> Result<Self> {
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
    /// Packs what an older version wrote, a row for each call, into blocks. Stopped at any line it goes on with the next start.
    pub(crate) async fn pack_old_rows(&self) -> Result<()> {
        const OLDEST: &str = "delete from calls where (partner_id, id) in (select partner_id, id from calls order by partner_id, id limit $1) \
             returning *";
        loop {
            let mut tx = self.begin_turn("calls").await?;
            let rows: Vec<OldRow> = on_tx!(tx, |conn| sqlx::query_as(OLDEST).bind(10 * FULL as i64).fetch_all(conn).await?);
            if rows.is_empty() {
                return Ok(());
            }
            let calls: Vec<Call> = rows.into_iter().map(Call::try_from).collect::<Result<_>>()?;
            log_calls(&mut tx, &calls).await?;
            tx.commit().await?;
        }
    }
}
