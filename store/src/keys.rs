//! API keys: made, rotated, revoked, looked up.

use crate::{Result, Secret, Store};
use chrono::{DateTime, TimeDelta, Utc};
use domain::account::PartnerStatus;
use domain::event::By;
use domain::key::{Environment, Key, Presented, Scope};
use uuid::Uuid;

/// What the form for a new key holds.
#[derive(Debug, Clone)]
pub struct NewKey {
    pub name: String,
    pub environment: Environment,
    pub scope: Scope,
    pub expires_at: Option<DateTime<Utc>>,
}

/// A key and its secret, shown once.
#[derive(Debug, Clone)]
pub struct CreatedKey {
    pub key: Key,
    pub secret: Secret,
}

/// What the gateway keeps of a key.
#[derive(Debug, Clone)]
pub struct KeyRecord {
    pub key: Key,
    pub partner_status: PartnerStatus,
    pub(crate) secret_hash: String,
    pub(crate) previous_hash: Option<String>,
}

impl KeyRecord {
    /// Whether the presented text is this key's secret, or the one before during an overlap. Constant time.
    pub fn matches(&self, presented: &Presented<'_>, now: DateTime<Utc>) -> bool {
        todo!()
    }
}

impl Store {
    /// Newest first; revoked ones last.
    pub async fn keys(&self, partner: Uuid) -> Result<Vec<Key>> {
        todo!()
    }
    pub async fn key(&self, partner: Uuid, id: Uuid) -> Result<Option<Key>> {
        todo!()
    }
    /// `Invalid` for `name`, `products` (unknown or not visible), `expires_at` (past), `environment` (live needs a confirmed address of some owner: pass `verified`).
    pub async fn create_key(&self, partner: Uuid, new: NewKey, verified: bool, by: &By, now: DateTime<Utc>) -> Result<CreatedKey> {
        todo!()
    }
    /// A new secret under the same prefix; the old one works until `now + overlap`. `None` where there is no such key or it is revoked.
    pub async fn rotate_key(&self, partner: Uuid, id: Uuid, overlap: TimeDelta, by: &By, now: DateTime<Utc>) -> Result<Option<CreatedKey>> {
        todo!()
    }
    pub async fn revoke_key(&self, partner: Uuid, id: Uuid, by: &By, now: DateTime<Utc>) -> Result<bool> {
        todo!()
    }
    pub async fn rename_key(&self, partner: Uuid, id: Uuid, name: &str, by: &By, now: DateTime<Utc>) -> Result<bool> {
        todo!()
    }
    pub async fn rescope_key(&self, partner: Uuid, id: Uuid, scope: &Scope, by: &By, now: DateTime<Utc>) -> Result<bool> {
        todo!()
    }
    /// The key with this prefix, whatever its state.
    pub async fn key_record(&self, prefix: &str) -> Result<Option<KeyRecord>> {
        todo!()
    }
}
