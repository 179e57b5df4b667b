//! The replay of the spool: what SQL does not have is given to Redis again, under the same ids; what SQL has is forgotten.

use super::Fleet;
use super::meter::{Batch, Sent};
use crate::meter::TAKEN;
use crate::spool::Leftover;
use crate::{Error, Result, Store};
use chrono::Utc;
use std::collections::{BTreeSet, HashMap};
use std::path::{Path, PathBuf};
use std::sync::atomic::Ordering;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// Files of one round, so that the roll-up gets its turn.
const FILES: usize = 16;
/// Batches that are sent side by side.
const ABREAST: usize = 32;
/// What was sent is sent again after this long without having reached SQL, even where no outage was noticed.
const AGAIN: Duration = Duration::from_secs(30);

/// Which files Redis has as a whole: the outages before, and when.
#[derive(Debug, Default)]
pub struct Known(Mutex<HashMap<PathBuf, (u64, Instant)>>);

impl Known {
    fn set(&self, path: PathBuf, outages: u64) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).insert(path, (outages, Instant::now()));
    }

    fn forget(&self, path: &Path) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).remove(path);
    }

    /// Whether Redis has it still, as far as is known: a Redis that was away may have come back without its data.
    fn has(&self, path: &Path, outages: u64) -> bool {
        let known = self.0.lock().unwrap_or_else(PoisonError::into_inner).get(path).copied();
        known.is_some_and(|(before, at)| before == outages && at.elapsed() < AGAIN)
    }
}

impl Fleet {
    /// Whether Redis knows every call of this node from before its last outage. A Redis that came back empty learns them from the spool,
    /// and would lease until then what is used up already.
    pub(super) fn is_caught_up(&self) -> bool {
        self.replayed.load(Ordering::Acquire) == self.outages()
    }

    async fn end_file(&self) -> Result<()> {
        let ended = self.spool.turn_over().await.map_err(Error::Spool)?;
        if let Some(ended) = ended.filter(|ended| ended.sent) {
            self.known.set(ended.path, ended.begun);
        }
        Ok(())
    }

    async fn send_again(&self, batches: &[Batch]) -> Result<()> {
        for batches in batches.chunks(ABREAST) {
            let texts: Vec<_> = batches.iter().map(Batch::text).collect::<Result<_>>()?;
            self.send_all(batches, &texts, Sent::Again).await?;
        }
        Ok(())
    }

    async fn forget_file(&self, path: PathBuf, leftover: Leftover) -> Result<()> {
        self.known.forget(&path);
        self.spool.done(path, leftover).await
    }
}

impl Store {
    /// Looks through the spool, those files included that an earlier process left; returns the batches that SQL has not got yet.
    ///
    /// # Errors
    /// What Redis, the database or the file system said: the rest waits for the next time.
    pub async fn replay(&self) -> Result<usize> {
        let Some(fleet) = &self.fleet else { return Ok(0) };
        // Read before anything is sent: an outage from here on makes it all start again.
        let outages = fleet.outages();
        fleet.end_file().await?;
        let mut left = 0;
        let ended = fleet.spool.ended().await.map_err(Error::Spool)?;
        let all = ended.len() <= FILES;
        for path in ended.into_iter().take(FILES) {
            let (mut batches, leftover) = fleet.spool.countable(&path, Utc::now() - TAKEN).await?;
            let ids: BTreeSet<_> = batches.iter().map(|batch| batch.id).collect();
            let written = self.written_batches(&ids).await?;
            if written.len() == ids.len() {
                fleet.forget_file(path, leftover).await?;
                continue;
            }
            batches.retain(|batch| !written.contains(&batch.id));
            left += batches.len();
            if !fleet.known.has(&path, outages) {
                fleet.send_again(&batches).await?;
                fleet.known.set(path, outages);
            }
        }
        if all {
            // What an outage since then left in the spool was not looked through.
            if fleet.outages() == outages {
                fleet.link.has_room();
                fleet.spooled.store(0, Ordering::Relaxed);
            }
            fleet.replayed.store(outages, Ordering::Release);
        }
        Ok(left)
    }
}
