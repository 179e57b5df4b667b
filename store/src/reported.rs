//! Calls that other gateways report: each event counts once, however often and however late it comes.

use crate::columns::Columns;
use crate::db::{Tx, cut, on_pool};
use crate::ids::id_at;
use crate::kept::Kept;
use crate::meter::{TRIES, is_deadlock, write_calls};
use crate::{Error, Result, Store, db};
use chrono::{DateTime, TimeDelta, Utc};
use domain::key::Environment;
use domain::report::{LATE_DAYS, Reported, Verdict};
use domain::usage::{Call, Source};
use sha2::{Digest, Sha256};
use sqlx::QueryBuilder;
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use uuid::Uuid;

/// Rows of one statement.
const ROWS: usize = 1_000;
/// How far the clocks of two gateways may be apart.
const AHEAD: TimeDelta = TimeDelta::minutes(5);
/// The largest whole number that every reader of JSON has exactly (RFC 8259, section 6).
const LARGEST: u64 = (1 << 53) - 1;

#[derive(sqlx::FromRow)]
struct OwnerRow {
    id: Uuid,
    partner_id: Uuid,
    environment: String,
}

/// What became of events.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Counted {
    /// Of each, in their order.
    pub verdicts: Vec<Verdict>,
    /// The partners and products that have more calls than before.
    pub of: BTreeSet<(Uuid, String)>,
}

/// Whose a key is.
struct Owner {
    partner: Uuid,
    environment: Environment,
}

impl Store {
    /// [`Store::count_reported`] for whoever wants the verdicts alone.
    ///
    /// # Errors
    /// As [`Store::count_reported`].
    pub async fn record_reported(&self, events: &[Reported], now: DateTime<Utc>) -> Result<Vec<Verdict>> {
        Ok(self.count_reported(events, now).await?.verdicts)
    }

    /// Counts every event that was not counted before, in one transaction, and says what became of each.
    ///
    /// # Errors
    /// What the database said, or [`Error::Corrupt`]; then nothing was counted.
    pub async fn count_reported(&self, events: &[Reported], now: DateTime<Utc>) -> Result<Counted> {
        let owners = self.owners_of_keys(events).await?;
        let products = self.product_ids().await?;
        let checked: Vec<_> = events.iter().map(|event| check(event, &owners, &products, now)).collect();
        let mut tries = 1;
        loop {
            match self.count_new(events, &checked, now).await {
                Err(Error::Database(error)) if tries < TRIES && is_deadlock(&error) => tries += 1,
                result => return result,
            }
        }
    }

    async fn count_new(&self, events: &[Reported], checked: &[Result<Call, String>], now: DateTime<Utc>) -> Result<Counted> {
        // By id, so that an event that comes twice in a batch stands here once and two writers lock in the same order.
        let mut wanted: BTreeMap<Uuid, (usize, DateTime<Utc>)> = BTreeMap::new();
        for (place, (event, call)) in events.iter().zip(checked).enumerate() {
            if call.is_ok() {
                wanted.entry(event_id(event)).or_insert((place, event.at));
            }
        }
        let mut tx = self.begin_write().await?;
        let fresh = claim(&mut tx, &wanted).await?;
        let places: HashSet<usize> = fresh.iter().filter_map(|id| wanted.get(id)).map(|(place, _)| *place).collect();
        let calls: Vec<&Call> =
            checked.iter().enumerate().filter(|(place, _)| places.contains(place)).filter_map(|(_, call)| call.as_ref().ok()).collect();
        let kept: Vec<_> = calls.iter().copied().map(Kept::from).collect();
        write_calls(&mut tx, &kept.iter().collect::<Vec<_>>()).await?;
        tx.announce_metered(calls.iter().map(|call| call.partner_id).collect());
        tx.commit().await?;
        tracing::debug!(events = events.len(), counted = calls.len(), at = %now, "events were reported");
        let of = calls.iter().map(|call| (call.partner_id, call.product_id.clone())).collect();
        Ok(Counted { verdicts: checked.iter().enumerate().map(|(place, call)| verdict(call, places.contains(&place))).collect(), of })
    }

