//! Calls that an earlier process left on this machine's disk under other settings: in the journal beside SQLite, where there is Redis now;
//! in the spool of a node, where there is Redis no more.

use crate::spool::Spool;
use crate::{Error, Result, Store};
use chrono::{DateTime, Utc};
use std::path::Path;

impl Store {
    /// Moves them into SQL, where each counts once; returns how many came. `spool` is the folder that a node with Redis has here. Files that
    /// another process writes are left to it.
    ///
    /// # Errors
    /// What the disk or the database said: what was not moved waits for the next start.
    pub async fn inherit(&self, spool: &Path, now: DateTime<Utc>) -> Result<usize> {
        match (&self.fleet, &self.journal) {
            (Some(_), Some(journal)) => self.roll_up_spool(journal.spool(), now).await,
            (None, journal) if spool.is_dir() => {
                if let Some(journal) = journal {
                    journal.outlive_redis();
                }
                self.roll_up_spool(&Spool::new(spool.to_owned()), now).await
            }
            _ => Ok(0),
        }
    }

    async fn roll_up_spool(&self, spool: &Spool, now: DateTime<Utc>) -> Result<usize> {
        let mut moved = 0;
        for path in spool.ended().await.map_err(Error::Spool)? {
            let (batches, leftover) = spool.countable(&path).await?;
            moved += self.record_pieces(&batches, now).await?;
            spool.done(path, leftover).await?;
        }
        Ok(moved)
    }
}
