//! The meter's write: batches in one transaction, each counted once however often it is sent.

use crate::db::{Tx, cut, on_pool, on_tx};
use crate::{Batch, Change, Error, Result, Store, late};
use chrono::{DateTime, Utc};
use domain::latency::bucket;
use domain::usage::{Call, Outcome};
use sqlx::QueryBuilder;
use std::collections::{BTreeMap, BTreeSet};
use uuid::Uuid;

/// Rows of one statement: the widest has 15 columns, and SQLite takes at most 32,766 values.
const ROWS: usize = 1_000;
/// How often a batch is tried when PostgreSQL ends it to resolve a deadlock with another writer.
pub(crate) const TRIES: u32 = 5;

/// What a batch adds up to. Sorted, so that two writers lock the same rows in the same order.
#[derive(Default)]
struct Sums<'a> {
    usage: BTreeMap<UsageKey<'a>, Usage>,
    latency: BTreeMap<LatencyKey<'a>, i64>,
    last_used: BTreeMap<Uuid, DateTime<Utc>>,
}

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct UsageKey<'a> {
    pub(crate) partner: Uuid,
    pub(crate) environment: &'static str,
    pub(crate) hour: DateTime<Utc>,
    pub(crate) product: &'a str,
    pub(crate) key: Uuid,
    pub(crate) source: &'static str,
    pub(crate) operation: &'a str,
    pub(crate) outcome: &'static str,
    pub(crate) status_class: i64,
}

#[derive(Clone, Copy, Default)]
pub(crate) struct Usage {
    pub(crate) calls: i64,
    pub(crate) bytes_in: i64,
    pub(crate) bytes_out: i64,
}

impl Usage {
    pub(crate) fn add(&mut self, more: Self) {
        self.calls += more.calls;
        self.bytes_in = self.bytes_in.saturating_add(more.bytes_in);
        self.bytes_out = self.bytes_out.saturating_add(more.bytes_out);
    }
}

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct LatencyKey<'a> {
    pub(crate) partner: Uuid,
    pub(crate) environment: &'static str,
    pub(crate) hour: DateTime<Utc>,
    pub(crate) product: &'a str,
    pub(crate) bucket: i64,
}

impl<'a> Sums<'a> {
    fn of(calls: &[&'a Call]) -> Self {
        let mut sums = Self::default();
        calls.iter().for_each(|call| sums.add(call));
        sums
    }

    fn add(&mut self, call: &'a Call) {
        let (partner, environment, hour) = (call.partner_id, call.environment.as_str(), hour_of(call.at));
        let product = call.product_id.as_str();
        let usage = self.usage.entry(UsageKey {
            partner,
            environment,
            hour,
            product,
            key: call.key_id,
            source: call.source.as_str(),
            operation: &call.operation,
            outcome: call.outcome.as_str(),
            status_class: i64::from(call.status / 100),
        });
        usage.or_default().add(Usage { calls: 1, bytes_in: whole(call.bytes_in), bytes_out: whole(call.bytes_out) });
        if call.outcome != Outcome::Refused {
            *self.latency.entry(LatencyKey { partner, environment, hour, product, bucket: bucket(call.latency) }).or_default() += 1;
            // A key that was refused was tried, not used.
            let last = self.last_used.entry(call.key_id).or_insert(call.at);
            *last = call.at.max(*last);
        }
    }
}

/// The start of the hour that holds `at`.
pub(crate) fn hour_of(at: DateTime<Utc>) -> DateTime<Utc> {
    let second = at.timestamp();
    DateTime::from_timestamp(second - second.rem_euclid(3_600), 0).unwrap_or(at)
}

impl Store {
    /// Adds one batch of calls: [`Store::record_batches`] of one.
    ///
    /// # Errors
    /// What the database said: nothing was written, or nobody knows; try again with the same id.
    pub async fn record_batch(&self, id: Uuid, calls: &[Call], now: DateTime<Utc>) -> Result<()> {
        self.record_batches(&[Batch { id, calls: calls.to_vec() }], now).await
    }

