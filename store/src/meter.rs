//! The meter's write: batches in one transaction, each counted once however often it is sent.

use crate::columns::Columns;
use crate::db::{Tx, cut, on_pool};
use crate::kept::Kept;
use crate::sketches::{Rows, pack, whose_are_long};
use crate::sums::add_bytes;
use crate::{Batch, Error, Result, Store, calls, late};
use chrono::{DateTime, TimeDelta, Utc};
use domain::latency::Sketch;
use domain::usage::{Call, Outcome};
use foldhash::fast::RandomState;
use sqlx::QueryBuilder;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use uuid::Uuid;

/// Ids of one question.
const ROWS: usize = 1_000;
/// How often a batch is tried when PostgreSQL ends it to resolve a deadlock with another writer.
pub(crate) const TRIES: u32 = 5;

/// How long the ids of batches are remembered where a spool may bring them again: the volume of a node that died may come back late.
const REMEMBERED: TimeDelta = TimeDelta::days(35);
/// A batch that is older than this is taken from no spool: its id may be forgotten. What is left to [`REMEMBERED`] is for clocks that are
/// apart, and for a batch that is being written while ids are forgotten.
pub(crate) const TAKEN: TimeDelta = TimeDelta::days(34);
/// The writer of calls, which tries the same batch until it is written, is done with it in less than this.
const TRYING: TimeDelta = TimeDelta::days(1);

/// What calls add up to. Sorted, so that two writers lock the same rows in the same order.
struct Sums<'a> {
    usage: BTreeMap<UsageKey<'a>, Usage>,
    latency: BTreeMap<LatencyKey<'a>, i64>,
    last_used: BTreeMap<Uuid, DateTime<Utc>>,
}

/// A batch as it is written: its id, and its calls.
type Lot<'a> = (Uuid, Vec<Kept<'a>>);

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct UsageKey<'a> {
    pub(crate) partner: Uuid,
    pub(crate) environment: &'a str,
    pub(crate) hour: DateTime<Utc>,
    pub(crate) product: &'a str,
    pub(crate) key: Uuid,
    pub(crate) source: &'a str,
    pub(crate) operation: &'a str,
    pub(crate) outcome: &'a str,
    pub(crate) status_class: i64,
}

#[derive(Default)]
pub(crate) struct Usage {
    pub(crate) calls: i64,
    pub(crate) bytes_in: i64,
    pub(crate) bytes_out: i64,
    /// Of the calls that were not refused, where it is known.
    pub(crate) latencies: Sketch,
    /// When the last of those was made: a key that was refused was tried, not used. Nobody asks it of an hour that is folded.
    pub(crate) last_used: Option<DateTime<Utc>>,
}

impl<'a> UsageKey<'a> {
    /// Keys as columns, in the order of the table's own key.
    pub(crate) fn columns<'k>(keys: impl Iterator<Item = &'k Self> + Clone) -> Columns<'a>
    where
        'a: 'k,
    {
        let all = || keys.clone();
        let columns = Columns::default().uuids(all().map(|key| key.partner)).texts(all().map(|key| key.environment));
        let columns = columns.times(all().map(|key| key.hour)).texts(all().map(|key| key.product)).uuids(all().map(|key| key.key));
        let columns = columns.texts(all().map(|key| key.source)).texts(all().map(|key| key.operation));
        columns.texts(all().map(|key| key.outcome)).numbers(all().map(|key| key.status_class))
    }
}

impl Usage {
    pub(crate) fn add(&mut self, more: &Self) {
        self.calls += more.calls;
        self.bytes_in = self.bytes_in.saturating_add(more.bytes_in);
        self.bytes_out = self.bytes_out.saturating_add(more.bytes_out);
        self.latencies.merge(&more.latencies);
    }

    fn count(&mut self, call: &Kept<'_>) {
        self.calls += 1;
        self.bytes_in = self.bytes_in.saturating_add(whole(call.bytes_in));
        self.bytes_out = self.bytes_out.saturating_add(whole(call.bytes_out));
        if call.outcome != Outcome::Refused {
            // Nothing takes no time: another gateway did not say how long this one took.
            if !call.latency().is_zero() {
                self.latencies.add(call.latency());
            }
            self.last_used = self.last_used.max(Some(call.at()));
        }
    }
}

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct LatencyKey<'a> {
    pub(crate) partner: Uuid,
    pub(crate) environment: &'a str,
    pub(crate) hour: DateTime<Utc>,
    pub(crate) product: &'a str,
    pub(crate) bucket: i64,
}

impl<'a> UsageKey<'a> {
    fn of(call: &'a Kept<'a>) -> Self {
        Self {
            partner: call.partner_id,
            environment: call.environment.as_str(),
            hour: hour_of(call.at()),
            product: &call.product_id,
            key: call.key_id,
            source: call.source.as_str(),
            operation: &call.operation,
            outcome: call.outcome.as_str(),
            status_class: i64::from(call.status / 100),
        }
    }

