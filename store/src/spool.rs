//! Batches in files of this machine until SQL has them. A batch is one line; a line without its end was never confirmed.

use crate::ids::made_at;
use crate::{Batch, Error, Result};
use chrono::{DateTime, Utc};
use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};
use uuid::Uuid;

/// A file this large is closed, and another one begun.
const LARGE: u64 = 64 << 20;

/// How the names of files end: those of calls that wait, and those that were set aside.
pub const WAITING: &str = "spool";
pub const UNREADABLE: &str = "unreadable";
const LATE: &str = "late";

/// What of a file SQL has not got and never will have as things are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rest {
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
    active: Arc<Mutex<Option<Segment>>>,
}

/// An open file, locked for as long as it is: other nodes that share the folder leave it alone.
#[derive(Debug)]
pub struct Segment {
    path: PathBuf,
    file: File,
    size: u64,
    /// Since when some of it waits for the disk.
    unsynced: Option<Instant>,
    begun: u64,
    sent: bool,
}

/// A file that was ended.
#[derive(Debug)]
pub struct Ended {
    pub path: PathBuf,
    /// Outages of Redis before its first line.
    pub begun: u64,
    /// Whether Redis confirmed every line.
    pub sent: bool,
}

impl Segment {
    /// Removes a file that nothing could be written to: a full disk would leave one for every batch.
    fn end_unused(self) -> io::Result<()> {
        if self.size == 0 { std::fs::remove_file(self.path) } else { Ok(()) }
    }
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
    pub fn id(&self) -> io::Result<Uuid> {
        let path = self.folder.join("id");
        let known = || std::fs::read_to_string(&path).ok().and_then(|text| text.trim().parse().ok());
        if let Some(id) = known() {
            return Ok(id);
        }
        let id = Uuid::new_v4();
        let unnamed = self.folder.join(format!("{id}.new"));
        std::fs::write(&unnamed, id.to_string())?;
        std::fs::rename(&unnamed, &path)?;
        Ok(known().unwrap_or(id))
    }

    /// Adds lines: they outlive this process, and a power cut once their file was ended. `outages` are those of Redis so far.
    pub async fn append(&self, texts: &[String], outages: u64) -> io::Result<()> {
        let lines = joined(texts);
        self.on_disk(move |spool| spool.write(&lines, outages)).await
    }

    /// Adds lines, and waits for the disk: they outlive a power cut too.
    pub async fn keep(&self, texts: &[String], outages: u64) -> io::Result<()> {
        let lines = joined(texts);
        self.on_disk(move |spool| {
            spool.write(&lines, outages)?;
            spool.confirm()
        })
        .await
    }

    /// Redis may not have what was added last: waits until all of it is on disk.
    pub async fn sync(&self) -> io::Result<()> {
        self.on_disk(Self::confirm).await
    }

    /// Brings the current file to the disk, while others add to it, where some of it has waited for that long; answers whether it had to.
    pub async fn sync_late(&self, longest: Duration) -> io::Result<bool> {
        self.on_disk(move |spool| {
            let Some((path, file, size)) = spool.late(longest)? else { return Ok(false) };
            let began = Instant::now();
            file.sync_data()?;
            spool.note_synced(&path, size, began);
            Ok(true)
        })
        .await
    }

    /// The current file with its size, where some of it waits for so long.
    fn late(&self, longest: Duration) -> io::Result<Option<(PathBuf, File, u64)>> {
        let active = self.active.lock().unwrap_or_else(PoisonError::into_inner);
        let late = |segment: &&Segment| segment.unsynced.is_some_and(|since| since.elapsed() >= longest);
        let Some(segment) = active.as_ref().filter(late) else { return Ok(None) };
        Ok(Some((segment.path.clone(), segment.file.try_clone()?, segment.size)))
    }

    /// What had this size is on disk; what came meanwhile waits since `began`.
    fn note_synced(&self, path: &Path, size: u64, began: Instant) {
        let mut active = self.active.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(segment) = active.as_mut().filter(|segment| segment.path == path) {
            segment.unsynced = (segment.size > size).then_some(began);
        }
    }

    /// Ends the current file, so that it can be replayed and removed.
    pub async fn turn_over(&self) -> io::Result<Option<Ended>> {
        match self.cut()? {
            Some(segment) => self.end(segment).await.map(Some),
            None => Ok(None),
        }
    }

