//! The coarser sums: what hours add to every level, whether they are folded or their calls come late.

use crate::Result;
use crate::columns::Columns;
use crate::db::Tx;
use crate::levels::Level;
use crate::meter::{LatencyKey, Usage, UsageKey};
use crate::sketches::{Rows, pack, whose_are_long};
use crate::sums::add_bytes;
use foldhash::fast::RandomState;
use std::collections::HashMap;
use std::hash::Hash;
use uuid::Uuid;

/// Adds hours, or parts of them, to every level.
pub(crate) async fn add(tx: &mut Tx, usage: &[(UsageKey<'_>, &Usage)], latency: &[(LatencyKey<'_>, &i64)]) -> Result<()> {
    for (level, sums) in summed(&Level::OF_USAGE, usage, Level::of_usage, Usage::add) {
        add_usage(tx, level, &sums).await?;
    }
    for (level, sums) in summed(&Level::OF_LATENCY, latency, Level::of_latency, |sum, calls| *sum += calls) {
        add_latency(tx, level, &sums).await?;
    }
    Ok(())
}

/// The sums of a level, sorted, so that two writers lock the same rows in the same order.
type Sums<K, V> = (Level, Vec<(K, V)>);

/// The sums of each level: of the last one before it that adds up to it, which is smaller than the hours.
fn summed<K, V>(levels: &[Level], hours: &[(K, &V)], key: fn(Level, K) -> K, add: fn(&mut V, &V)) -> Vec<Sums<K, V>>
where
    K: Copy + Hash + Ord,
    V: Default,
{
    let mut made: Vec<Sums<K, V>> = Vec::with_capacity(levels.len());
    for level in levels {
        let mut sums: HashMap<K, V, RandomState> = HashMap::default();
        let mut count = |of: K, value: &V| add(sums.entry(key(*level, of)).or_default(), value);
        match made.iter().rev().find(|(finer, _)| finer.adds_up_to(*level)) {
            Some((_, finer)) => finer.iter().for_each(|(of, value)| count(*of, value)),
            None => hours.iter().for_each(|(of, value)| count(*of, value)),
        }
        let mut sums: Vec<_> = sums.into_iter().collect();
        sums.sort_unstable_by_key(|(key, _)| *key);
        made.push((*level, sums));
    }
    made
}

async fn add_usage(tx: &mut Tx, level: Level, sums: &[(UsageKey<'_>, Usage)]) -> Result<()> {
    const INSERT: &str = "insert into usage_sums (partner_id, environment, start, product_id, key_id, source, operation, outcome, \
         status_class, level, calls, bytes_in, bytes_out, latencies)";
    const ADD: &str = concat!(
        "on conflict (level, environment, partner_id, start, product_id, key_id, source, operation, outcome, status_class) \
         do update set calls = usage_sums.calls + excluded.calls, ",
        add_bytes!("usage_sums", "bytes_in"),
        ", ",
        add_bytes!("usage_sums", "bytes_out"),
        ", latencies = usage_sums.latencies || excluded.latencies ",
        whose_are_long!()
    );
    let keys: Vec<_> = sums.iter().map(|(key, _)| key).collect();
    let (sum, texts) = (|| sums.iter().map(|(_, sum)| sum), sums.iter().map(|(_, sum)| sum.latencies.to_string()).collect::<Vec<_>>());
    let rows = Rows::of(level).columns(&keys).numbers(sum().map(|sum| sum.calls));
    let rows = rows.numbers(sum().map(|sum| sum.bytes_in)).numbers(sum().map(|sum| sum.bytes_out));
    let long = rows.texts(texts.iter().map(String::as_str)).returning(tx, INSERT, ADD).await?;
    pack(tx, Rows::of(level), &keys, long).await
}

async fn add_latency(tx: &mut Tx, level: Level, sums: &[(LatencyKey<'_>, i64)]) -> Result<()> {
    const INSERT: &str = "insert into latency_sums (level, environment, partner_id, start, product_id, bucket, calls)";
    const ADD: &str = "on conflict (level, environment, partner_id, start, product_id, bucket) \
         do update set calls = latency_sums.calls + excluded.calls";
    let keys = || sums.iter().map(|(key, _)| key);
    let rows = Columns::default().texts(keys().map(|_| level.as_str())).texts(keys().map(|key| key.environment));
    let rows = rows.uuids(keys().map(|key| key.partner)).times(keys().map(|key| key.hour)).texts(keys().map(|key| key.product));
    rows.numbers(keys().map(|key| key.bucket)).numbers(sums.iter().map(|(_, calls)| *calls)).write(tx, INSERT, ADD).await
}

impl Level {
    /// The key of the level's row that holds the row of an hour, or of a level that adds up to it; `hour` becomes the start of its span.
    fn of_usage(self, key: UsageKey<'_>) -> UsageKey<'_> {
        let key_id = if self.detail.keeps_keys() { key.key } else { Uuid::nil() };
        let operation = if self.detail.keeps_operations() { key.operation } else { "" };
        UsageKey { partner: self.partner(key.partner), hour: self.span.start(key.hour), key: key_id, operation, ..key }
    }

    fn of_latency(self, key: LatencyKey<'_>) -> LatencyKey<'_> {
        let product = if self.detail.keeps_products() { key.product } else { "" };
        LatencyKey { partner: self.partner(key.partner), hour: self.span.start(key.hour), product, ..key }
    }

    fn partner(self, partner: Uuid) -> Uuid {
        if self.detail.keeps_partners() { partner } else { Uuid::nil() }
    }
}
