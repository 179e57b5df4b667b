//! API keys as lists show them and as the gateway looks them up.

use crate::db::{known, on_pool};
use crate::{Error, Result, Store, secret};
use chrono::{DateTime, Utc};
use domain::account::PartnerStatus;
use domain::addresses::Addresses;
use domain::key::{Environment, Key, Presented, Scope};
use sqlx::types::Json;
use uuid::Uuid;

/// What the gateway keeps of a key.
#[derive(Debug, Clone)]
pub struct KeyRecord {
    pub key: Key,
    pub partner_status: PartnerStatus,
    secret_hash: [u8; 32],
    previous_hash: Option<[u8; 32]>,
}

impl KeyRecord {
    /// Whether the presented text is this key's secret, or the one before during an overlap. Constant time.
    ///
    /// Says nothing about expiry and revocation: ask [`Key::works`].
    pub fn matches(&self, presented: &Presented<'_>, now: DateTime<Utc>) -> bool {
        let overlaps = self.key.overlap_until.is_some_and(|until| now < until);
        let previous = self.previous_hash.as_ref().filter(|_| overlaps);
        secret::has_hash(presented.text, &self.secret_hash) || previous.is_some_and(|previous| secret::has_hash(presented.text, previous))
    }
}

impl Store {
    /// Newest first; revoked ones last.
    ///
    /// # Errors
    /// What the database said, or [`Error::Corrupt`].
    pub async fn keys(&self, partner: Uuid) -> Result<Vec<Key>> {
        const SQL: &str = "select * from keys where partner_id = $1
            order by (case when revoked_at is null then 0 else 1 end), created_at desc, id";
        let rows: Vec<KeyRow> = on_pool!(&self.db, |pool| sqlx::query_as(SQL).bind(partner).fetch_all(pool).await?);
        rows.into_iter().map(Key::try_from).collect()
    }

    /// One key of a partner.
    ///
    /// # Errors
    /// What the database said, or [`Error::Corrupt`].
    pub async fn key(&self, partner: Uuid, id: Uuid) -> Result<Option<Key>> {
        const SQL: &str = "select * from keys where partner_id = $1 and id = $2";
        let row: Option<KeyRow> = on_pool!(&self.db, |pool| sqlx::query_as(SQL).bind(partner).bind(id).fetch_optional(pool).await?);
        row.map(Key::try_from).transpose()
    }

    /// The key with this prefix, whatever its state.
    ///
    /// # Errors
    /// What the database said, or [`Error::Corrupt`].
    pub async fn key_record(&self, prefix: &str) -> Result<Option<KeyRecord>> {
        const SQL: &str = "select keys.*, partners.status as partner_status
            from keys join partners on partners.id = keys.partner_id where keys.prefix = $1";
        let row: Option<RecordRow> = on_pool!(&self.db, |pool| sqlx::query_as(SQL).bind(prefix).fetch_optional(pool).await?);
        row.map(KeyRecord::try_from).transpose()
    }
}

#[derive(sqlx::FromRow)]
pub(crate) struct KeyRow {
    id: Uuid,
    partner_id: Uuid,
    name: String,
    prefix: String,
    environment: String,
    products: Option<Json<Vec<String>>>,
    addresses: Option<Json<Addresses>>,
    created_at: DateTime<Utc>,
    expires_at: Option<DateTime<Utc>>,
    revoked_at: Option<DateTime<Utc>>,
    overlap_until: Option<DateTime<Utc>>,
    last_used_at: Option<DateTime<Utc>>,
}

impl TryFrom<KeyRow> for Key {
    type Error = Error;

    fn try_from(row: KeyRow) -> Result<Self> {
        Ok(Self {
            id: row.id,
            partner_id: row.partner_id,
            name: row.name,
            prefix: row.prefix,
            environment: known("keys", "environment", &row.environment, Environment::parse)?,
            scope: row.products.map_or(Scope::All, |products| Scope::Only(products.0)),
            addresses: row.addresses.map(|addresses| addresses.0).unwrap_or_default(),
            created_at: row.created_at,
            expires_at: row.expires_at,
            revoked_at: row.revoked_at,
            overlap_until: row.overlap_until,
            last_used_at: row.last_used_at,
        })
    }
}

#[derive(sqlx::FromRow)]
struct RecordRow {
    #[sqlx(flatten)]
    key: KeyRow,
    partner_status: String,
    secret_hash: String,
    previous_hash: Option<String>,
}

impl TryFrom<RecordRow> for KeyRecord {
    type Error = Error;

    fn try_from(row: RecordRow) -> Result<Self> {
        let partner_status = known("partners", "status", &row.partner_status, PartnerStatus::parse)?;
        let hash = |hex: &str| secret::hash_of(hex).ok_or_else(|| Error::corrupt("keys", "secret_hash", "it is no hash"));
        let previous_hash = row.previous_hash.as_deref().map(hash).transpose()?;
        Ok(Self { key: row.key.try_into()?, partner_status, secret_hash: hash(&row.secret_hash)?, previous_hash })
    }
}
