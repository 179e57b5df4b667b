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
    active: Arc<Mutex<Option<Segment>>>,
}

/// An open file, locked for as long as it is: other nodes that share the folder leave it alone.
#[derive(Debug)]
pub struct Segment {
    path: PathBuf,
    file: Arc<File>,
    size: u64,
    /// Since when some of it waits for the disk.
    unsynced: Option<Instant>,
    begun: u64,
    sent: bool,
}

/// A file as far as somebody wrote it.
#[derive(Debug)]
pub struct Written {
    path: PathBuf,
    file: Arc<File>,
    size: u64,
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

    /// All of it so far.
    fn written(&self) -> Written {
        Written { path: self.path.clone(), file: Arc::clone(&self.file), size: self.size }
    }

    /// Brings it to the disk: nobody else does so any more with what was only added.
    fn end(self) -> io::Result<Ended> {
        let Self { path, file, begun, sent, .. } = self;
        file.sync_data()?;
        Ok(Ended { path, begun, sent })
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

    /// Adds lines that Redis is given too: they outlive this process, and a power cut once their file was ended or [`Spool::sync`] came
    /// back. `outages` are those of Redis so far.
    pub async fn append(&self, texts: &[String], outages: u64) -> io::Result<Written> {
        let lines = joined(texts);
        self.on_disk(move |spool| spool.write(&lines, outages, true)).await
    }

    /// Adds lines that Redis is not given, and waits for the disk: they outlive a power cut too.
    pub async fn keep(&self, texts: &[String], outages: u64) -> io::Result<()> {
        let lines = joined(texts);
        self.on_disk(move |spool| spool.flush(&spool.write(&lines, outages, false)?)).await
    }

    /// Redis may not have what was added: waits until it is on disk, also where its file was ended meanwhile.
    pub async fn sync(&self, written: Written) -> io::Result<()> {
        self.on_disk(move |spool| {
            spool.current_of(&written, |segment| segment.sent = false);
            spool.flush(&written)
        })
        .await
    }

    /// Brings the current file to the disk where some of it has waited for that long; answers whether it had to.
    pub async fn sync_late(&self, longest: Duration) -> io::Result<bool> {
        self.on_disk(move |spool| match spool.late(longest) {
            Some(late) => spool.flush(&late).map(|()| true),
            None => Ok(false),
        })
        .await
    }

    /// The current file, where some of it waits for so long.
    fn late(&self, longest: Duration) -> Option<Written> {
        let active = self.active.lock().unwrap_or_else(PoisonError::into_inner);
        let late = |segment: &&Segment| segment.unsynced.is_some_and(|since| since.elapsed() >= longest);
        active.as_ref().filter(late).map(Segment::written)
    }

    /// Brings a file to the disk, while others add to it, end it or begin another one.
    fn flush(&self, written: &Written) -> io::Result<()> {
        let began = Instant::now();
        written.file.sync_data()?;
        // What came meanwhile waits.
        self.current_of(written, |segment| segment.unsynced = (segment.size > written.size).then_some(began));
        Ok(())
    }

    /// Changes what is known of a file that is still the current one.
    fn current_of(&self, written: &Written, change: impl FnOnce(&mut Segment)) {
        let mut active = self.active.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(segment) = active.as_mut().filter(|segment| segment.path == written.path) {
            change(segment);
        }
    }

    /// Ends the current file, so that it can be replayed and removed.
    pub async fn turn_over(&self) -> io::Result<Option<Ended>> {
        self.on_disk(|spool| spool.take()?.map(Segment::end).transpose()).await
    }

    /// Takes the current file away: what comes next is written to another one, and whoever looks for ended files finds this one.
    pub async fn cut(&self) -> io::Result<Option<Segment>> {
        self.on_disk(Self::take).await
    }

    fn take(&self) -> io::Result<Option<Segment>> {
        let cut = self.active.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(segment) = &cut {
            segment.file.unlock()?;
        }
        Ok(cut)
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
        let active = self.active.lock().unwrap_or_else(PoisonError::into_inner).as_ref().map(|segment| segment.path.clone());
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

    /// The batches of a file, and whether there are lines that cannot be read.
    pub async fn batches(&self, path: &Path) -> Result<(Vec<Batch>, Leftover)> {
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

    /// SQL has all of a file but what is left over: it goes, or waits, where something is, for somebody who knows what to do with that.
    pub async fn done(&self, path: PathBuf, leftover: Leftover) -> Result<()> {
        let done = match leftover {
            Leftover::None => self.remove(path).await,
            Leftover::Unreadable => self.set_aside(path, UNREADABLE).await,
            Leftover::Late => self.set_aside(path, LATE).await,
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
        Ok(self.files_of(&[WAITING])?.iter().filter_map(|path| std::fs::metadata(path).ok()).map(|about| about.len()).sum())
    }

    /// When the oldest file of calls that wait was begun.
    pub async fn oldest(&self) -> io::Result<Option<DateTime<Utc>>> {
        self.on_disk(|spool| spool.oldest_of(&[WAITING])).await
    }

    /// When the oldest file was begun, of those whose names end like one of these.
    pub fn oldest_of(&self, ends: &[&str]) -> io::Result<Option<DateTime<Utc>>> {
        Ok(self.files_of(ends)?.iter().filter_map(|path| begun(path)).min())
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

    /// Adds lines, to another file where the current one is large. `sent` says whether Redis is given them too.
    fn write(&self, lines: &str, outages: u64, sent: bool) -> io::Result<Written> {
        let (large, written) = {
            let mut active = self.active.lock().unwrap_or_else(PoisonError::into_inner);
            let large = active.take_if(|segment| segment.size >= LARGE);
            (large, self.add(&mut active, lines, outages, sent))
        };
        large.map(Segment::end).transpose()?;
        written
    }

    fn add(&self, active: &mut Option<Segment>, lines: &str, outages: u64, sent: bool) -> io::Result<Written> {
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
        segment.sent &= sent;
        segment.unsynced.get_or_insert_with(Instant::now);
        let written = segment.written();
        *active = Some(segment);
        Ok(written)
    }

    fn begin(&self, outages: u64) -> io::Result<Segment> {
        let path = self.folder.join(format!("{}.{WAITING}", Uuid::now_v7()));
        // Locked before it can be found.
        let unnamed = path.with_extension("new");
        let file = Arc::new(OpenOptions::new().append(true).create_new(true).open(&unnamed)?);
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
        assert!(spool.ended().await.unwrap().is_empty(), "the current file is left alone");
        let about = spool.turn_over().await.unwrap().unwrap();
        assert_eq!((about.begun, about.sent), (3, false));
        assert!((Utc::now() - spool.oldest().await.unwrap().unwrap()).num_seconds() < 60);
        let ended = spool.ended().await.unwrap();
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
        assert!(other.ended().await.unwrap().is_empty());
        drop(one);
        assert_eq!(other.ended().await.unwrap().len(), 1, "its process has ended");
    }

    #[tokio::test]
    async fn a_file_that_was_ended_is_waited_for_and_says_nothing_of_the_next_one() {
        let folder = tempfile::tempdir().unwrap();
        let spool = Spool::new(folder.path().to_owned());
        let one = spool.append(&lines(&["one"]), 0).await.unwrap();
        let cut = spool.cut().await.unwrap().unwrap();
        spool.append(&lines(&["two"]), 0).await.unwrap();
        spool.sync(one).await.unwrap();
        assert!(spool.sync_late(Duration::ZERO).await.unwrap(), "the next one still waits for the disk");
        let ended = spool.end(cut).await.unwrap();
        assert_eq!(spool.ended().await.unwrap(), [ended.path]);
        assert!(spool.turn_over().await.unwrap().unwrap().sent, "Redis has what was added to it");
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn files_that_end_while_others_wait_for_the_disk_lose_no_line() {
        let folder = tempfile::tempdir().unwrap();
        let spool = Spool::new(folder.path().to_owned());
        let keep = async |first: u32| {
            for line in first..first + 20 {
                spool.keep(&[line.to_string()], 0).await.unwrap();
            }
        };
        let end = async {
            for _ in 0..20 {
                spool.turn_over().await.unwrap();
            }
        };
        tokio::join!(keep(100), keep(200), end);
        spool.turn_over().await.unwrap();
        let mut kept = Vec::new();
        for path in spool.ended().await.unwrap() {
            kept.extend(spool.read(path).await.unwrap());
        }
        kept.sort_unstable();
        assert_eq!(kept, (100_u32..120).chain(200..220).map(|line| line.to_string()).collect::<Vec<_>>());
    }

    #[tokio::test]
    async fn a_write_that_failed_ends_the_file() {
        let spool = Spool::new(tempfile::tempdir().unwrap().path().to_owned());
        // The folder went with its guard.
        spool.keep(&lines(&["a"]), 0).await.unwrap_err();
        spool.keep(&lines(&["a"]), 0).await.unwrap_err();
    }
}
