//! Calls of hours that are folded already: they are added to the coarser sums in the transaction that counts them.

use crate::columns::Columns;
use crate::db::Tx;
use crate::folding::folded_until;
use crate::levels::Level;
use crate::meter::{LatencyKey, Usage, UsageKey};
use crate::sums::Table;
use crate::{Result, sketches};
use std::collections::BTreeMap;
use uuid::Uuid;

/// Adds what is late to every level; the hourly sums have it already.
pub(crate) async fn add(tx: &mut Tx, usage: &BTreeMap<UsageKey<'_>, Usage>, latency: &BTreeMap<LatencyKey<'_>, i64>) -> Result<()> {
    let Some(until) = folded_until(tx).await? else { return Ok(()) };
    let usage: Vec<_> = usage.iter().filter(|(key, _)| key.hour < until).collect();
    if usage.is_empty() {
        return Ok(());
    }
    for level in Level::OF_USAGE {
        add_usage(tx, level, &usage).await?;
    }
    let latency: Vec<_> = latency.iter().filter(|(key, _)| key.hour < until).collect();
    for level in Level::OF_LATENCY {
        add_latency(tx, level, &latency).await?;
    }
    Ok(())
}

async fn add_usage(tx: &mut Tx, level: Level, late: &[(&UsageKey<'_>, &Usage)]) -> Result<()> {
    // Sorted, so that two writers lock the same rows in the same order.
    let mut sums: BTreeMap<UsageKey<'_>, Usage> = BTreeMap::new();
    for (key, usage) in late {
        sums.entry(level.of_usage(**key)).or_default().add(usage);
    }
    let (keys, sum) = (|| sums.keys(), || sums.values());
    let rows = Columns::default().texts(keys().map(|_| level.as_str())).texts(keys().map(|key| key.environment));
    let rows = rows.uuids(keys().map(|key| key.partner)).times(keys().map(|key| key.hour)).texts(keys().map(|key| key.product));
    let rows = rows.uuids(keys().map(|key| key.key)).texts(keys().map(|key| key.source)).texts(keys().map(|key| key.operation));
    let rows = rows.texts(keys().map(|key| key.outcome)).numbers(keys().map(|key| key.status_class));
    let rows = rows.numbers(sum().map(|sum| sum.calls)).numbers(sum().map(|sum| sum.bytes_in)).numbers(sum().map(|sum| sum.bytes_out));
    rows.write(tx, Table::Usage.insert(), Table::Usage.or_add()).await?;
    sketches::add(tx, level, sums.iter().map(|(key, sum)| (key, &sum.latencies))).await
}

async fn add_latency(tx: &mut Tx, level: Level, late: &[(&LatencyKey<'_>, &i64)]) -> Result<()> {
    let mut sums: BTreeMap<LatencyKey<'_>, i64> = BTreeMap::new();
    for (key, calls) in late {
        *sums.entry(level.of_latency(**key)).or_default() += **calls;
    }
    let keys = || sums.keys();
    let rows = Columns::default().texts(keys().map(|_| level.as_str())).texts(keys().map(|key| key.environment));
    let rows = rows.uuids(keys().map(|key| key.partner)).times(keys().map(|key| key.hour)).texts(keys().map(|key| key.product));
    let rows = rows.numbers(keys().map(|key| key.bucket)).numbers(sums.values().copied());
    rows.write(tx, Table::Latency.insert(), Table::Latency.or_add()).await
}

impl Level {
    /// The key of the level's row that holds an hour's row; `hour` becomes the start of its span.
    pub(crate) fn of_usage(self, key: UsageKey<'_>) -> UsageKey<'_> {
        let (key_id, operation) = if self.detail.keeps_keys() { (key.key, key.operation) } else { (Uuid::nil(), "") };
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