    fn latency(&self, bucket: i64) -> LatencyKey<'a> {
        let Self { partner, environment, hour, product, .. } = *self;
        LatencyKey { partner, environment, hour, product, bucket }
    }
}

impl<'a> Sums<'a> {
    fn of(calls: &[&'a Kept<'a>]) -> Self {
        let mut usage: HashMap<_, Usage, RandomState> = HashMap::default();
        calls.iter().for_each(|call| usage.entry(UsageKey::of(call)).or_default().count(call));
        let usage: BTreeMap<_, _> = usage.into_iter().collect();
        let (mut latency, mut last_used) = (BTreeMap::new(), BTreeMap::new());
        for (key, usage) in &usage {
            for &(bucket, calls) in usage.latencies.buckets() {
                *latency.entry(key.latency(bucket)).or_default() += calls;
            }
            if let Some(at) = usage.last_used {
                let last = last_used.entry(key.key).or_insert(at);
                *last = at.max(*last);
            }
        }
        Self { usage, latency, last_used }
    }
}

/// The start of the hour that holds `at`.
pub fn hour_of(at: DateTime<Utc>) -> DateTime<Utc> {
    let second = at.timestamp();
    DateTime::from_timestamp(second - second.rem_euclid(3_600), 0).unwrap_or(at)
}

impl Store {
    /// Adds one batch of calls: [`Store::record_batches`] of one.
    ///
    /// # Errors
    /// What the database said: nothing was written, or nobody knows; try again with the same id.
    pub async fn record_batch(&self, id: Uuid, calls: &[Call], now: DateTime<Utc>) -> Result<()> {
        self.record_batches(&[Batch { id, calls: calls.into() }], now).await
    }

    /// Adds batches of calls to the hourly sums, the latency buckets, the call log and the keys' last use, those apart whose id was
    /// written before.
    ///
    /// Returns once they are on disk: what was answered with `Ok` survives a crash.
    ///
    /// # Errors
    /// What the database said: nothing was written, or nobody knows; try again with the same ids.
    pub async fn record_batches(&self, batches: &[Batch], now: DateTime<Utc>) -> Result<()> {
        let lots: Vec<Lot<'_>> = batches.iter().map(|batch| (batch.id, batch.calls.iter().map(Kept::from).collect())).collect();
        self.record_lots(&lots, now).await
    }