    /// Takes the current file away: what comes next is written to another one, and whoever looks for ended files finds this one.
    pub fn cut(&self) -> io::Result<Option<Segment>> {
        let cut = self.active.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(segment) = &cut {
            segment.file.unlock()?;
        }
        Ok(cut)
    }

    /// Ends a file that was cut off; it is on disk afterwards.
    pub async fn end(&self, segment: Segment) -> io::Result<Ended> {
        self.on_disk(move |_| {
            let Segment { path, file, begun, sent, .. } = segment;
            // Somebody may be about to wait for the disk.
            file.sync_data()?;
            Ok(Ended { path, begun, sent })
        })
        .await
    }

    /// The files that nobody writes any more, oldest first.
    pub fn ended(&self) -> io::Result<Vec<PathBuf>> {
        let active = self.active.lock().unwrap_or_else(PoisonError::into_inner).as_ref().map(|segment| segment.path.clone());
        let mut ended: Vec<_> = self.files()?.into_iter().filter(|path| Some(path) != active.as_ref() && is_free(path)).collect();
        ended.sort_unstable();
        Ok(ended)
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

    /// The batches of a file, and whether there are lines that cannot be read.
    pub async fn batches(&self, path: &Path) -> Result<(Vec<Batch>, Rest)> {
        let texts = self.read(path.to_owned()).await.map_err(Error::Spool)?;
        let (mut batches, mut rest) = (Vec::with_capacity(texts.len()), Rest::None);
        for text in &texts {
            match Batch::parse(text) {
                Ok(batch) => batches.push(batch),
                Err(error) => {
                    tracing::error!(%error, path = %path.display(), "the file of calls has a line that cannot be read; it is kept");
                    rest = Rest::Unreadable;
                }
            }
        }
        Ok((batches, rest))
    }

    /// SQL has all of a file but the rest: it goes, or waits, where there is a rest, for somebody who knows what to do with that.
    pub async fn done(&self, path: PathBuf, rest: Rest) -> Result<()> {
        let done = match rest {
            Rest::None => self.remove(path).await,
            Rest::Unreadable => self.set_aside(path, UNREADABLE).await,
            Rest::Late => self.set_aside(path, LATE).await,
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
    pub fn bytes(&self) -> io::Result<u64> {
        // A file that was removed meanwhile has none.
        Ok(self.files()?.iter().filter_map(|path| std::fs::metadata(path).ok()).map(|about| about.len()).sum())
    }

    /// When the oldest file of calls that wait was begun.
    pub fn oldest(&self) -> io::Result<Option<DateTime<Utc>>> {
        self.oldest_of(&[WAITING])
    }

    /// When the oldest file was begun, of those whose names end like one of these.
    pub fn oldest_of(&self, ends: &[&str]) -> io::Result<Option<DateTime<Utc>>> {
        Ok(self.files_of(ends)?.iter().filter_map(|path| begun(path)).min())
    }

    /// The file that is written and those that ended; none where there is no folder.
    pub fn files(&self) -> io::Result<Vec<PathBuf>> {
        self.files_of(&[WAITING])
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

    fn write(&self, lines: &str, outages: u64) -> io::Result<()> {
        let mut active = self.active.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(large) = active.take_if(|segment| segment.size >= LARGE) {
            large.file.sync_data()?;
        }
        let mut segment = match active.take() {
            Some(segment) => segment,
            None => self.begin(outages)?,
        };
        // A file whose last write failed is not written again: its last line may be half a line.
        if let Err(error) = segment.file.write_all(lines.as_bytes()) {
            segment.end_unused()?;
            return Err(error);
        }
        segment.size += lines.len() as u64;
        segment.unsynced.get_or_insert_with(Instant::now);
        *active = Some(segment);
        Ok(())
    }

    fn confirm(&self) -> io::Result<()> {
        let mut active = self.active.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(segment) = active.as_mut() else { return Ok(()) };
        segment.sent = false;
        segment.file.sync_data()?;
        segment.unsynced = None;
        Ok(())
    }

    fn begin(&self, outages: u64) -> io::Result<Segment> {
        let path = self.folder.join(format!("{}.{WAITING}", Uuid::now_v7()));
        // Locked before it can be found.
        let unnamed = path.with_extension("new");
        let file = OpenOptions::new().append(true).create_new(true).open(&unnamed)?;
        file.try_lock()?;
        std::fs::rename(&unnamed, &path)?;
        // The file's name has to outlive a power cut too.
        File::open(&self.folder)?.sync_all()?;
        Ok(Segment { path, file, size: 0, unsynced: None, begun: outages, sent: true })
    }

    async fn on_disk<T: Send + 'static>(&self, work: impl FnOnce(&Self) -> io::Result<T> + Send + 'static) -> io::Result<T> {
        let spool = self.clone();
        tokio::task::spawn_blocking(move || work(&spool)).await.map_err(io::Error::other)?
    }
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
mod tests {
    use super::*;

    fn lines(texts: &[&str]) -> Vec<String> {
        texts.iter().map(|&text| text.to_owned()).collect()
    }

    #[tokio::test]
    async fn the_disk_is_waited_for_once_for_everything_that_was_added() {
        let folder = tempfile::tempdir().unwrap();
        let spool = Spool::new(folder.path().to_owned());
        assert!(!spool.sync_late(Duration::ZERO).await.unwrap(), "there is no file");
        for _ in 0..2 {
            spool.append(&lines(&["one", "two"]), 0).await.unwrap();
            spool.append(&lines(&["three"]), 0).await.unwrap();
            assert!(spool.sync_late(Duration::ZERO).await.unwrap());
            assert!(!spool.sync_late(Duration::ZERO).await.unwrap());
        }
        spool.keep(&lines(&["four"]), 0).await.unwrap();
        assert!(!spool.sync_late(Duration::ZERO).await.unwrap(), "it waited for the disk itself");
        spool.append(&lines(&["five"]), 0).await.unwrap();
        spool.turn_over().await.unwrap();
        assert!(!spool.sync_late(Duration::ZERO).await.unwrap(), "a file that was ended is on disk");
        spool.append(&lines(&["six"]), 0).await.unwrap();
        assert!(!spool.sync_late(Duration::from_secs(60)).await.unwrap(), "it has time");
        assert!(spool.sync_late(Duration::ZERO).await.unwrap(), "and so is what comes after it");
    }

    #[tokio::test]
    async fn what_was_added_is_read_again_and_a_torn_line_is_not() {
        let folder = tempfile::tempdir().unwrap();
        let spool = Spool::new(folder.path().to_owned());
        assert!(spool.turn_over().await.unwrap().is_none());
        spool.append(&lines(&["a", "b"]), 3).await.unwrap();
        spool.keep(&lines(&["c"]), 4).await.unwrap();
        assert!(spool.ended().unwrap().is_empty(), "the current file is left alone");
        let about = spool.turn_over().await.unwrap().unwrap();
        assert_eq!((about.begun, about.sent), (3, false));
        assert!((Utc::now() - spool.oldest().unwrap().unwrap()).num_seconds() < 60);
        let ended = spool.ended().unwrap();
        assert_eq!(spool.read(ended[0].clone()).await.unwrap(), ["a", "b", "c"]);
        OpenOptions::new().append(true).open(&ended[0]).unwrap().write_all(b"{\"half").unwrap();
        assert_eq!(spool.read(ended[0].clone()).await.unwrap(), ["a", "b", "c"]);
        spool.remove(ended[0].clone()).await.unwrap();
        assert_eq!(spool.bytes().unwrap(), 0);
    }

    #[tokio::test]
    async fn nodes_that_share_a_folder_leave_each_others_current_file_alone() {
        let folder = tempfile::tempdir().unwrap();
        let [one, other] = [Spool::new(folder.path().to_owned()), Spool::new(folder.path().to_owned())];
        one.append(&lines(&["a"]), 0).await.unwrap();
        assert!(other.ended().unwrap().is_empty());
        drop(one);
        assert_eq!(other.ended().unwrap().len(), 1, "its process has ended");
    }

    #[tokio::test]
    async fn a_write_that_failed_ends_the_file() {
        let spool = Spool::new(tempfile::tempdir().unwrap().path().to_owned());
        // The folder went with its guard.
        spool.keep(&lines(&["a"]), 0).await.unwrap_err();
        spool.keep(&lines(&["a"]), 0).await.unwrap_err();
    }
}
