//! Folding: each hour of usage, soon after its end, is added to the coarser sums, once.

use crate::db::{Open, Tx, newest_step, on_pool, on_tx};
use crate::meter::{LatencyKey, Usage, UsageKey, hour_of};
use crate::{Result, Store, coarse, sketches};
use chrono::{DateTime, TimeDelta, Utc};
use sqlx::FromRow;
use std::time::{Duration, Instant};
use uuid::Uuid;

/// An hour is folded this long after its end; calls that are metered later yet go to its sums as they come.
const LAG: TimeDelta = TimeDelta::minutes(5);
/// With this many rows a step takes no further hour: whoever writes usage waits for its end.
const ROWS: usize = 10_000;
/// The same where nobody waits. An hour adds to most rows of its day and its month: the more hours at once, the less is written.
const ROWS_ALONE: usize = 500_000;
/// With so many days neither: hours without usage are asked for too.
const DAYS: TimeDelta = TimeDelta::days(7);

/// A row of `usage_hourly`, without its hour.
#[derive(FromRow)]
struct UsageRow {
    partner_id: Uuid,
    environment: String,
    product_id: String,
    key_id: Uuid,
    source: String,
    operation: String,
    outcome: String,
    status_class: i64,
    calls: i64,
    bytes_in: i64,
    bytes_out: i64,
    latencies: String,
}

/// A row of `latency_hourly`, without its hour.
#[derive(FromRow)]
struct LatencyRow {
    partner_id: Uuid,
    environment: String,
    product_id: String,
    bucket: i64,
    calls: i64,
}

/// An hour as it was metered.
struct Hour {
    start: DateTime<Utc>,
    usage: Vec<UsageRow>,
    latency: Vec<LatencyRow>,
}

impl Store {
    /// Folds every hour that ended, oldest first, and returns how many steps that took. Killed at any line it goes on where it was.
    ///
    /// # Errors
    /// What the database said: the steps before are done.
    pub async fn fold_usage(&self, now: DateTime<Utc>) -> Result<usize> {
        // Of a long past, those who write have as much time as the steps take.
        self.fold(now, ROWS, tokio::time::sleep).await
    }

    /// As [`Store::fold_usage`], for a store that nobody else writes to: in long steps, without rests.
    ///
    /// # Errors
    /// As [`Store::fold_usage`].
    pub async fn fold_usage_alone(&self, now: DateTime<Utc>) -> Result<usize> {
        self.fold(now, ROWS_ALONE, |_| std::future::ready(())).await
    }

    async fn fold<F: Future<Output = ()>>(&self, now: DateTime<Utc>, rows: usize, rest: impl Fn(Duration) -> F) -> Result<usize> {
        let limit = hour_of(now - LAG);
        if self.next_unfolded(limit).await?.is_none() {
            return Ok(0);
        }
        self.mend_levels().await?;
        let (mut steps, mut began) = (0, Instant::now());
        while self.fold_step(limit, rows).await? {
            steps += 1;
            rest(began.elapsed()).await;
            began = Instant::now();
        }
        Ok(steps)
    }

    /// The first hour with usage that is not folded.
    async fn next_unfolded(&self, limit: DateTime<Utc>) -> Result<Option<DateTime<Utc>>> {
        Ok(on_pool!(&self.db, |pool| sqlx::query_scalar(NEXT).bind(limit).fetch_one(pool).await?))
    }

    /// Folds the next hours, as many as have so many rows, and at least one; answers whether there was anything to fold. Days that have few
    /// rows are taken together: what is written for a partner lies side by side, and each page of it is written once.
    async fn fold_step(&self, limit: DateTime<Utc>, rows: usize) -> Result<bool> {
        let Some(mut tx) = self.begin_fold().await? else { return Ok(false) };
        // Another node may have been faster.
        let from: Option<DateTime<Utc>> = on_tx!(tx, |conn| sqlx::query_scalar(NEXT).bind(limit).fetch_one(conn).await?);
        let Some(from) = from else { return Ok(false) };
        let end = limit.min(from + DAYS);
        let (mut hours, mut read, mut to) = (Vec::new(), 0, from);
        while to < end && read < rows {
            let hour = Hour::of(&mut tx, to).await?;
            read += hour.usage.len() + hour.latency.len();
            hours.push(hour);
            to += TimeDelta::hours(1);
        }
        add(&mut tx, &hours).await?;
        set_folded(&mut tx, to).await?;
        tx.commit().await?;
        tracing::debug!(%from, %to, rows = read, "usage was folded");
        Ok(true)
    }

    /// Waits for everybody who is writing usage, and lets nobody begin before the end. `None` where a newer version has brought the schema
    /// up to date, as the first node of an update does: its levels are not this one's.
    pub(crate) async fn begin_fold(&self) -> Result<Option<Tx>> {
        const LOCK: &str = "lock table usage_hourly in share row exclusive mode";
        const NEWER: &str = "select exists (select 1 from _sqlx_migrations where version > $1)";
        let mut tx = self.begin_write().await?;
        if let Open::Postgres(open) = &mut tx.open {
            sqlx::query(LOCK).execute(&mut **open).await?;
        }
        let newer: bool = on_tx!(tx, |conn| sqlx::query_scalar(NEWER).bind(newest_step()).fetch_one(conn).await?);
        Ok((!newer).then_some(tx))
    }
}

