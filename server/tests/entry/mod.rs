//! A line of a client's own ledger.

use std::sync::atomic::{AtomicI64, Ordering};
use store::CreatedKey;

/// What clients know of one key.
pub struct Entry {
    pub key: CreatedKey,
    /// Answers that were read to their end.
    pub complete: AtomicI64,
    /// Calls whose end was not seen.
    pub open: AtomicI64,
}

impl Entry {
    pub fn new(key: CreatedKey) -> Self {
        Self { key, complete: AtomicI64::new(0), open: AtomicI64::new(0) }
    }

    /// Complete answers, and calls whose end was not seen.
    pub fn seen(&self) -> (i64, i64) {
        (self.complete.load(Ordering::SeqCst), self.open.load(Ordering::SeqCst))
    }
}
