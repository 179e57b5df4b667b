//! The journal of a portal on SQLite: a batch of calls is safe from the end of this process once it is a line of a file here, and from a
//! power cut within a second, or at once where that is asked for. SQL has it soon after, together with many others, which costs it a
//! fraction of a transaction for each.

use crate::spool::{Leftover, Spool, UNREADABLE, WAITING};
use crate::{Batch, Error, Result, Store};
use chrono::{DateTime, Utc};
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;
use tokio::sync::{Mutex, OnceCell};

/// Calls that are kept in memory until SQL has them; where more wait, their file is read again.
const KEPT: usize = 50_000;
/// Calls of one transaction, so that others who write get their turn.
const CALLS: usize = 1_000;
/// How much of the last calls a power cut may take. The roll-up brings them to the disk twice a second; where it is late, the journal waits
/// for the disk by itself.
const LATE: Duration = Duration::from_secs(1);
/// How often that is looked for.
const LOOK: Duration = Duration::from_millis(100);
/// How long [`settle`] waits for a portal that runs.
const PATIENCE: Duration = Duration::from_secs(10);

/// Files beside the database, and what the current one holds.
#[derive(Debug)]
pub(crate) struct Journal {
    spool: Spool,
    made: OnceCell<()>,
    /// Whether every batch waits for the disk.
    flushes: AtomicBool,
    /// Whether there was a Redis once, which may come back with batches that are written.
    had_redis: AtomicBool,
    current: Mutex<Held>,
    /// One roll-up at a time.
    turn: Mutex<()>,
}

/// The batches of the current file, so that it need not be read.
#[derive(Debug, Default)]
struct Held {
    batches: Vec<Batch>,
    calls: usize,
}

/// A file that was ended, with its batches where they are known.
struct Ended {
    path: PathBuf,
    batches: Option<Vec<Batch>>,
}

impl Journal {
    /// The journal of the database in this file. Nothing is made before the first call.
    pub(crate) fn of(database: &Path) -> Self {
        let mut folder = OsString::from(database);
        folder.push("-calls");
        Self {
            spool: Spool::new(folder.into()),
            made: OnceCell::new(),
            flushes: false.into(),
            had_redis: false.into(),
            current: Mutex::default(),
            turn: Mutex::default(),
        }
    }

    /// Writes batches where the end of this process does not reach them.
    ///
    /// # Errors
    /// What the file system said: try again with the same batches.
    pub(crate) async fn record(&self, batches: &[Batch]) -> Result<()> {
        self.made.get_or_try_init(async || self.spool.make_folder()).await.map_err(Error::Spool)?;
        let texts: Vec<_> = batches.iter().map(Batch::text).collect::<Result<_>>()?;
        // Held until both have it: a file that ends in between would be removed without its last line being in SQL.
        let mut current = self.current.lock().await;
        let flushes = self.flushes.load(Ordering::Relaxed);
        let written = if flushes { self.spool.keep(&texts, 0).await } else { self.spool.append(&texts, 0).await.map(drop) };
        written.map_err(Error::Spool)?;
        current.add(batches);
        Ok(())
    }

    /// Its files.
    pub(crate) fn spool(&self) -> &Spool {
        &self.spool
    }

    /// The ids of batches are kept as long as where there is Redis.
    pub(crate) fn outlive_redis(&self) {
        self.had_redis.store(true, Ordering::Relaxed);
    }

    pub(crate) fn had_redis(&self) -> bool {
        self.had_redis.load(Ordering::Relaxed)
    }

    /// Whether nothing waits.
    pub(crate) async fn is_empty(&self) -> Result<bool> {
        Ok(self.spool.files().await.map_err(Error::Spool)?.is_empty())
    }

    /// When the oldest file was begun, those included that were set aside: given their name back, they are read again.
    pub(crate) async fn oldest(&self) -> Result<Option<DateTime<Utc>>> {
        self.spool.oldest_of(&[WAITING, UNREADABLE]).await.map_err(Error::Spool)
    }

    /// When the oldest file of calls that wait was begun.
    pub(crate) async fn waiting_since(&self) -> Result<Option<DateTime<Utc>>> {
        self.spool.oldest().await.map_err(Error::Spool)
    }

    /// Bytes that wait.
    pub(crate) async fn bytes(&self) -> Result<u64> {
        self.spool.bytes().await.map_err(Error::Spool)
    }

    async fn end_file(&self) -> Result<Option<Ended>> {
        let (segment, held) = {
            let mut current = self.current.lock().await;
            (self.spool.cut().await.map_err(Error::Spool)?, std::mem::take(&mut *current))
        };
        let Some(segment) = segment else { return Ok(None) };
        let ended = self.spool.end(segment).await.map_err(Error::Spool)?;
        Ok(Some(Ended { path: ended.path, batches: held.whole() }))
    }
}

