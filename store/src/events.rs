//! The audit log.

use crate::{Result, Store};
use domain::event::Event;
use uuid::Uuid;

impl Store {
    /// Newest first; of one partner, or of all. The next page begins before the last one's id.
    pub async fn events(&self, partner: Option<Uuid>, before: Option<Uuid>, limit: i64) -> Result<Vec<Event>> {
        todo!()
    }
}
