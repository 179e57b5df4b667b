//! Whether Redis and SQL agree: day by day, the counters of each partner against the sums that bills are made of.

use super::meter::{Batch, KEPT};
use super::{Fleet, names};
use crate::db::on_pool;
use crate::{Result, Store};
use chrono::{DateTime, NaiveDate, NaiveTime, TimeDelta, Utc};
use domain::key::Environment;
use domain::usage::{Outcome, Source};
use redis::Script;
use std::collections::BTreeMap;
use std::sync::LazyLock;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;
use uuid::Uuid;

/// Days that are compared: the running one and the one before, which a roll-up may have ended late.
const DAYS: i64 = 2;
/// A difference that is still there after this many looks is none of timing.
const LOOKS: usize = 3;
/// Between two looks.
const PAUSE: Duration = Duration::from_millis(300);

static MEND: LazyLock<Script> = LazyLock::new(|| Script::new(include_str!("scripts/mend.lua")));

/// The last difference that was found, for the metrics.
#[derive(Debug, Default)]
pub(super) struct Gauge(AtomicI64);

impl Gauge {
    pub(super) fn get(&self) -> i64 {
        self.0.load(Ordering::Relaxed)
    }

    /// Another node compares.
    pub(super) fn forget(&self) {
        self.0.store(0, Ordering::Relaxed);
    }
}

/// What a comparison found.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Drift {
    /// Partners and days that were compared.
    pub compared: usize,
    /// Calls by which they differed, summed without sign; zero is expected.
    pub calls: i64,
}

/// Field of a day's hash (`product:success`, `product:error`) to calls.
type Sums = BTreeMap<String, i64>;

impl Fleet {
    /// A day's hash, and the batches that wait, as of one moment.
    async fn day(&self, partner: Uuid, day: NaiveDate) -> Result<(Sums, Vec<Batch>)> {
        static BOTH: std::sync::LazyLock<redis::Script> =
            std::sync::LazyLock::new(|| redis::Script::new("return {redis.call('HGETALL', KEYS[1]), redis.call('HVALS', KEYS[2])}"));
        let mut script = BOTH.key(names::day(partner, day));
        script.key(names::waiting(partner));
        let (fields, texts): (Vec<(String, i64)>, Vec<String>) = self.link.script(&script).await?;
        let sums = fields.into_iter().filter(|(field, _)| field.contains(':')).collect();
        Ok((sums, texts.iter().filter_map(|text| Batch::parse(text).ok()).collect()))
    }

    /// Makes a day's counters what SQL says, by adding: calls that come meanwhile are not lost.
    async fn mend(&self, partner: Uuid, day: NaiveDate, missing: &Sums) -> Result<()> {
        let mut script = MEND.key(names::day(partner, day));
        script.arg(KEPT);
        for (field, calls) in missing {
            let product = field.rsplit_once(':').map_or(field.as_str(), |(product, _)| product);
            for field in [field, product, "total"] {
                script.arg(field).arg(*calls);
            }
        }
        self.link.script(&script).await
    }
}

impl Store {
    /// Compares the counters of Redis with SQL, keeps the difference for [`Fleet::drift`], and mends Redis: SQL is what bills are made of.
    ///
    /// # Errors
    /// What Redis or the database said.
    pub async fn reconcile(&self, now: DateTime<Utc>) -> Result<Drift> {
        let Some(fleet) = &self.fleet else { return Ok(Drift::default()) };
        let mut drift = Drift::default();
        let partners = self.every_partner().await?;
        for day in (0..DAYS).map(|back| (now - TimeDelta::days(back)).date_naive()) {
            for partner in partners.iter().copied() {
                let missing = self.missing(fleet, partner, day).await?;
                drift.compared += 1;
                drift.calls += missing.values().map(|calls| calls.abs()).sum::<i64>();
                if !missing.is_empty() {
                    tracing::warn!(%partner, %day, ?missing, "the counters in Redis differed from SQL; they are mended");
                    fleet.mend(partner, day, &missing).await?;
                }
            }
        }
        fleet.drift.0.store(drift.calls, Ordering::Relaxed);
        Ok(drift)
    }

    /// What a day's hash lacks, by field; more than it should have is negative.
    async fn missing(&self, fleet: &Fleet, partner: Uuid, day: NaiveDate) -> Result<Sums> {
        let mut last = self.difference(fleet, partner, day).await?;
        for _ in 1..LOOKS {
            if last.is_empty() {
                break;
            }
            // Calls are metered and rolled up while both sides are read: only what stays is a difference.
            tokio::time::sleep(PAUSE).await;
            let again = self.difference(fleet, partner, day).await?;
            last.retain(|field, calls| again.get(field) == Some(calls));
        }
        Ok(last)
    }

    async fn difference(&self, fleet: &Fleet, partner: Uuid, day: NaiveDate) -> Result<Sums> {
        let (counted, waiting) = fleet.day(partner, day).await?;
        let mut expected = self.live_sums(partner, day).await?;
        let written = self.written_batches(&waiting.iter().map(|batch| batch.id).collect()).await?;
        for call in waiting.iter().filter(|batch| !written.contains(&batch.id)).flat_map(|batch| batch.calls.iter()) {
            let live = call.environment == Environment::Live && call.source == Source::Gateway && call.outcome != Outcome::Refused;
            if live && call.at.date_naive() == day {
                *expected.entry(format!("{}:{}", call.product_id, call.outcome.as_str())).or_default() += 1;
            }
        }
        for (field, calls) in counted {
            *expected.entry(field).or_default() -= calls;
        }
        expected.retain(|_, calls| *calls != 0);
        Ok(expected)
    }

    /// Those too that SQL has no calls of: Redis may have some.
    async fn every_partner(&self) -> Result<Vec<Uuid>> {
        Ok(on_pool!(&self.db, |pool| sqlx::query_scalar("select id from partners").fetch_all(pool).await?))
    }

    /// What SQL has of a day, by field of the day's hash.
    async fn live_sums(&self, partner: Uuid, day: NaiveDate) -> Result<Sums> {
        const SQL: &str = "select product_id, outcome, cast(coalesce(sum(calls), 0) as bigint) from usage_hourly where partner_id = $1 \
             and environment = 'live' and hour >= $2 and hour < $3 and source = 'gateway' and outcome <> 'refused' group by product_id, outcome";
        let start = day.and_time(NaiveTime::MIN).and_utc();
        let rows: Vec<(String, String, i64)> = on_pool!(&self.db, |pool| sqlx::query_as(SQL)
            .bind(partner)
            .bind(start)
            .bind(start + TimeDelta::days(1))
            .fetch_all(pool)
            .await?);
        Ok(rows.into_iter().map(|(product, outcome, calls)| (format!("{product}:{outcome}"), calls)).collect())
    }
}
