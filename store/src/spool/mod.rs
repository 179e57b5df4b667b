//! Batches in files of this machine until SQL has them. A batch is one line; a line without its end was never confirmed.

mod segment;

use crate::ids::made_at;
use crate::meter::TAKEN;
use crate::{Batch, Error, Result};
use chrono::{DateTime, Utc};
use segment::{Active, Ended, Segment, Written};
use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;
use uuid::Uuid;

/// How the names of files end: those of calls that wait, and those that were set aside.
pub const WAITING: &str = "spool";
pub const UNREADABLE: &str = "unreadable";
const LATE: &str = "late";

/// What of a file SQL has not got and never will have as things are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Leftover {
    None,
    /// Lines that this version cannot read.
    Unreadable,
    /// Batches so old that nobody knows any more whether they were counted.
    Late,
}

/// The folder, and the file that is written at the moment.
#[derive(Debug, Clone)]
pub struct Spool {
    folder: PathBuf,
    active: Arc<Active>,
}

impl Spool {
    /// A spool in this folder; nothing is read or made yet.
    pub fn new(folder: PathBuf) -> Self {
        Self { folder, active: Arc::default() }
    }

    /// Makes the folder where it is missing, in a way that outlives a power cut.
    pub fn make_folder(&self) -> io::Result<()> {
        std::fs::create_dir_all(&self.folder)?;
        self.folder.parent().filter(|parent| !parent.as_os_str().is_empty()).map_or(Ok(()), |parent| File::open(parent)?.sync_all())
    }

    /// What the folder is called wherever it is known: the same to every process that uses it, one after the other or side by side.
    pub async fn id(&self) -> io::Result<Uuid> {
        self.on_disk(|spool| id_of(&spool.folder)).await
    }

    /// Adds lines that Redis is given too: they outlive this process, and a power cut once their file was ended or [`Spool::sync`] came
    /// back. `outages` are those of Redis so far.
    pub async fn append(&self, texts: &[String], outages: u64) -> io::Result<Written> {
        let lines = joined(texts);
        self.on_disk(move |spool| spool.active.write(&spool.folder, &lines, outages, true)).await
    }

    /// Adds lines that Redis is not given, and waits for the disk: they outlive a power cut too.
    pub async fn keep(&self, texts: &[String], outages: u64) -> io::Result<()> {
        let lines = joined(texts);
        self.on_disk(move |spool| spool.active.flush(&spool.active.write(&spool.folder, &lines, outages, false)?)).await
    }

    /// Redis may not have what was added: waits until it is on disk, also where its file was ended meanwhile.
    pub async fn sync(&self, written: Written) -> io::Result<()> {
        self.on_disk(move |spool| {
            spool.active.doubt(&written);
            spool.active.flush(&written)
        })
        .await
    }

    /// Brings the current file to the disk where some of it has waited for that long; answers whether it had to.
    pub async fn sync_late(&self, longest: Duration) -> io::Result<bool> {
        self.on_disk(move |spool| match spool.active.late(longest) {
            Some(late) => spool.active.flush(&late).map(|()| true),
            None => Ok(false),
        })
        .await
    }

    /// Ends the current file, so that it can be replayed and removed. In one go: whoever is stopped in between would leave it off the disk.
    pub async fn turn_over(&self) -> io::Result<Option<Ended>> {
        self.on_disk(|spool| spool.active.take()?.map(Segment::end).transpose()).await
    }

    /// Takes the current file away: what comes next is written to another one, and whoever looks for ended files finds this one.
    pub async fn cut(&self) -> io::Result<Option<Segment>> {
        self.on_disk(|spool| spool.active.take()).await
    }

    /// Ends a file that was cut off; it is on disk afterwards.
    pub async fn end(&self, segment: Segment) -> io::Result<Ended> {
        self.on_disk(move |_| segment.end()).await
    }

    /// The files that nobody writes any more, oldest first.
    pub async fn ended(&self) -> io::Result<Vec<PathBuf>> {
        self.on_disk(Self::free).await
    }

    fn free(&self) -> io::Result<Vec<PathBuf>> {
        let active = self.active.path();
        let files = self.files_of(&[WAITING])?;
        let mut free: Vec<_> = files.into_iter().filter(|path| Some(path) != active.as_ref() && is_free(path)).collect();
        free.sort_unstable();
        Ok(free)
    }

    /// The whole lines of a file; none where somebody else was done with it first.
    async fn read(&self, path: PathBuf) -> io::Result<Vec<String>> {
        self.on_disk(move |_| {
            let text = match std::fs::read(path) {
                Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
                text => text?,
            };
            let end = text.iter().rposition(|byte| *byte == b'\n').map_or(0, |last| last + 1);
            Ok(String::from_utf8_lossy(&text[..end]).lines().map(str::to_owned).collect())
        })
        .await
    }

    async fn batches(&self, path: &Path) -> Result<(Vec<Batch>, Leftover)> {
        let texts = self.read(path.to_owned()).await.map_err(Error::Spool)?;
        let (mut batches, mut leftover) = (Vec::with_capacity(texts.len()), Leftover::None);
        for text in &texts {
            match Batch::parse(text) {
                Ok(batch) => batches.push(batch),
                Err(error) => {
                    tracing::error!(%error, path = %path.display(), "the file of calls has a line that cannot be read; it is kept");
                    leftover = Leftover::Unreadable;
                }
            }
        }
        Ok((batches, leftover))
    }

