//! The file of a spool that is written at the moment: lines are added to it, while others wait for the disk, until somebody takes it away.

use super::WAITING;
use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};
use uuid::Uuid;

/// A file this large is closed, and another one begun.
const LARGE: u64 = 64 << 20;

/// The current file, where there is one.
#[derive(Debug, Default)]
pub struct Active(Mutex<Option<Segment>>);

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

impl Active {
    /// Adds lines, to another file where the current one is large. `sent` says whether Redis is given them too.
    pub fn write(&self, folder: &Path, lines: &str, outages: u64, sent: bool) -> io::Result<Written> {
        let (large, written) = {
            let mut current = self.lock();
            let large = current.take_if(|segment| segment.size >= LARGE);
            (large, write(&mut current, folder, lines, outages, sent))
        };
        large.map(Segment::end).transpose()?;
        written
    }

    /// Brings a file to the disk, while others add to it, end it or begin another one.
    pub fn flush(&self, written: &Written) -> io::Result<()> {
        let began = Instant::now();
        written.file.sync_data()?;
        // What came meanwhile waits.
        self.change(written, |segment| segment.unsynced = (segment.size > written.size).then_some(began));
        Ok(())
    }

    /// Redis may not have all of this file.
    pub fn doubt(&self, written: &Written) {
        self.change(written, |segment| segment.sent = false);
    }

    /// Changes what is known of a file that is still the current one.
    fn change(&self, written: &Written, change: impl FnOnce(&mut Segment)) {
        if let Some(segment) = self.lock().as_mut().filter(|segment| segment.path == written.path) {
            change(segment);
        }
    }

    /// The current file, where some of it waits for the disk for so long.
    pub fn late(&self, longest: Duration) -> Option<Written> {
        let late = |segment: &&Segment| segment.unsynced.is_some_and(|since| since.elapsed() >= longest);
        self.lock().as_ref().filter(late).map(Segment::written)
    }

    /// Takes the current file away, and lets others find it.
    pub fn take(&self) -> io::Result<Option<Segment>> {
        let taken = self.lock().take();
        if let Some(segment) = &taken {
            segment.file.unlock()?;
        }
        Ok(taken)
    }

    /// Where the current file is.
    pub fn path(&self) -> Option<PathBuf> {
        self.lock().as_ref().map(|segment| segment.path.clone())
    }

    fn lock(&self) -> MutexGuard<'_, Option<Segment>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Segment {
    fn begin(folder: &Path, outages: u64) -> io::Result<Self> {
        let path = folder.join(format!("{}.{WAITING}", Uuid::now_v7()));
        // Locked before it can be found.
        let unnamed = path.with_extension("new");
        let file = Arc::new(OpenOptions::new().append(true).create_new(true).open(&unnamed)?);
        file.try_lock()?;
        std::fs::rename(&unnamed, &path)?;
        // The file's name has to outlive a power cut too.
        File::open(folder)?.sync_all()?;
        Ok(Self { path, file, size: 0, unsynced: None, begun: outages, sent: true })
    }

    fn add(&mut self, lines: &str, sent: bool) -> io::Result<()> {
        self.file.write_all(lines.as_bytes())?;
        self.size += lines.len() as u64;
        self.sent &= sent;
        self.unsynced.get_or_insert_with(Instant::now);
        Ok(())
    }

    /// All of it so far.
    fn written(&self) -> Written {
        Written { path: self.path.clone(), file: Arc::clone(&self.file), size: self.size }
    }

    /// Brings it to the disk: nobody else does so any more with what was only added.
    pub fn end(self) -> io::Result<Ended> {
        let Self { path, file, begun, sent, .. } = self;
        file.sync_data()?;
        Ok(Ended { path, begun, sent })
    }

    /// Removes a file that nothing could be written to: a full disk would leave one for every batch.
    fn end_unused(self) -> io::Result<()> {
        if self.size == 0 { std::fs::remove_file(self.path) } else { Ok(()) }
    }
}

/// A file whose last write failed is not written again: its last line may be half a line.
fn write(current: &mut Option<Segment>, folder: &Path, lines: &str, outages: u64, sent: bool) -> io::Result<Written> {
    let mut segment = match current.take() {
        Some(segment) => segment,
        None => Segment::begin(folder, outages)?,
    };
    if let Err(error) = segment.add(lines, sent) {
        segment.end_unused()?;
        return Err(error);
    }
    let written = segment.written();
    *current = Some(segment);
    Ok(written)
}
