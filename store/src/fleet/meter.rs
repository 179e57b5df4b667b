//! The meter's batches in Redis: each counts once, and is nowhere less safe than on this machine's disk.

use super::{Fleet, names};
use crate::{Error, Result, Store, kept};
use base64_simd::STANDARD_NO_PAD;
use chrono::{DateTime, Datelike, Utc};
use domain::key::Environment;
use domain::usage::{Call, Outcome, Source};
use redis::Script;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::sync::atomic::Ordering;
use std::sync::{Arc, LazyLock};
use uuid::Uuid;

/// How long a day's counters are kept after their last call, in seconds: 35 days.
pub(super) const KEPT: u64 = 35 * 86_400;

/// Bytes of a batch's id in a line, with the space after it.
const ID: usize = uuid::fmt::Hyphenated::LENGTH + 1;

static RECORD: LazyLock<Script> = LazyLock::new(|| Script::new(include_str!("scripts/record.lua")));
static LIST: LazyLock<Script> = LazyLock::new(|| Script::new(include_str!("scripts/list.lua")));

/// Calls that are written together, or not at all. The same batch may be sent any number of times and counts once.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Batch {
    /// A UUIDv7.
    pub id: Uuid,
    /// At least one. Where nodes share a Redis, all are of one partner, so that one script on one node of a cluster writes them.
    pub calls: Arc<[Call]>,
}

impl Batch {
    /// The partner of a batch of the fleet.
    pub(super) fn partner(&self) -> Option<Uuid> {
        self.calls.first().map(|call| call.partner_id)
    }

    /// One line, as Redis and files keep it: its id, then its calls ([`kept`]) in base64.
    pub(crate) fn text(&self) -> Result<String> {
        let calls: Vec<_> = self.calls.iter().map(kept::Kept::from).collect();
        let bytes = kept::pack(calls.iter()).map_err(|error| Error::Spool(io::Error::other(error)))?;
        let mut text = String::with_capacity(ID + STANDARD_NO_PAD.encoded_length(bytes.len()));
        text.extend([self.id.as_hyphenated().encode_lower(&mut Uuid::encode_buffer()), " "]);
        STANDARD_NO_PAD.encode_append(&bytes, &mut text);
        Ok(text)
    }

    /// Also what an earlier version wrote, in JSON.
    pub(crate) fn parse(text: &str) -> Result<Self> {
        if text.starts_with('{') {
            return serde_json::from_str(text).map_err(|error| Error::Spool(error.into()));
        }
        let unreadable = || Error::Spool(io::Error::new(io::ErrorKind::InvalidData, "it is no batch of calls"));
        let (id, calls) = text.split_once(' ').ok_or_else(unreadable)?;
        let calls = STANDARD_NO_PAD.decode_to_vec(calls).map_err(|_| unreadable())?;
        let calls = kept::unpack(&calls).map_err(|error| Error::Spool(io::Error::other(error)))?;
        Ok(Self { id: id.parse().map_err(|_| unreadable())?, calls: calls.into() })
    }

    /// Calls that count towards a quota: (the first of them, product) to calls.
    pub(super) fn billable(&self) -> BTreeMap<(String, &str), (DateTime<Utc>, i64)> {
        let mut months: BTreeMap<_, (DateTime<Utc>, i64)> = BTreeMap::new();
        for call in self.calls.iter().filter(|call| is_live(call) && call.outcome == Outcome::Success) {
            let month = (call.at.year(), call.at.month());
            months.entry((call.partner_id, month, call.product_id.as_str())).or_insert((call.at, 0)).1 += 1;
        }
        months.into_iter().map(|((partner, _, product), sum)| ((names::quota(partner, sum.0), product), sum)).collect()
    }
}

/// Live calls through the gateway: what the day's counters and quotas are about.
fn is_live(call: &Call) -> bool {
    call.environment == Environment::Live && call.source == Source::Gateway
}

