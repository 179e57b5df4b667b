//! The disk under a node's spool is full: calls go into the database at once, so that a Redis that loses its data loses none of them; with
//! Redis away too, their answers wait.

use crate::client::Load;
use crate::cluster::Cluster;
use std::time::Duration;

/// Answers while it is full.
const CALLS: u64 = 300;
/// How long neither Redis nor the disk takes anything.
const NOTHING: Duration = Duration::from_millis(1_500);

/// Fills it, takes Redis away for a moment too, and gives the room back.
pub async fn fill(cluster: &mut Cluster, load: &Load) -> Option<()> {
    cluster.disk.as_ref()?.fill();
    load.goes_on(CALLS).await;
    cluster.redis.kill();
    tokio::time::sleep(NOTHING).await;
    // The other node has a disk.
    load.goes_on(CALLS / 10).await;
    cluster.redis.restart();
    load.goes_on(CALLS).await;
    cluster.disk.as_ref()?.free();
    Some(())
}
