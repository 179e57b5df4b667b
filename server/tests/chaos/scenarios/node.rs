//! A node is killed and started again; clients turn to the other one.

use crate::client::Load;
use crate::cluster::Cluster;

/// Answers while a node is gone.
const CALLS: u64 = 200;

/// Kills each node once, never both at a time.
pub async fn kill(cluster: &mut Cluster, load: &Load) {
    for node in 0..2 {
        cluster.end(node, "KILL");
        load.goes_on(CALLS).await;
        cluster.restart(node, &[]);
        load.goes_on(CALLS).await;
    }
}