/// What a script changes, with its keys in a list.
#[derive(Serialize)]
struct Change {
    #[serde(skip)]
    keys: Vec<String>,
    add: Vec<(usize, String, i64)>,
    release: Vec<(usize, i64)>,
}

impl Change {
    fn of(batch: &Batch, partner: Uuid) -> Self {
        let mut change =
            Self { keys: vec![names::written(partner, batch.id), names::waiting(partner)], add: Vec::new(), release: Vec::new() };
        for ((key, field), calls) in days(batch, partner) {
            let place = change.place(key);
            change.add.push((place, field, calls));
        }
        for ((key, product), (at, calls)) in batch.billable() {
            let place = change.place(key);
            change.add.push((place, format!("{product}:waiting"), calls));
            let place = change.place(names::held(partner, at, product));
            change.release.push((place, calls));
        }
        change
    }

    /// The place of a key in the list, counted from 1 as Lua does.
    fn place(&mut self, key: String) -> usize {
        let found = self.keys.iter().position(|known| *known == key);
        found.map_or_else(
            || {
                self.keys.push(key);
                self.keys.len()
            },
            |index| index + 1,
        )
    }
}

/// The day counters that a batch adds to: (key, field) to calls.
fn days(batch: &Batch, partner: Uuid) -> BTreeMap<(String, String), i64> {
    let mut alike: BTreeMap<_, i64> = BTreeMap::new();
    for call in batch.calls.iter().filter(|call| is_live(call) && call.outcome != Outcome::Refused) {
        *alike.entry((call.at.date_naive(), call.product_id.as_str(), call.outcome.as_str())).or_default() += 1;
    }
    let mut sums = BTreeMap::new();
    for ((day, product, outcome), calls) in alike {
        let key = names::day(partner, day);
        for field in ["total".to_owned(), product.to_owned(), format!("{product}:{outcome}")] {
            *sums.entry((key.clone(), field)).or_default() += calls;
        }
    }
    sums
}

impl Fleet {
    /// Writes batches to the spool and to Redis side by side; with Redis away, to the spool alone and through to the disk.
    ///
    /// # Errors
    /// What the file system said, where neither has them: try again with the same batches.
    async fn record(&self, batches: &[Batch]) -> Result<Whereabouts> {
        let texts: Vec<_> = batches.iter().map(Batch::text).collect::<Result<_>>()?;
        if !self.is_connected() {
            self.spool.keep(&texts, self.outages()).await.map_err(Error::Spool)?;
            self.spooled_alone(batches);
            return Ok(Whereabouts::OnDisk);
        }
        // Read before anything is sent: an outage from here on leaves the file suspect.
        let outages = self.outages();
        let sent = self.send_all(batches, &texts, Sent::First);
        match tokio::join!(self.spool.append(&texts, outages), sent) {
            (Ok(_), Ok(())) => Ok(Whereabouts::OnDisk),
            (Ok(written), Err(_)) => {
                self.spool.sync(written).await.map_err(Error::Spool)?;
                self.spooled_alone(batches);
                Ok(Whereabouts::OnDisk)
            }
            (Err(error), Ok(())) => {
                tracing::warn!(%error, "the spool cannot be written: calls go into the database one batch at a time");
                Ok(Whereabouts::InRedisAlone)
            }
            (Err(error), Err(_)) => Err(Error::Spool(error)),
        }
    }

    /// Once they are kept, and no sooner: what failed is tried again.
    fn spooled_alone(&self, batches: &[Batch]) {
        let calls: usize = batches.iter().map(|batch| batch.calls.len()).sum();
        self.spooled.fetch_add(i64::try_from(calls).unwrap_or(i64::MAX), Ordering::Relaxed);
    }

    /// Gives batches to Redis side by side; those that it has do no harm.
    pub(super) async fn send_all(&self, batches: &[Batch], texts: &[String], sent: Sent) -> Result<()> {
        let mut sending = Vec::with_capacity(batches.len());
        for (batch, text) in batches.iter().zip(texts) {
            sending.push(self.send(batch, text, sent));
        }
        let sent = futures::future::join_all(sending).await;
        // After the batches, never before them: the roll-up takes a partner off this list when it finds nothing. Also where only some had
        // room: those have to leave again.
        self.list(batches.iter().filter_map(Batch::partner)).await?;
        sent.into_iter().collect()
    }

