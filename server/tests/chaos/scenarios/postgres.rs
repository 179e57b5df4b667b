//! PostgreSQL goes away and comes back. Keys that a node knows go on from its cache, and their calls wait in Redis.

use crate::client::Load;
use crate::cluster::Cluster;

/// Answers while it is away.
const CALLS: u64 = 1_000;

/// A fast stop and a start.
pub async fn stop(cluster: &mut Cluster, load: &Load) {
    load.call_everything().await;
    cluster.postgres.stop();
    back(cluster, load).await;
}

/// SIGKILL to all of its processes, and a start that has to recover.
pub async fn kill(cluster: &mut Cluster, load: &Load) {
    load.call_everything().await;
    cluster.postgres.kill();
    back(cluster, load).await;
}

async fn back(cluster: &mut Cluster, load: &Load) {
    load.goes_on(CALLS).await;
    cluster.postgres.restart();
}
