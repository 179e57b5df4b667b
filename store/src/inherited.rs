//! Calls that an earlier process left on this machine's disk under other settings: in the journal beside SQLite, where there is Redis now;
//! in the spool of a node, where there is Redis no more.

use crate::meter::TAKEN;
use crate::spool::Spool;
use crate::{Result, Store};
use chrono::{DateTime, Utc};
use std::path::Path;

impl Store {
    /// Moves them into SQL, where each counts once; returns how many came. `spool` is the folder that a node with Redis has here. Files that
    /// another process writes are left to it.
    ///
    /// # Errors
    /// What the disk or the database said: what was not moved waits for the next start.
    pub async fn inherit(&self, spool: &Path, now: DateTime<Utc>) -> Result<usize> {
        let known_since = now - TAKEN;
        match (&self.fleet, &self.journal) {
            (Some(_), Some(journal)) => self.roll_up_files(journal.spool(), known_since, now).await,
            (None, journal) if spool.is_dir() => {
                if let Some(journal) = journal {
                    journal.outlive_redis();
                }
                self.roll_up_files(&Spool::new(spool.to_owned()), known_since, now).await
            }
            _ => Ok(0),
        }
    }
}
