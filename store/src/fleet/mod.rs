//! Several nodes with one database: what they share through Redis, so that each can answer on its own.

mod changes;
mod connection;
mod drift;
mod meter;
mod names;
mod quota;
mod rate;
mod replay;
mod rollup;
mod settled;

pub use drift::Drift;
pub use meter::Batch;
pub use quota::{Grant, LeaseAsked};
pub use rate::{Pace, PaceAsked};
pub(crate) use settled::SILENT_DAYS;

use crate::spool::Spool;
use crate::{Error, Result, Store};
use chrono::{DateTime, Utc};
use connection::Link;
use domain::settings::Allowance;
use std::path::Path;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

/// How often what waits in Redis or the journal goes into SQL: often enough that a dashboard moves by itself, and no more than two
/// transactions a second.
const ROLL_UP: Duration = Duration::from_millis(500);
/// How often Redis is tried while it is away.
const PROBE: Duration = Duration::from_millis(200);
/// How often the allowance is read: what another node was told while Redis is away comes through the database alone.
const READ: Duration = Duration::from_millis(750);
/// How often the counters of Redis are compared with SQL.
const COMPARE: Duration = Duration::from_secs(3_600);

/// This node's part: its name among the others, its connection and its spool.
#[derive(Debug)]
pub struct Fleet {
    node: Uuid,
    link: Link,
    spool: Spool,
    known: replay::Known,
    /// Outages after which Redis was given the whole spool again.
    replayed: AtomicU64,
    drift: drift::Gauge,
    allowance: RwLock<Allowance>,
    /// [`Fleet::spooled_calls`].
    spooled: AtomicI64,
}

impl Fleet {
    /// Whether Redis answers and takes calls, as far as is known.
    pub fn is_connected(&self) -> bool {
        self.link.is_connected()
    }

    /// Seconds' worth of a plan's rate that this node lets through each second while Redis is away.
    pub fn allowance(&self) -> Allowance {
        *self.allowance.read().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn allow(&self, allowance: Allowance) {
        *self.allowance.write().unwrap_or_else(PoisonError::into_inner) = allowance;
    }

    /// How often Redis went away: a lease that was taken before an outage may be unknown after it.
    pub fn outages(&self) -> u64 {
        self.link.outages()
    }

    /// Tries to reach Redis again.
    ///
    /// # Errors
    /// What Redis said, or that nobody answers.
    pub async fn reconnect(&self) -> Result<()> {
        self.link.connect().await
    }

    /// Calls that this process wrote to its spool alone: Redis was away, or its memory full. Zero again once Redis was given the whole
    /// spool.
    pub fn spooled_calls(&self) -> i64 {
        self.spooled.load(Ordering::Relaxed)
    }

    /// Bytes of the spool that are not known to be in SQL yet.
    ///
    /// # Errors
    /// What the file system said.
    pub async fn spooled_bytes(&self) -> Result<u64> {
        self.spool.bytes().await.map_err(Error::Spool)
    }

    /// When the oldest file of the spool was begun: calls from before it are in SQL, as far as this node had them.
    ///
    /// # Errors
    /// What the file system said.
    pub async fn spooled_since(&self) -> Result<Option<DateTime<Utc>>> {
        self.spool.oldest().await.map_err(Error::Spool)
    }

    /// Calls by which Redis and SQL differed when they were last compared; zero is expected.
    pub fn drift(&self) -> i64 {
        self.drift.get()
    }
}

impl Store {
    /// Joins the nodes that share this Redis (`redis://host:port/db`, or `rediss://` with TLS; of a cluster any of its
    /// servers, several with commas between).
    ///
    /// `spool` is a folder of this machine.
    ///
    /// Redis need not answer yet: the node goes on alone until it does.
    ///
    /// # Errors
    /// [`domain::Invalid`] for field `redis_url`, [`Error::Spool`] where the folder cannot be made, or what the database said.
    pub async fn join(mut self, redis_url: &str, spool: &Path) -> Result<Self> {
        let link = Link::open(redis_url)?;
        if let Err(error) = link.connect().await {
            tracing::warn!(%error, "Redis does not answer; this node goes on alone until it does");
        }
        let spool = Spool::new(spool.to_owned());
        spool.make_folder().map_err(Error::Spool)?;
        let (known, drift) = (replay::Known::default(), drift::Gauge::default());
        // Where Redis is away already, calls come that it has to hear of first.
        let replayed = AtomicU64::new(if link.is_connected() { 0 } else { u64::MAX });
        let spooled = AtomicI64::new(0);
        let allowance = RwLock::new(self.allowance().await?);
        let fleet = Arc::new(Fleet { node: Uuid::new_v4(), link, spool, known, replayed, drift, allowance, spooled });
        self.changes.abroad = Some(changes::publisher(&fleet));
        self.fleet = Some(fleet);
        Ok(self)
    }