/// Adds hours to every level.
async fn add(tx: &mut Tx, hours: &[Hour]) -> Result<()> {
    let mut usage = Vec::new();
    for hour in hours {
        for row in &hour.usage {
            usage.push((row.key(hour.start), row.usage()?));
        }
    }
    let usage: Vec<_> = usage.iter().map(|(key, usage)| (*key, usage)).collect();
    let latency: Vec<_> = hours.iter().flat_map(|hour| hour.latency.iter().map(|row| (row.key(hour.start), &row.calls))).collect();
    coarse::add(tx, &usage, &latency).await
}

impl Hour {
    async fn of(tx: &mut Tx, start: DateTime<Utc>) -> Result<Self> {
        const USAGE: &str = "select partner_id, environment, product_id, key_id, source, operation, outcome, status_class, calls, bytes_in, \
             bytes_out, latencies from usage_hourly where hour = $1";
        const LATENCY: &str = "select partner_id, environment, product_id, bucket, calls from latency_hourly where hour = $1";
        let usage = on_tx!(tx, |conn| sqlx::query_as(USAGE).bind(start).fetch_all(conn).await?);
        let latency = on_tx!(tx, |conn| sqlx::query_as(LATENCY).bind(start).fetch_all(conn).await?);
        Ok(Self { start, usage, latency })
    }
}

impl UsageRow {
    fn key(&self, hour: DateTime<Utc>) -> UsageKey<'_> {
        UsageKey {
            partner: self.partner_id,
            environment: &self.environment,
            hour,
            product: &self.product_id,
            key: self.key_id,
            source: &self.source,
            operation: &self.operation,
            outcome: &self.outcome,
            status_class: self.status_class,
        }
    }

    fn usage(&self) -> Result<Usage> {
        let latencies = sketches::read("usage_hourly", &self.latencies)?;
        Ok(Usage { calls: self.calls, bytes_in: self.bytes_in, bytes_out: self.bytes_out, latencies, last_used: None })
    }
}

impl LatencyRow {
    fn key(&self, hour: DateTime<Utc>) -> LatencyKey<'_> {
        let Self { partner_id: partner, environment, product_id: product, bucket, .. } = self;
        LatencyKey { partner: *partner, environment, hour, product, bucket: *bucket }
    }
}

const NEXT: &str = "select min(hour) from usage_hourly where hour < $1 and hour >= coalesce((select until from usage_folds), \
     (select min(hour) from usage_hourly))";

/// Hours before this moment are folded. A transaction that asks has to have written its hours before: then it waited for a fold under way.
pub(crate) async fn folded_until(tx: &mut Tx) -> Result<Option<DateTime<Utc>>> {
    const SQL: &str = "select until from usage_folds";
    Ok(on_tx!(tx, |conn| sqlx::query_scalar(SQL).fetch_optional(conn).await?))
}

async fn set_folded(tx: &mut Tx, until: DateTime<Utc>) -> Result<()> {
    const SET: [&str; 2] = ["delete from usage_folds where until <> $1", "insert into usage_folds (until) values ($1)"];
    for sql in SET {
        on_tx!(tx, |conn| sqlx::query(sql).bind(until).execute(conn).await?.rows_affected());
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kept::tests::call;
    use crate::levels::Span;
    use crate::{Batch, PasswordCost};
    use domain::usage::Call;

    async fn store(folder: &std::path::Path) -> Store {
        let url = format!("sqlite:{}", folder.join("portico.db").display());
        Store::open_with(&url, PasswordCost::Cheap).await.unwrap()
    }

    async fn folded(store: &Store) -> Option<DateTime<Utc>> {
        on_pool!(&store.db, |pool| sqlx::query_scalar("select until from usage_folds").fetch_optional(pool).await.unwrap())
    }

    /// Records calls of as many operations in an hour.
    async fn record(store: &Store, hour: DateTime<Utc>, operations: usize) {
        let operation = |n: usize| Call { at: hour, operation: n.to_string(), ..call() };
        let batch = Batch { id: Uuid::now_v7(), calls: (0..operations).map(operation).collect() };
        store.record_batches(&[batch], hour).await.unwrap();
    }

    #[tokio::test]
    async fn a_step_ends_where_it_has_many_rows_or_many_days() {
        let folder = tempfile::tempdir().unwrap();
        let store = store(folder.path()).await;
        let first = Span::Day.start(call().at);
        let hour = |hours| first + TimeDelta::hours(hours);
        for (hours, operations) in [(0, 5), (1, 1), (2, 30), (3, 1), (25, 1), (200, 1)] {
            record(&store, hour(hours), operations).await;
        }
        let limit = hour(210);
        for until in [1, 3, 171, 210] {
            assert!(store.fold_step(limit, 10).await.unwrap());
            assert_eq!(folded(&store).await, Some(hour(until)));
        }
        assert!(!store.fold_step(limit, 10).await.unwrap());
    }
}
