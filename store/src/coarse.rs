//! The coarser sums: what hours add to every level, whether they are folded or their calls come late.

use crate::columns::Columns;
use crate::db::Tx;
use crate::levels::Level;
use crate::meter::{LatencyKey, Usage, UsageKey};
use crate::sums::Table;
use crate::{Result, sketches};
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
    let (keys, sum) = (|| sums.iter().map(|(key, _)| key), || sums.iter().map(|(_, sum)| sum));
    let rows = Columns::default().texts(keys().map(|_| level.as_str())).texts(keys().map(|key| key.environment));
    let rows = rows.uuids(keys().map(|key| key.partner)).times(keys().map(|key| key.hour)).texts(keys().map(|key| key.product));
    let rows = rows.uuids(keys().map(|key| key.key)).texts(keys().map(|key| key.source)).texts(keys().map(|key| key.operation));
    let rows = rows.texts(keys().map(|key| key.outcome)).numbers(keys().map(|key| key.status_class));
    let rows = rows.numbers(sum().map(|sum| sum.calls)).numbers(sum().map(|sum| sum.bytes_in)).numbers(sum().map(|sum| sum.bytes_out));
    rows.write(tx, Table::Usage.insert(), Table::Usage.or_add()).await?;
    sketches::add(tx, level, sums.iter().map(|(key, sum)| (key, &sum.latencies))).await
}

async fn add_latency(tx: &mut Tx, level: Level, sums: &[(LatencyKey<'_>, i64)]) -> Result<()> {
    let keys = || sums.iter().map(|(key, _)| key);
    let rows = Columns::default().texts(keys().map(|_| level.as_str())).texts(keys().map(|key| key.environment));
    let rows = rows.uuids(keys().map(|key| key.partner)).times(keys().map(|key| key.hour)).texts(keys().map(|key| key.product));
    let rows = rows.numbers(keys().map(|key| key.bucket)).numbers(sums.iter().map(|(_, calls)| *calls));
    rows.write(tx, Table::Latency.insert(), Table::Latency.or_add()).await
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
