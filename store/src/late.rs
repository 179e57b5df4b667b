//! Calls of hours that are folded already: they are added to the coarser sums in the transaction that counts them.

use crate::Result;
use crate::coarse;
use crate::db::Tx;
use crate::folding::folded_until;
use crate::meter::{LatencyKey, Usage, UsageKey};
use std::collections::BTreeMap;

/// Adds what is late to every level; the hourly sums have it already.
pub(crate) async fn add(tx: &mut Tx, usage: &BTreeMap<UsageKey<'_>, Usage>, latency: &BTreeMap<LatencyKey<'_>, i64>) -> Result<()> {
    let Some(until) = folded_until(tx).await? else { return Ok(()) };
    let usage: Vec<_> = usage.iter().filter(|(key, _)| key.hour < until).map(|(key, usage)| (*key, usage)).collect();
    if usage.is_empty() {
        return Ok(());
    }
    let latency: Vec<_> = latency.iter().filter(|(key, _)| key.hour < until).map(|(key, calls)| (*key, calls)).collect();
    coarse::add(tx, &usage, &latency).await
}
