//! The roll-up from Redis to SQL: read what waits, write it in one transaction, let go of it.
//!
//! Whichever line it is killed at, nothing is lost and nothing doubled: what was not let go of is read again, and SQL knows the ids
//! of the batches that it has. One node leads at a time, to save work; two at once would do no harm.

use super::meter::Batch;
use super::{Fleet, names};
use crate::{Result, Store};
use chrono::{DateTime, Utc};
use domain::period::Period;
use redis::Script;
use serde::Serialize;
use std::collections::BTreeMap;
use std::sync::LazyLock;
use uuid::Uuid;

/// The lead passes on when its node did nothing for this long, in milliseconds.
const LEAD: u64 = 5_000;
/// Batches of one partner that are read at once, about.
const PAGE: usize = 64;
/// With this many calls a transaction is full: no further page is read for it. The last one may bring it to some 84,000, of 64 batches
/// with up to a thousand calls each.
const CALLS: usize = 20_000;
/// How long Redis remembers a batch that SQL has, in seconds: longer than a batch can be under way between asking SQL for it and sending
/// it again.
const REMEMBERED: u64 = 600;

static LEADS: LazyLock<Script> = LazyLock::new(|| Script::new(include_str!("scripts/lead.lua")));
static SETTLE: LazyLock<Script> = LazyLock::new(|| Script::new(include_str!("scripts/settle.lua")));

/// Some of what waits of one partner.
pub(super) struct Waiting {
    partner: Uuid,
    pub(super) batches: Vec<Batch>,
    /// Where the next page begins; `None` after the last one.
    pub(super) next: Option<u64>,
}

impl Fleet {
    /// Whether this node rolls up for now.
    pub(super) async fn leads(&self) -> Result<bool> {
        let mut script = LEADS.key(names::LEADER);
        script.arg(self.node.to_string()).arg(LEAD);
        self.link.script(&script).await
    }

    /// Partners with calls that wait.
    pub(super) async fn waiting_partners(&self) -> Result<Vec<Uuid>> {
        let names: Vec<String> = self.link.run(redis::cmd("SMEMBERS").arg(names::PARTNERS)).await?;
        Ok(names.iter().filter_map(|name| name.parse().ok()).collect())
    }

    /// A page of what waits of a partner, each batch once, from where the one before ended.
    ///
    /// Never the first page again: what was let go of leaves holes in Redis' table, and a page of holes only is no end.
    pub(super) async fn waiting(&self, partner: Uuid, mut cursor: u64) -> Result<Waiting> {
        loop {
            let mut scan = redis::cmd("HSCAN");
            scan.arg(names::waiting(partner)).arg(cursor).arg("COUNT").arg(PAGE);
            let (next, pairs): (u64, Vec<(String, String)>) = self.link.run(&scan).await?;
            let texts: BTreeMap<_, _> = pairs.into_iter().collect();
            let batches: Vec<_> = texts.values().filter_map(|text| readable(text)).collect();
            if next == 0 || !batches.is_empty() {
                return Ok(Waiting { partner, batches, next: (next != 0).then_some(next) });
            }
            cursor = next;
        }
    }

    /// Takes a partner off the list, unless something came meanwhile.
    async fn rest(&self, partner: Uuid) -> Result<()> {
        self.link.run::<()>(redis::cmd("SREM").arg(names::PARTNERS).arg(partner.to_string())).await?;
        let left: u64 = self.link.run(redis::cmd("HLEN").arg(names::waiting(partner))).await?;
        self.list((left > 0).then_some(partner).into_iter()).await
    }

    async fn let_go(&self, letting: &Letting) -> Result<bool> {
        let mut script = SETTLE.prepare_invoke();
        let instructions = serde_json::to_string(letting).map_err(|error| crate::Error::Spool(error.into()))?;
        script.key(&letting.keys).arg(REMEMBERED).arg(instructions);
        self.link.script(&script).await
    }
}

/// What a newer version wrote stays for a node that understands it.
fn readable(text: &str) -> Option<Batch> {
    Batch::parse(text).inspect_err(|error| tracing::error!(%error, "a waiting batch cannot be read; it stays in Redis")).ok()
}

/// The arguments of `settle.lua`.
#[derive(Serialize)]
struct Letting {
    #[serde(skip)]
    keys: Vec<String>,
    batches: Vec<LettingBatch>,
    settled: Vec<(usize, String, i64)>,
}

#[derive(Serialize)]
struct LettingBatch {
    id: Uuid,
    mark: usize,
    counts: Vec<(usize, String, i64)>,
}

