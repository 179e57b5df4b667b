//! Events: what happened, written once, read by mail, webhooks and the audit log alike.

use crate::names;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// Who did it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct By {
    pub kind: ByKind,
    /// The person or token; absent for the system.
    pub id: Option<Uuid>,
    /// As shown: an address, a token's name, or `Portico`.
    pub name: String,
}

/// What kind of actor did it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ByKind {
    Person,
    Token,
    CommandLine,
    System,
}

names!(ByKind { Person => "person", Token => "token", CommandLine => "command_line", System => "system" });

impl By {
    pub fn person(person: &crate::account::Person) -> Self {
        Self { kind: ByKind::Person, id: Some(person.id), name: person.email.clone() }
    }

    pub fn token(id: Uuid, name: &str) -> Self {
        Self { kind: ByKind::Token, id: Some(id), name: name.to_owned() }
    }

    pub fn command_line() -> Self {
        Self { kind: ByKind::CommandLine, id: None, name: "command line".to_owned() }
    }

    pub fn system() -> Self {
        Self { kind: ByKind::System, id: None, name: "Portico".to_owned() }
    }
}

/// One thing that happened.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Event {
    pub id: Uuid,
    pub at: DateTime<Utc>,
    pub by: By,
    /// The partner it concerns, if any.
    pub partner_id: Option<Uuid>,
    /// Noun and past tense: `key.created`, `product.published`, `subscription.changed`.
    pub kind: String,
    /// What it was done to, as shown: a key's prefix, a product's name.
    pub subject: String,
    /// More, as a JSON object; never a secret.
    pub detail: serde_json::Value,
}
