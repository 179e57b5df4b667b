//! The meter's write: one transaction per batch, counted once however often it is sent.

use crate::{Result, Store};
use chrono::{DateTime, Utc};
use domain::usage::Call;
use uuid::Uuid;

impl Store {
    /// Adds a batch of calls to the hourly sums, the latency buckets, the call log and the keys' last use, unless this batch id was written before.
    pub async fn record_batch(&self, batch: Uuid, calls: &[Call], now: DateTime<Utc>) -> Result<()> {
        todo!()
    }
}
