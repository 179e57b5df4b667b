//! Publishing: a document becomes a revision, or is refused and says where.

use crate::{Result, Store};
use chrono::{DateTime, Utc};
use domain::event::By;
use domain::product::{RefusedDocument, Revision};
use uuid::Uuid;

/// What became of a document.
#[derive(Debug, Clone)]
pub enum PublishOutcome {
    /// In force now.
    Accepted(Revision),
    /// The same text as the revision in force: nothing changed.
    Unchanged(Revision),
    /// Broken: the revision before stays in force.
    Refused(RefusedDocument),
    /// No product has this id.
    UnknownProduct,
}

impl Store {
    /// Parses, compares with the revision in force, and keeps the document; everything that is read from it changes with it.
    pub async fn publish(&self, product: &str, document: &str, by: &By, now: DateTime<Utc>) -> Result<PublishOutcome> {
        todo!()
    }
    /// Newest first.
    pub async fn revisions(&self, product: &str) -> Result<Vec<Revision>> {
        todo!()
    }
    /// The text of a revision.
    pub async fn document(&self, product: &str, number: i64) -> Result<Option<String>> {
        todo!()
    }
    /// Products whose document is fetched, with the ETag of the last fetch: (id, url, etag).
    pub async fn fetched_documents(&self) -> Result<Vec<(String, String, Option<String>)>> {
        todo!()
    }
    /// Remembers a fetch.
    pub async fn note_fetch(&self, product: &str, etag: Option<&str>, now: DateTime<Utc>) -> Result<()> {
        todo!()
    }
    /// The newest revisions over all visible products, for the changelog page.
    pub async fn changelog(&self, partner: Option<Uuid>, limit: i64) -> Result<Vec<Revision>> {
        todo!()
    }
}