    /// Adds batches of calls to the hourly sums, the latency buckets, the call log and the keys' last use, those apart whose id was written before.
    ///
    /// Returns once they are on disk: what was answered with `Ok` survives a crash.
    ///
    /// # Errors
    /// What the database said: nothing was written, or nobody knows; try again with the same ids.
    pub async fn record_batches(&self, batches: &[Batch], now: DateTime<Utc>) -> Result<()> {
        let mut tries = 1;
        loop {
            match self.write_batches(batches, now).await {
                Err(Error::Database(error)) if tries < TRIES && is_deadlock(&error) => tries += 1,
                result => return result,
            }
        }
    }

    async fn write_batches(&self, batches: &[Batch], now: DateTime<Utc>) -> Result<()> {
        let mut tx = self.begin_write().await?;
        let mut claimed = claim(&mut tx, batches, now).await?;
        if claimed.is_empty() {
            return Ok(());
        }
        let calls: Vec<&Call> = batches.iter().filter(|batch| claimed.remove(&batch.id)).flat_map(|batch| &batch.calls).collect();
        write_calls(&mut tx, &calls).await?;
        let partners: BTreeSet<Uuid> = calls.iter().map(|call| call.partner_id).collect();
        partners.into_iter().for_each(|partner| tx.announce(Change::Metered(partner)));
        tx.commit().await
    }

