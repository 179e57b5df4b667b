//! Mails: what the portal writes to people.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// A mail in the outbox.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mail {
    pub id: Uuid,
    pub at: DateTime<Utc>,
    pub to: String,
    pub subject: String,
    /// Plain text.
    pub body: String,
    pub sent_at: Option<DateTime<Utc>>,
}
