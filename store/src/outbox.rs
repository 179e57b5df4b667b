//! Mails: written with the act that causes them, sent afterwards.

use crate::{Result, Store};
use chrono::{DateTime, Utc};
use domain::event::Mail;
use uuid::Uuid;

impl Store {
    /// Newest first.
    pub async fn outbox(&self, limit: i64) -> Result<Vec<Mail>> {
        todo!()
    }
    pub async fn unsent(&self, limit: i64) -> Result<Vec<Mail>> {
        todo!()
    }
    pub async fn note_sent(&self, id: Uuid, now: DateTime<Utc>) -> Result<()> {
        todo!()
    }
}