impl Letting {
    /// `settled` has the calls in SQL of each counter that somebody asked about.
    fn of(waiting: &Waiting, settled: &BTreeMap<(String, String), i64>) -> Self {
        let mut letting = Self { keys: vec![names::waiting(waiting.partner)], batches: Vec::new(), settled: Vec::new() };
        for batch in &waiting.batches {
            letting.keys.push(names::written(waiting.partner, batch.id));
            letting.batches.push(LettingBatch { id: batch.id, mark: letting.keys.len(), counts: Vec::new() });
        }
        let places: BTreeMap<_, _> =
            counters(waiting).into_keys().map(|counter| (counter.clone(), letting.add_counter(&counter, settled))).collect();
        for (batch, entry) in waiting.batches.iter().zip(&mut letting.batches) {
            for ((key, product), (_, calls)) in batch.billable() {
                let place = places.get(&(key, product.to_owned())).copied().unwrap_or_default();
                entry.counts.push((place, product.to_owned(), calls));
            }
        }
        letting
    }

    fn add_counter(&mut self, counter: &(String, String), settled: &BTreeMap<(String, String), i64>) -> usize {
        self.keys.push(counter.0.clone());
        self.settled.push((self.keys.len(), counter.1.clone(), settled.get(counter).copied().unwrap_or(-1)));
        self.keys.len()
    }
}

/// The quota counters that batches touch, each with a moment of its month.
fn counters(waiting: &Waiting) -> BTreeMap<(String, String), DateTime<Utc>> {
    let of = |batch: &Batch| -> Vec<_> {
        batch.billable().into_iter().map(|((key, product), (at, _))| ((key, product.to_owned()), at)).collect()
    };
    waiting.batches.iter().flat_map(of).collect()
}

impl Store {
    /// SQL has more calls of a quota than this node metered: Redis hears of them, where it counts that quota. After an outage whoever
    /// leases asks SQL anyway.
    ///
    /// # Errors
    /// What Redis or the database said.
    pub async fn raise_settled(&self, partner: Uuid, product: &str, month: Period) -> Result<()> {
        let Some(fleet) = &self.fleet else { return Ok(()) };
        let counter = (names::quota(partner, month.start), product.to_owned());
        let letting = |settled: &BTreeMap<_, _>| {
            let mut letting = Letting { keys: vec![names::waiting(partner)], batches: Vec::new(), settled: Vec::new() };
            letting.add_counter(&counter, settled);
            letting
        };
        // As with batches: SQL is asked for what somebody counts.
        if fleet.let_go(&letting(&BTreeMap::new())).await? {
            return Ok(());
        }
        let calls = self.billable_calls(partner, product, month).await?;
        fleet.let_go(&letting(&BTreeMap::from([(counter.clone(), calls)]))).await.map(drop)
    }

    /// Moves what waits in Redis or in the journal into SQL; returns the calls that were moved. Does nothing while another node leads.
    ///
    /// # Errors
    /// What Redis, the disk or the database said: what was not moved waits for the next time.
    pub async fn roll_up(&self, now: DateTime<Utc>) -> Result<usize> {
        match (&self.fleet, &self.journal) {
            (Some(fleet), _) => self.roll_up_fleet(fleet, now).await,
            (None, Some(journal)) => self.roll_up_journal(journal, now).await,
            (None, None) => Ok(0),
        }
    }

    async fn roll_up_fleet(&self, fleet: &Fleet, now: DateTime<Utc>) -> Result<usize> {
        let mut moved = 0;
        let listed = if fleet.leads().await? { fleet.waiting_partners().await? } else { Vec::new() };
        let mut partners: BTreeMap<Uuid, u64> = listed.into_iter().map(|partner| (partner, 0)).collect();
        while !partners.is_empty() && fleet.leads().await? {
            let mut round = Vec::new();
            let mut calls = 0;
            while calls < CALLS
                && let Some((partner, cursor)) = partners.pop_first()
            {
                let waiting = fleet.waiting(partner, cursor).await?;
                calls += waiting.batches.iter().map(|batch| batch.calls.len()).sum::<usize>();
                round.push(waiting);
            }
            self.write_round(fleet, &round, now).await?;
            moved += calls;
            partners.extend(round.iter().filter_map(|waiting| Some((waiting.partner, waiting.next?))));
        }
        Ok(moved)
    }

    async fn write_round(&self, fleet: &Fleet, round: &[Waiting], now: DateTime<Utc>) -> Result<()> {
        let batches: Vec<_> = round.iter().flat_map(|waiting| waiting.batches.iter().cloned()).collect();
        self.record_batches(&batches, now).await?;
        for waiting in round {
            self.let_go(fleet, waiting).await?;
            if waiting.next.is_none() {
                fleet.rest(waiting.partner).await?;
            }
        }
        Ok(())
    }

    /// In one step, what waited becomes what SQL has: a quota that is counted sees no call twice and none missing.
    async fn let_go(&self, fleet: &Fleet, waiting: &Waiting) -> Result<()> {
        if waiting.batches.is_empty() || fleet.let_go(&Letting::of(waiting, &BTreeMap::new())).await? {
            return Ok(());
        }
        let mut settled = BTreeMap::new();
        for ((key, product), at) in counters(waiting) {
            let calls = self.billable_calls(waiting.partner, &product, Period::month_of(at)).await?;
            settled.insert((key, product), calls);
        }
        fleet.let_go(&Letting::of(waiting, &settled)).await.map(drop)
    }
}
