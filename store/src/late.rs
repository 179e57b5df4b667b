//! Calls of hours that are folded already: they are added to the coarser sums in the transaction that counts them.

use crate::Result;
use crate::db::{Tx, on_tx};
use crate::folding::folded_until;
use crate::levels::Level;
use crate::meter::{LatencyKey, Usage, UsageKey};
use crate::sums::Table;
use sqlx::QueryBuilder;
use std::collections::BTreeMap;
use uuid::Uuid;

/// Rows of one statement: the wider has 13 columns, and SQLite takes at most 32,766 values.
const ROWS: usize = 1_000;

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
        sums.entry(level.of_usage(**key)).or_default().add(**usage);
    }
    let rows: Vec<_> = sums.iter().collect();
    for rows in rows.chunks(ROWS) {
        on_tx!(tx, |conn| {
            let mut query = QueryBuilder::new(Table::Usage.insert());
            query.push_values(rows, |mut row, (key, usage)| {
                row.push_bind(level.as_str()).push_bind(key.environment).push_bind(key.partner).push_bind(key.hour);
                row.push_bind(key.product).push_bind(key.key).push_bind(key.source).push_bind(key.operation).push_bind(key.outcome);
                row.push_bind(key.status_class).push_bind(usage.calls).push_bind(usage.bytes_in).push_bind(usage.bytes_out);
            });
            query.push(Table::Usage.or_add()).build().persistent(false).execute(conn).await?.rows_affected()
        });
    }
    Ok(())
}

async fn add_latency(tx: &mut Tx, level: Level, late: &[(&LatencyKey<'_>, &i64)]) -> Result<()> {
    let mut sums: BTreeMap<LatencyKey<'_>, i64> = BTreeMap::new();
    for (key, calls) in late {
        *sums.entry(level.of_latency(**key)).or_default() += **calls;
    }
    let rows: Vec<_> = sums.iter().collect();
    for rows in rows.chunks(ROWS) {
        on_tx!(tx, |conn| {
            let mut query = QueryBuilder::new(Table::Latency.insert());
            query.push_values(rows, |mut row, (key, calls)| {
                row.push_bind(level.as_str()).push_bind(key.environment).push_bind(key.partner).push_bind(key.hour);
                row.push_bind(key.product).push_bind(key.bucket).push_bind(**calls);
            });
            query.push(Table::Latency.or_add()).build().persistent(false).execute(conn).await?.rows_affected()
        });
    }
    Ok(())
}

impl Level {
    /// The key of the level's row that holds an hour's row; `hour` becomes the start of its span.
    fn of_usage(self, key: UsageKey<'_>) -> UsageKey<'_> {
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