impl Held {
    fn add(&mut self, batches: &[Batch]) {
        self.calls += batches.iter().map(|batch| batch.calls.len()).sum::<usize>();
        if self.calls <= KEPT {
            self.batches.extend_from_slice(batches);
        } else {
            self.batches = Vec::new();
        }
    }

    /// All batches; `None` where they were too many to be kept.
    fn whole(self) -> Option<Vec<Batch>> {
        (self.calls <= KEPT).then_some(self.batches)
    }
}

impl Store {
    /// Moves every file that nobody writes any more into SQL, those of an earlier process included.
    pub(crate) async fn roll_up_journal(&self, journal: &Journal, now: DateTime<Utc>) -> Result<usize> {
        let _turn = journal.turn.lock().await;
        let mut moved = 0;
        if let Some(Ended { path, batches: Some(batches) }) = journal.end_file().await? {
            moved += self.record_pieces(&batches, now).await?;
            journal.spool.done(path, Leftover::None).await?;
        }
        // SQL knows the ids for as long as there are files of a journal.
        Ok(moved + self.roll_up_files(&journal.spool, DateTime::<Utc>::MIN_UTC, now).await?)
    }

    /// Moves the files that nobody writes into SQL, which knows the ids of all batches that were made since `known_since`.
    pub(crate) async fn roll_up_files(&self, spool: &Spool, known_since: DateTime<Utc>, now: DateTime<Utc>) -> Result<usize> {
        let mut moved = 0;
        for path in spool.ended().await.map_err(Error::Spool)? {
            let (batches, leftover) = spool.countable(&path, known_since).await?;
            moved += self.record_pieces(&batches, now).await?;
            spool.done(path, leftover).await?;
        }
        Ok(moved)
    }

    async fn record_pieces(&self, batches: &[Batch], now: DateTime<Utc>) -> Result<usize> {
        let mut calls = 0;
        for piece in pieces(batches) {
            self.record_batches(piece, now).await?;
            calls += piece.iter().map(|batch| batch.calls.len()).sum::<usize>();
        }
        Ok(calls)
    }

    /// Whether calls wait for the disk before they are answered, on SQLite without Redis: a power cut then loses none of the last second.
    pub fn flush_calls(&self, flush: bool) {
        if let Some(journal) = &self.journal {
            journal.flushes.store(flush, Ordering::Relaxed);
        }
    }

    /// Brings the journal to the disk in time, whatever SQL does meanwhile; ends only when it is dropped.
    pub async fn keep_syncing(&self) {
        let Some(journal) = &self.journal else { return std::future::pending().await };
        let mut clock = tokio::time::interval(LOOK);
        clock.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        loop {
            clock.tick().await;
            if let Err(error) = journal.spool.sync_late(LATE - LOOK).await {
                tracing::error!(%error, "calls could not be brought to the disk; it is tried again");
            }
        }
    }

    /// Bytes of calls that are on this machine's disk and not known to be in SQL yet.
    ///
    /// # Errors
    /// What the file system said.
    pub async fn spooled_bytes(&self) -> Result<u64> {
        match (&self.fleet, &self.journal) {
            (Some(fleet), _) => fleet.spooled_bytes().await,
            (None, Some(journal)) => journal.bytes().await,
            (None, None) => Ok(0),
        }
    }
}

/// Batches in groups of about [`CALLS`] calls.
fn pieces(batches: &[Batch]) -> impl Iterator<Item = &[Batch]> {
    let mut rest = batches;
    std::iter::from_fn(move || {
        let mut calls = 0;
        let fits = |batch: &&Batch| {
            let before = calls;
            calls += batch.calls.len();
            before == 0 || calls <= CALLS
        };
        let (piece, left) = rest.split_at(rest.iter().take_while(fits).count());
        rest = left;
        (!piece.is_empty()).then_some(piece)
    })
}

/// Brings the calls that wait beside a SQLite file into it, so that the file says all; a portal that runs on it is waited for.
///
/// # Errors
/// [`Error::File`] where a portal that runs does not write its last calls; what the database or the file system said.
pub(crate) async fn settle(database: &Path) -> Result<()> {
    let journal = Journal::of(database);
    let mut waited = Duration::ZERO;
    let before = journal.spool.files().await.map_err(Error::Spool)?;
    if before.is_empty() || !database.is_file() {
        return Ok(());
    }
    let store = Store::open(&format!("sqlite:{}", database.display())).await?;
    let pause = Duration::from_millis(100);
    let settled = loop {
        store.roll_up(Utc::now()).await?;
        let left = journal.spool.files().await.map_err(Error::Spool)?;
        if !before.iter().any(|path| left.contains(path)) {
            break Ok(());
        }
        if waited >= PATIENCE {
            break Err(Error::File("The portal that runs on this data does not write its last calls into it. Look at its log.".to_owned()));
        }
        tokio::time::sleep(pause).await;
        waited += pause;
    };
    store.close().await;
    settled
}
