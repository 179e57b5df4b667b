//! Limits on guessing: tries per subject and window.

use crate::{Result, Store};
use chrono::{DateTime, TimeDelta, Utc};

/// Whether another try is allowed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Attempt {
    Allowed,
    /// Too many: allowed again after this span.
    Wait(TimeDelta),
}

impl Store {
    /// Counts a try of `subject` (e.g. `sign-in:ana@x.example`, `sign-in-from:10.0.0.1`), at most `most` per `window`.
    pub async fn attempt(&self, subject: &str, most: i64, window: TimeDelta, now: DateTime<Utc>) -> Result<Attempt> {
        todo!()
    }
    /// Forgets the tries of a subject, after a success.
    pub async fn forgive(&self, subject: &str) -> Result<()> {
        todo!()
    }
}