    async fn record_lots(&self, lots: &[Lot<'_>], now: DateTime<Utc>) -> Result<()> {
        let mut tries = 1;
        loop {
            match self.write_lots(lots, now).await {
                Err(Error::Database(error)) if tries < TRIES && is_deadlock(&error) => tries += 1,
                Err(Error::Database(error)) if is_unwritable(&error) => return self.record_one_by_one(lots, now).await,
                result => return result,
            }
        }
    }

    /// What the database will never take of one partner's calls must not keep everybody else's waiting: such calls are counted without
    /// their texts.
    async fn record_one_by_one(&self, lots: &[Lot<'_>], now: DateTime<Utc>) -> Result<()> {
        for (id, calls) in lots {
            let lot = (*id, calls.clone());
            match self.write_lots(std::slice::from_ref(&lot), now).await {
                Err(Error::Database(error)) if is_unwritable(&error) => {
                    tracing::error!(%error, batch = %id, calls = calls.len(), "calls are counted without operation, method and path");
                    self.write_lots(&[(*id, calls.iter().map(Kept::plain).collect())], now).await?;
                }
                result => result?,
            }
        }
        Ok(())
    }

    async fn write_lots(&self, lots: &[Lot<'_>], now: DateTime<Utc>) -> Result<()> {
        let mut tx = self.begin_write().await?;
        let mut claimed = claim(&mut tx, lots.iter().map(|(id, _)| *id).collect(), now).await?;
        if claimed.is_empty() {
            return Ok(());
        }
        let calls: Vec<&Kept<'_>> = lots.iter().filter(|(id, _)| claimed.remove(id)).flat_map(|(_, calls)| calls).collect();
        write_calls(&mut tx, &calls).await?;
        tx.announce_metered(calls.iter().map(|call| call.partner_id).collect());
        tx.commit().await
    }

    /// Batches that were written before this moment cannot come again, and their ids may be forgotten.
    ///
    /// Of a journal, a batch can come again from its files, each of which holds the ids from the time it was begun, and from the writer
    /// that tries once more. A spool may be away with its machine: nobody here can see its files.
    pub(crate) async fn batches_known_since(&self, now: DateTime<Utc>) -> Result<DateTime<Utc>> {
        match (&self.fleet, &self.journal) {
            (None, Some(journal)) if !journal.had_redis() => Ok(journal.oldest().await?.map_or(now, |oldest| oldest.min(now)) - TRYING),
            _ => Ok(now - REMEMBERED),
        }
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
pub(crate) async fn write_calls(tx: &mut Tx, calls: &[&Kept<'_>]) -> Result<()> {
    let sums = Sums::of(calls);
    add_usage(tx, &sums.usage).await?;
    add_latency(tx, &sums.latency).await?;
    late::add(tx, &sums.usage, &sums.latency).await?;
    calls::log(tx, calls).await?;
    touch_keys(tx, &sums.last_used).await
}

/// SQLSTATE 40P01 (deadlock) and 40001 (serialisation): nothing was written, and another try may pass.
pub(crate) fn is_deadlock(error: &sqlx::Error) -> bool {
    let code = error.as_database_error().and_then(|error| error.code());
    code.is_some_and(|code| code == "40P01" || code == "40001")
}

/// SQLSTATE classes 22 (data exception) and 54 (program limit exceeded): no other try will pass.
fn is_unwritable(error: &sqlx::Error) -> bool {
    let code = error.as_database_error().and_then(|error| error.code());
    code.is_some_and(|code| code.len() == 5 && (code.starts_with("22") || code.starts_with("54")))
}

/// Writes down the ids, sorted for the same reason as the sums; those that were not there before are this transaction's.
async fn claim(tx: &mut Tx, ids: BTreeSet<Uuid>, now: DateTime<Utc>) -> Result<BTreeSet<Uuid>> {
    let rows = Columns::default().uuids(ids.iter().copied()).times(ids.iter().map(|_| cut(now)));
    let claimed = rows.write_returning(tx, "insert into meter_batches (id, at)", "on conflict (id) do nothing returning id").await?;
    Ok(claimed.into_iter().collect())
}

async fn add_usage(tx: &mut Tx, usage: &BTreeMap<UsageKey<'_>, Usage>) -> Result<()> {
    const INSERT: &str = "insert into usage_hourly (partner_id, environment, hour, product_id, key_id, source, operation, outcome, \
         status_class, calls, bytes_in, bytes_out, latencies)";
    const ADD: &str = concat!(
        "on conflict (partner_id, environment, hour, product_id, key_id, source, operation, outcome, status_class) \
         do update set calls = usage_hourly.calls + excluded.calls, ",
        add_bytes!("usage_hourly", "bytes_in"),
        ", ",
        add_bytes!("usage_hourly", "bytes_out"),
        ", latencies = usage_hourly.latencies || excluded.latencies ",
        whose_are_long!()
    );
    let (keys, sums): (Vec<_>, Vec<_>) = usage.iter().unzip();
    let texts: Vec<_> = sums.iter().map(|sum| sum.latencies.to_string()).collect();
    let rows = UsageKey::columns(keys.iter().copied()).numbers(sums.iter().map(|sum| sum.calls));
    let rows = rows.numbers(sums.iter().map(|sum| sum.bytes_in)).numbers(sums.iter().map(|sum| sum.bytes_out));
    let long = rows.texts(texts.iter().map(String::as_str)).returning(tx, INSERT, ADD).await?;
    pack(tx, Rows::HOURS, &keys, long).await
}

async fn add_latency(tx: &mut Tx, latency: &BTreeMap<LatencyKey<'_>, i64>) -> Result<()> {
    const INSERT: &str = "insert into latency_hourly (partner_id, environment, hour, product_id, bucket, calls)";
    const ADD: &str = "on conflict (partner_id, environment, hour, product_id, bucket) \
         do update set calls = latency_hourly.calls + excluded.calls";
    let keys = || latency.keys();
    let rows = Columns::default().uuids(keys().map(|key| key.partner)).texts(keys().map(|key| key.environment));
    let rows = rows.times(keys().map(|key| key.hour)).texts(keys().map(|key| key.product)).numbers(keys().map(|key| key.bucket));
    rows.numbers(latency.values().copied()).write(tx, INSERT, ADD).await
}

async fn touch_keys(tx: &mut Tx, last_used: &BTreeMap<Uuid, DateTime<Utc>>) -> Result<()> {
    const USED: &str = ") as used where keys.id = used.column1 and (keys.last_used_at is null or keys.last_used_at < used.column2)";
    let rows = Columns::default().uuids(last_used.keys().copied()).times(last_used.values().map(|at| cut(*at)));
    rows.write(tx, "update keys set last_used_at = used.column2 from (", USED).await
}

/// As the databases keep it; what does not fit is no real size or span.
fn whole<N: TryInto<i64>>(number: N) -> i64 {
    number.try_into().unwrap_or(i64::MAX)
}
