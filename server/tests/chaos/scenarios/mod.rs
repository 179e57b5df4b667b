//! The disasters, one file for each part that breaks.

mod clock;
mod disk;
mod network;
mod node;
mod postgres;
mod redis;

use crate::client::Load;
use crate::cluster::Cluster;
use std::time::Duration;

/// What breaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scenario {
    NodeKilled,
    RedisRestarted,
    RedisEmptied,
    PostgresStopped,
    PostgresKilled,
    NetworkCut,
    DiskFull,
    ClockForward,
    ClockBack,
}

/// What a scenario may cost; ARCHITECTURE.md says the same in words.
pub struct Bound {
    /// Whether a quota may be exceeded: by what was left of it, once for each node but one.
    pub quota: bool,
    /// The longest time in which no client gets an answer from either node.
    pub silence: Duration,
}

impl Scenario {
    pub const ALL: [Self; 9] = [
        Self::NodeKilled,
        Self::RedisRestarted,
        Self::RedisEmptied,
        Self::PostgresStopped,
        Self::PostgresKilled,
        Self::NetworkCut,
        Self::DiskFull,
        Self::ClockForward,
        Self::ClockBack,
    ];

    pub fn name(self) -> &'static str {
        match self {
            Self::NodeKilled => "node killed",
            Self::RedisRestarted => "redis restarted",
            Self::RedisEmptied => "redis emptied",
            Self::PostgresStopped => "postgres stopped",
            Self::PostgresKilled => "postgres killed",
            Self::NetworkCut => "network cut",
            Self::DiskFull => "disk full",
            Self::ClockForward => "clock forward",
            Self::ClockBack => "clock back",
        }
    }

    pub fn bound(self) -> Bound {
        let quota = matches!(self, Self::RedisRestarted | Self::RedisEmptied | Self::NetworkCut | Self::DiskFull);
        Bound { quota, silence: Duration::from_secs(15) }
    }

    /// Breaks something while the load goes on, and mends it; `None` with a message where that is not possible here.
    pub async fn strike(self, cluster: &mut Cluster, load: &Load) -> Option<()> {
        match self {
            Self::NodeKilled => node::kill(cluster, load).await,
            Self::RedisRestarted => redis::restart(cluster, load).await,
            Self::RedisEmptied => redis::empty(cluster, load).await,
            Self::PostgresStopped => postgres::stop(cluster, load).await,
            Self::PostgresKilled => postgres::kill(cluster, load).await,
            Self::NetworkCut => return network::cut(cluster, load).await,
            Self::DiskFull => return disk::fill(cluster, load).await,
            Self::ClockForward => return clock::jump(cluster, load, "+1h").await,
            Self::ClockBack => return clock::jump(cluster, load, "-1h").await,
        }
        Some(())
    }
}
