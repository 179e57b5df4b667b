//! The cable between one node and Redis is cut: no connection is refused, there is only silence.

use crate::client::Load;
use crate::cluster::Cluster;

/// Answers while it is cut.
const CALLS: u64 = 400;

/// Cuts it and mends it.
pub async fn cut(cluster: &mut Cluster, load: &Load) -> Option<()> {
    let namespace = cluster.namespace.as_ref()?;
    namespace.cut();
    load.goes_on(CALLS).await;
    namespace.mend();
    Some(())
}