    async fn owners_of_keys(&self, events: &[Reported]) -> Result<HashMap<Uuid, Owner>> {
        let keys: Vec<Uuid> = events.iter().map(|event| event.key_id).collect::<BTreeSet<_>>().into_iter().collect();
        let mut owners = HashMap::with_capacity(keys.len());
        for keys in keys.chunks(ROWS) {
            let rows: Vec<OwnerRow> = on_pool!(&self.db, |pool| {
                let mut query = QueryBuilder::new("select id, partner_id, environment from keys where id in (");
                let mut list = query.separated(", ");
                for key in keys {
                    list.push_bind(*key);
                }
                query.push(")").build_query_as().persistent(false).fetch_all(pool).await?
            });
            for row in rows {
                let environment = db::known("keys", "environment", &row.environment, Environment::parse)?;
                owners.insert(row.id, Owner { partner: row.partner_id, environment });
            }
        }
        Ok(owners)
    }

    async fn product_ids(&self) -> Result<HashSet<String>> {
        const SQL: &str = "select id from products";
        let ids: Vec<String> = on_pool!(&self.db, |pool| sqlx::query_scalar(SQL).fetch_all(pool).await?);
        Ok(ids.into_iter().collect())
    }
}

/// Control characters are none of `CloudEvents`' strings (1.0, 3.1), and PostgreSQL keeps no NUL; those of direction would turn about what is
/// shown beside the text.
fn check_texts(event: &Reported) -> Result<(), String> {
    let texts = [
        ("id", &event.id),
        ("source", &event.source),
        ("data.operation", &event.operation),
        ("data.method", &event.method),
        ("data.path", &event.path),
    ];
    let bad = texts.into_iter().find(|(_, text)| text.contains(is_control));
    bad.map_or(Ok(()), |(name, _)| Err(format!("{name}: send no control characters.")))
}

/// Also the controls of Unicode's bidirectional algorithm (UAX #9, 2).
fn is_control(sign: char) -> bool {
    sign.is_control() || matches!(sign, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

fn check_sizes(event: &Reported) -> Result<(), String> {
    let sizes = [("data.bytesIn", event.bytes_in), ("data.bytesOut", event.bytes_out)];
    let bad = sizes.into_iter().find(|(_, size)| *size > LARGEST);
    bad.map_or(Ok(()), |(name, size)| Err(format!("{name}: {size} is too large; send at most {LARGEST}.")))
}

/// The call that an event tells of, or why it cannot be counted.
fn check(event: &Reported, owners: &HashMap<Uuid, Owner>, products: &HashSet<String>, now: DateTime<Utc>) -> Result<Call, String> {
    check_texts(event)?;
    check_sizes(event)?;
    if event.at > now + AHEAD {
        return Err("time: it lies in the future. Set the clock of the machine that reports.".to_owned());
    }
    if event.at <= now - TimeDelta::days(LATE_DAYS) {
        return Err(format!("time: it is too old; events are taken for {LATE_DAYS} days."));
    }
    let Some(owner) = owners.get(&event.key_id) else { return Err(format!("data.key: there is no key {}.", event.key_id)) };
    if !products.contains(&event.product_id) {
        return Err(format!("data.product: there is no product `{}`.", event.product_id));
    }
    Ok(Call {
        id: id_at(event.at),
        at: cut(event.at),
        partner_id: owner.partner,
        product_id: event.product_id.clone(),
        key_id: event.key_id,
        environment: owner.environment,
        source: Source::External,
        method: event.method.clone(),
        path: event.path.clone(),
        operation: event.operation.clone(),
        status: event.status,
        outcome: event.outcome,
        latency: event.latency,
        bytes_in: event.bytes_in,
        bytes_out: event.bytes_out,
    })
}

fn verdict(call: &Result<Call, String>, counted: bool) -> Verdict {
    match call {
        Err(detail) => Verdict::Rejected(detail.clone()),
        Ok(_) if counted => Verdict::Accepted,
        Ok(_) => Verdict::Duplicate,
    }
}

/// Stands for source and id, which may be long: the first half of their SHA-256, each with its length before it.
fn event_id(event: &Reported) -> Uuid {
    let mut hash = Sha256::new();
    hash.update((event.source.len() as u64).to_be_bytes());
    hash.update(event.source.as_bytes());
    hash.update(event.id.as_bytes());
    let mut bytes = [0; 16];
    bytes.copy_from_slice(&hash.finalize()[..16]);
    Uuid::from_bytes(bytes)
}

/// Writes the ids down; those that were not there before come back.
async fn claim(tx: &mut Tx, wanted: &BTreeMap<Uuid, (usize, DateTime<Utc>)>) -> Result<Vec<Uuid>> {
    let rows = Columns::default().uuids(wanted.keys().copied()).times(wanted.values().map(|(_, at)| cut(*at)));
    rows.write_returning(tx, "insert into usage_events (id, at)", "on conflict (id) do nothing returning id").await
}
