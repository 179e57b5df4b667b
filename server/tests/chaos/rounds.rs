//! One round: load, a disaster in its middle, and the reckoning.

use crate::client::{Fault, Ledger, Load};
use crate::cluster::Cluster;
use crate::founding::{QUOTA, limited};
use crate::judging::{Baseline, counted, counted_of};
use crate::report::Row;
use crate::scenarios::Scenario;
use std::collections::BTreeMap;
use std::sync::Arc;
use uuid::Uuid;

/// Answers before and after the disaster.
const CALLS: u64 = 300;
/// Plays one round, from a cluster at rest to a cluster at rest.
pub async fn play(scenario: Scenario, cluster: &mut Cluster, ledger: &Arc<Ledger>) -> Row {
    let database = cluster.database();
    let product = limited(&database, ledger).await;
    let baseline = Baseline::take(&database, ledger).await;
    let load = Load::start(ledger, &cluster.addresses, &product);
    load.goes_on(CALLS).await;
    if scenario.strike(cluster, &load).await.is_none() {
        load.end().await;
        cluster.settle();
        return Row::skipped(scenario);
    }
    load.goes_on(CALLS).await;
    load.is_used_up().await;
    let met = load.end().await;
    cluster.settle();
    let after = counted(&database).await;
    let used = counted_of(&database, &product).await;
    let unchanged = after == killed_once_more(cluster, &database).await;
    let count = baseline.judge(ledger, &after);
    tell(scenario, &met.faults);
    Row { beyond: (used - QUOTA).max(0), unchanged, ..Row::of(scenario, count, met) }
}

/// What the meter has after both nodes were killed without load: a batch that is played again counts twice only now.
async fn killed_once_more(cluster: &mut Cluster, database: &str) -> BTreeMap<Uuid, i64> {
    for node in 0..2 {
        cluster.end(node, "KILL");
    }
    for node in 0..2 {
        cluster.restart(node, &[]);
    }
    cluster.settle();
    counted(database).await
}

/// Says what the faults were: there must be none.
fn tell(scenario: Scenario, faults: &[Fault]) {
    let mut kinds = BTreeMap::new();
    faults.iter().for_each(|fault| *kinds.entry(fault.detail()).or_insert(0) += 1);
    for (detail, times) in kinds {
        eprintln!("{}: {times} times {detail}", scenario.name());
    }
}