    /// The batches of a file that can be counted, and what is left over: of those that were made before `known_since` nobody can say
    /// whether SQL has them, nor of lines that cannot be read.
    pub async fn countable(&self, path: &Path, known_since: DateTime<Utc>) -> Result<(Vec<Batch>, Leftover)> {
        let (batches, leftover) = self.batches(path).await?;
        let (taken, late): (Vec<_>, Vec<_>) =
            batches.into_iter().partition(|batch| made_at(batch.id).is_none_or(|made| made > known_since));
        Ok((taken, if late.is_empty() { leftover } else { Leftover::Late }))
    }

    /// SQL has all of a file but what is left over: it goes, or waits, where something is, for somebody who knows what to do with that.
    pub async fn done(&self, path: PathBuf, leftover: Leftover) -> Result<()> {
        let done = match leftover {
            Leftover::None => self.remove(path).await,
            Leftover::Unreadable => self.set_aside(path, UNREADABLE).await,
            Leftover::Late => {
                let days = TAKEN.num_days();
                tracing::error!(path = %path.display(), days, "the spool has calls so old that they may be counted already; they are not counted, and their file is kept as .late");
                self.set_aside(path, LATE).await
            }
        };
        done.map_err(Error::Spool)
    }

    async fn remove(&self, path: PathBuf) -> io::Result<()> {
        let removed = self.on_disk(move |_| std::fs::remove_file(path)).await;
        // Another node that shares the folder may have been faster.
        removed.or_else(|error| if error.kind() == io::ErrorKind::NotFound { Ok(()) } else { Err(error) })
    }

    async fn set_aside(&self, path: PathBuf, end: &'static str) -> io::Result<()> {
        self.on_disk(move |_| std::fs::rename(&path, path.with_extension(end))).await
    }

    /// Bytes of all files.
    pub async fn bytes(&self) -> io::Result<u64> {
        // A file that was removed meanwhile has none.
        let size = |path: &PathBuf| std::fs::metadata(path).ok().map(|about| about.len());
        self.on_disk(move |spool| Ok(spool.files_of(&[WAITING])?.iter().filter_map(size).sum())).await
    }

    /// When the oldest file of calls that wait was begun.
    pub async fn oldest(&self) -> io::Result<Option<DateTime<Utc>>> {
        self.oldest_of(&[WAITING]).await
    }

    /// When the oldest file was begun, of those whose names end like one of these.
    pub async fn oldest_of(&self, ends: &'static [&'static str]) -> io::Result<Option<DateTime<Utc>>> {
        self.on_disk(move |spool| Ok(spool.files_of(ends)?.iter().filter_map(|path| begun(path)).min())).await
    }

    /// The file that is written and those that ended; none where there is no folder.
    pub async fn files(&self) -> io::Result<Vec<PathBuf>> {
        self.on_disk(|spool| spool.files_of(&[WAITING])).await
    }

    fn files_of(&self, ends: &[&str]) -> io::Result<Vec<PathBuf>> {
        let mut files = Vec::new();
        let entries = match std::fs::read_dir(&self.folder) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(files),
            entries => entries?,
        };
        for entry in entries {
            let path = entry?.path();
            if path.extension().is_some_and(|end| ends.iter().any(|wanted| end == *wanted)) {
                files.push(path);
            }
        }
        Ok(files)
    }

    async fn on_disk<T: Send + 'static>(&self, work: impl FnOnce(&Self) -> io::Result<T> + Send + 'static) -> io::Result<T> {
        let spool = self.clone();
        tokio::task::spawn_blocking(move || work(&spool)).await.map_err(io::Error::other)?
    }
}

/// The name that a folder was given; the first who asks gives it.
fn id_of(folder: &Path) -> io::Result<Uuid> {
    let path = folder.join("id");
    let known = || std::fs::read_to_string(&path).ok().and_then(|text| text.trim().parse().ok());
    if let Some(id) = known() {
        return Ok(id);
    }
    let id = Uuid::new_v4();
    let unnamed = folder.join(format!("{id}.new"));
    std::fs::write(&unnamed, id.to_string())?;
    std::fs::rename(&unnamed, &path)?;
    Ok(known().unwrap_or(id))
}

/// When a file was begun, as its name says.
fn begun(path: &Path) -> Option<DateTime<Utc>> {
    made_at(Uuid::parse_str(path.file_stem()?.to_str()?).ok()?)
}

fn joined(texts: &[String]) -> String {
    let mut lines = String::with_capacity(texts.iter().map(|text| text.len() + 1).sum());
    texts.iter().for_each(|text| lines.extend([text, "\n"]));
    lines
}

/// Whether no process has this file open for writing.
fn is_free(path: &Path) -> bool {
    File::open(path).is_ok_and(|file| file.try_lock_shared().is_ok())
}

#[cfg(test)]
mod tests;