    /// Puts partners on the list of those with calls that wait.
    pub(super) async fn list(&self, partners: impl Iterator<Item = Uuid>) -> Result<()> {
        let partners: BTreeSet<_> = partners.map(|partner| partner.to_string()).collect();
        if partners.is_empty() {
            return Ok(());
        }
        let mut script = LIST.key(names::PARTNERS);
        script.arg(partners);
        self.link.script(&script).await
    }

    /// Gives one batch to Redis, unless it has it.
    async fn send(&self, batch: &Batch, text: &str, sent: Sent) -> Result<()> {
        let Some(partner) = batch.partner() else { return Ok(()) };
        let change = Change::of(batch, partner);
        let instructions = serde_json::to_string(&change).map_err(|error| Error::Spool(error.into()))?;
        let node = if sent == Sent::First { self.node.to_string() } else { String::new() };
        let mut script = RECORD.prepare_invoke();
        script.key(&change.keys).arg(batch.id.to_string()).arg(text).arg(node).arg(KEPT).arg(instructions);
        self.link.script(&script).await
    }
}

/// Where batches are.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Whereabouts {
    /// And in Redis, unless it is away.
    OnDisk,
    /// A Redis that loses its data would lose them.
    InRedisAlone,
}

/// Whether the node still holds its share of the quota for the calls of a batch.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Sent {
    First,
    /// From the spool: the node has told Redis since what it holds.
    Again,
}

impl Store {
    /// Makes batches of calls: one, or one for each partner where nodes share a Redis.
    pub fn batches(&self, calls: Vec<Call>) -> Vec<Batch> {
        if self.fleet.is_none() {
            return vec![Batch { id: Uuid::now_v7(), calls: calls.into() }];
        }
        let mut of_partners: BTreeMap<Uuid, Vec<Call>> = BTreeMap::new();
        for call in calls {
            of_partners.entry(call.partner_id).or_default().push(call);
        }
        of_partners.into_values().map(|calls| Batch { id: Uuid::now_v7(), calls: calls.into() }).collect()
    }

    /// Meters batches: what was answered with `Ok` counts once, whatever dies.
    ///
    /// SQL has them at the next roll-up, and PostgreSQL without Redis at once. Until then the journal on disk has them, or, in a fleet,
    /// Redis and the spool, or the disk; a node whose disk is full waits for SQL. Only Redis losing its data and this machine its power
    /// in the same half second would lose a batch.
    ///
    /// # Errors
    /// What the database or the file system said: try again with the same batches.
    pub async fn meter(&self, batches: &[Batch], now: DateTime<Utc>) -> Result<()> {
        match (&self.fleet, &self.journal) {
            (Some(fleet), _) => match fleet.record(batches).await? {
                Whereabouts::OnDisk => Ok(()),
                Whereabouts::InRedisAlone => self.record_batches(batches, now).await,
            },
            (None, Some(journal)) => journal.record(batches).await,
            (None, None) => self.record_batches(batches, now).await,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kept::tests::call;

    #[test]
    fn a_batch_is_one_line_and_so_is_one_of_an_earlier_version() {
        let batch = Batch { id: Uuid::now_v7(), calls: [call(), call()].into() };
        let text = batch.text().unwrap();
        assert!(!text.contains('\n'));
        assert_eq!(Batch::parse(&text).unwrap(), batch);
        let json = serde_json::json!({ "id": batch.id, "calls": batch.calls });
        assert_eq!(Batch::parse(&json.to_string()).unwrap(), batch);
        for torn in ["", "{", "7 ", &text[..text.len() - 2], text.split_once(' ').unwrap().1] {
            assert!(Batch::parse(torn).is_err(), "{torn}");
        }
    }
}
