//! The newest calls, one by one.

use crate::{Result, Store};
use domain::usage::{Call, CallFilter};
use uuid::Uuid;

impl Store {
    /// Newest first; the next page begins before the last one's id.
    pub async fn calls(&self, partner: Uuid, filter: &CallFilter) -> Result<Vec<Call>> {
        todo!()
    }
}