    /// Which of these batches were written.
    pub(crate) async fn written_batches(&self, ids: &BTreeSet<Uuid>) -> Result<BTreeSet<Uuid>> {
        let ids: Vec<_> = ids.iter().collect();
        let mut written = BTreeSet::new();
        for ids in ids.chunks(ROWS) {
            let rows: Vec<Uuid> = on_pool!(&self.db, |pool| {
                let mut query = QueryBuilder::new("select id from meter_batches where id in (");
                let mut list = query.separated(", ");
                ids.iter().for_each(|id| {
                    list.push_bind(**id);
                });
                query.push(")").build_query_scalar().persistent(false).fetch_all(pool).await?
            });
            written.extend(rows);
        }
        Ok(written)
    }
}

/// Adds calls to everything that is kept of calls.
pub(crate) async fn write_calls(tx: &mut Tx, calls: &[&Call]) -> Result<()> {
    let sums = Sums::of(calls);
    add_usage(tx, &sums.usage).await?;
    add_latency(tx, &sums.latency).await?;
    late::add(tx, &sums.usage, &sums.latency).await?;
    log_calls(tx, calls).await?;
    touch_keys(tx, &sums.last_used).await
}

/// SQLSTATE 40P01 (deadlock) and 40001 (serialisation): nothing was written, and another try may pass.
pub(crate) fn is_deadlock(error: &sqlx::Error) -> bool {
    let code = error.as_database_error().and_then(|error| error.code());
    code.is_some_and(|code| code == "40P01" || code == "40001")
}

/// Writes down the ids; those that were not there before are this transaction's.
async fn claim(tx: &mut Tx, batches: &[Batch], now: DateTime<Utc>) -> Result<BTreeSet<Uuid>> {
    // Sorted, for the same reason as the sums.
    let ids: BTreeSet<Uuid> = batches.iter().map(|batch| batch.id).collect();
    let ids: Vec<_> = ids.into_iter().collect();
    let mut claimed = BTreeSet::new();
    for ids in ids.chunks(ROWS) {
        let rows: Vec<Uuid> = on_tx!(tx, |conn| {
            let mut query = QueryBuilder::new("insert into meter_batches (id, at) ");
            query.push_values(ids, |mut row, id| {
                row.push_bind(*id).push_bind(cut(now));
            });
            query.push(" on conflict (id) do nothing returning id").build_query_scalar().persistent(false).fetch_all(conn).await?
        });
        claimed.extend(rows);
    }
    Ok(claimed)
}

async fn add_usage(tx: &mut Tx, usage: &BTreeMap<UsageKey<'_>, Usage>) -> Result<()> {
    const INSERT: &str = "insert into usage_hourly (partner_id, environment, hour, product_id, key_id, source, operation, outcome, \
         status_class, calls, bytes_in, bytes_out) ";
    const ADD: &str = " on conflict (partner_id, environment, hour, product_id, key_id, source, operation, outcome, status_class) \
         do update set calls = usage_hourly.calls + excluded.calls, bytes_in = usage_hourly.bytes_in + excluded.bytes_in, \
         bytes_out = usage_hourly.bytes_out + excluded.bytes_out";
    let rows: Vec<_> = usage.iter().collect();
    for rows in rows.chunks(ROWS) {
        on_tx!(tx, |conn| {
            let mut query = QueryBuilder::new(INSERT);
            query.push_values(rows, |mut row, (key, usage)| {
                row.push_bind(key.partner).push_bind(key.environment).push_bind(key.hour).push_bind(key.product).push_bind(key.key);
                row.push_bind(key.source).push_bind(key.operation).push_bind(key.outcome).push_bind(key.status_class);
                row.push_bind(usage.calls).push_bind(usage.bytes_in).push_bind(usage.bytes_out);
            });
            query.push(ADD).build().persistent(false).execute(conn).await?;
        });
    }
    Ok(())
}

async fn add_latency(tx: &mut Tx, latency: &BTreeMap<LatencyKey<'_>, i64>) -> Result<()> {
    const INSERT: &str = "insert into latency_hourly (partner_id, environment, hour, product_id, bucket, calls) ";
    const ADD: &str = " on conflict (partner_id, environment, hour, product_id, bucket) \
         do update set calls = latency_hourly.calls + excluded.calls";
    let rows: Vec<_> = latency.iter().collect();
    for rows in rows.chunks(ROWS) {
        on_tx!(tx, |conn| {
            let mut query = QueryBuilder::new(INSERT);
            query.push_values(rows, |mut row, (key, calls)| {
                row.push_bind(key.partner).push_bind(key.environment).push_bind(key.hour).push_bind(key.product);
                row.push_bind(key.bucket).push_bind(**calls);
            });
            query.push(ADD).build().persistent(false).execute(conn).await?;
        });
    }
    Ok(())
}

async fn log_calls(tx: &mut Tx, calls: &[&Call]) -> Result<()> {
    const INSERT: &str = "insert into calls (id, at, partner_id, product_id, key_id, environment, source, method, path, operation, status, \
         outcome, latency_us, bytes_in, bytes_out) ";
    for calls in calls.chunks(ROWS) {
        on_tx!(tx, |conn| {
            let mut query = QueryBuilder::new(INSERT);
            query.push_values(calls, |mut row, call| {
                row.push_bind(call.id).push_bind(cut(call.at)).push_bind(call.partner_id).push_bind(&call.product_id);
                row.push_bind(call.key_id).push_bind(call.environment.as_str()).push_bind(call.source.as_str());
                row.push_bind(&call.method).push_bind(&call.path).push_bind(&call.operation).push_bind(i64::from(call.status));
                row.push_bind(call.outcome.as_str()).push_bind(whole(call.latency.as_micros()));
                row.push_bind(whole(call.bytes_in)).push_bind(whole(call.bytes_out));
            });
            query.push(" on conflict (id) do nothing").build().persistent(false).execute(conn).await?;
        });
    }
    Ok(())
}

async fn touch_keys(tx: &mut Tx, last_used: &BTreeMap<Uuid, DateTime<Utc>>) -> Result<()> {
    let rows: Vec<_> = last_used.iter().collect();
    for rows in rows.chunks(ROWS) {
        on_tx!(tx, |conn| {
            let mut query = QueryBuilder::new("update keys set last_used_at = used.column2 from (");
            query.push_values(rows, |mut row, (key, at)| {
                row.push_bind(**key).push_bind(cut(**at));
            });
            query.push(") as used where keys.id = used.column1 and (keys.last_used_at is null or keys.last_used_at < used.column2)");
            query.build().persistent(false).execute(conn).await?;
        });
    }
    Ok(())
}

/// As the databases keep it; what does not fit is no real size or span.
fn whole<N: TryInto<i64>>(number: N) -> i64 {
    number.try_into().unwrap_or(i64::MAX)
}