    /// This node's part in the fleet, where it has one.
    pub fn fleet(&self) -> Option<&Arc<Fleet>> {
        self.fleet.as_ref()
    }

    /// Moves metered calls into SQL until told to stop; in a fleet also reconnects, replays the spool, hears of changes, keeps to the
    /// settings and compares the counters.
    pub async fn keep_settling(&self, closing: CancellationToken) {
        let work = async {
            match &self.fleet {
                Some(fleet) => self.serve_fleet(fleet).await,
                None => self.keep_rolling_alone().await,
            }
        };
        tokio::select! {
            () = closing.cancelled() => {}
            () = work => {}
        }
        if let Some(fleet) = &self.fleet {
            complain("the end of the spool", self.leave(fleet).await);
        }
    }

    async fn serve_fleet(&self, fleet: &Fleet) {
        let (rolling, hearing) = (self.keep_rolling(fleet), changes::hear(fleet, &self.changes));
        tokio::join!(rolling, hearing, self.keep_to_settings(fleet), self.keep_comparing(fleet), self.keep_reporting(fleet));
    }

    async fn keep_rolling_alone(&self) {
        loop {
            complain("the roll-up into SQL", self.roll_up(Utc::now()).await.map(drop));
            tokio::time::sleep(ROLL_UP).await;
        }
    }

    async fn keep_rolling(&self, fleet: &Fleet) {
        let mut rounds = 0_u32;
        loop {
            if fleet.link.answers() {
                if rounds.is_multiple_of(2) {
                    complain("the spool's replay", self.replay().await.map(drop));
                }
                complain("the roll-up into SQL", self.roll_up(Utc::now()).await.map(drop));
                rounds = rounds.wrapping_add(1);
                tokio::time::sleep(ROLL_UP).await;
            } else if fleet.reconnect().await.is_ok() {
                tracing::info!("Redis answers again");
                // What it may lack comes first.
                rounds = 0;
            } else {
                tokio::time::sleep(PROBE).await;
            }
        }
    }

    /// With the database away, what was set last holds.
    async fn keep_to_settings(&self, fleet: &Fleet) {
        loop {
            tokio::time::sleep(READ).await;
            match self.allowance().await {
                Ok(allowance) => fleet.allow(allowance),
                Err(error) => tracing::debug!(%error, "the allowance could not be read"),
            }
        }
    }

    /// Two who mend the same difference would make another.
    async fn compare(&self, fleet: &Fleet) -> Result<()> {
        if fleet.leads().await? {
            return self.reconcile(Utc::now()).await.map(drop);
        }
        fleet.drift.forget();
        Ok(())
    }

    async fn keep_comparing(&self, fleet: &Fleet) {
        loop {
            tokio::time::sleep(COMPARE).await;
            complain("the comparison of Redis and SQL", self.compare(fleet).await);
        }
    }
}

/// What failed is tried again with the next round.
fn complain(what: &str, result: Result<()>) {
    if let Err(error) = result {
        tracing::warn!(%error, "{what} has to wait");
    }
}
