//! Redis is killed and comes back, with its data and without. Calls go on from what each node knows.

use crate::client::Load;
use crate::cluster::Cluster;

/// Answers while it is away.
const CALLS: u64 = 300;

/// Kills it, and starts it with what is on its disk.
pub async fn restart(cluster: &mut Cluster, load: &Load) {
    away(cluster, load, false).await;
}

/// Kills it, and starts it with nothing.
pub async fn empty(cluster: &mut Cluster, load: &Load) {
    away(cluster, load, true).await;
}

async fn away(cluster: &mut Cluster, load: &Load, empty: bool) {
    cluster.redis.kill();
    load.goes_on(CALLS).await;
    if empty {
        // Each node uses up what it last heard was left.
        load.is_used_up().await;
        cluster.redis.forget();
    }
    cluster.redis.restart();
}
