//! What a partner does with its keys: make, rotate, revoke, edit.

use crate::db::{Tx, cut, on_tx};
use crate::keys::KeyRow;
use crate::secret::{self, Secret};
use crate::{Change, Error, Result, Store, events};
use chrono::{DateTime, TimeDelta, Utc};
use domain::Invalid;
use domain::account::display_name;
use domain::addresses::Addresses;
use domain::event::By;
use domain::key::{Environment, Key, PREFIX_BYTES, Scope};
use serde_json::json;
use sqlx::types::Json;
use uuid::Uuid;

/// What the form for a new key holds.
#[derive(Debug, Clone)]
pub struct NewKey {
    pub name: String,
    pub environment: Environment,
    pub scope: Scope,
    pub expires_at: Option<DateTime<Utc>>,
    /// Where it may be used from.
    pub addresses: Addresses,
}

impl NewKey {
    /// A key for every product, from everywhere, without an end.
    pub fn new(name: impl Into<String>, environment: Environment) -> Self {
        Self { name: name.into(), environment, scope: Scope::All, expires_at: None, addresses: Addresses::default() }
    }
}

/// What the form for an existing key holds.
#[derive(Debug, Clone)]
pub struct KeyChange {
    pub name: String,
    pub scope: Scope,
    pub addresses: Addresses,
}

/// A key and its secret, shown once.
#[derive(Debug, Clone)]
pub struct CreatedKey {
    pub key: Key,
    pub secret: Secret,
}

impl Store {
    /// `Invalid` for `name`, `products` (unknown or not visible), `expires_at` (past), `environment` (live needs a confirmed address of
    /// some owner: pass `verified`).
    ///
    /// # Errors
    /// As above, or what the database said.
    pub async fn create_key(&self, partner: Uuid, new: NewKey, verified: bool, by: &By, now: DateTime<Utc>) -> Result<CreatedKey> {
        let name = display_name("name", &new.name)?;
        if new.environment == Environment::Live && !verified {
            return Err(
                Invalid::new("environment", "Confirm your address first: the link is in the mail you got when you signed up.").into()
            );
        }
        if new.expires_at.is_some_and(|at| at <= now) {
            return Err(Invalid::new("expires_at", "Choose a date in the future, or none.").into());
        }
        let mut tx = self.begin_write().await?;
        let scope = checked_scope(&mut tx, partner, &new.scope, &Scope::Only(Vec::new())).await?;
        let created = insert(&mut tx, partner, &NewKey { name, scope, ..new }, now).await?;
        let key = &created.key;
        let detail = json!({ "name": key.name, "environment": key.environment, "scope": key.scope, "expires_at": key.expires_at, "addresses": key.addresses });
        events::record(&mut tx, by, Some(partner), "key.created", &key.prefix, detail, now).await?;
        tx.announce(Change::Key(key.prefix.clone()));
        tx.commit().await?;
        Ok(created)
    }

    /// A new secret under the same prefix; the old one works until `now + overlap`, and one that was still in an overlap stops.
    /// `None` where there is no such key, or it was revoked or has expired.
    ///
    /// # Errors
    /// What the database said, or [`Error::Crypto`].
    pub async fn rotate_key(&self, partner: Uuid, id: Uuid, overlap: TimeDelta, by: &By, now: DateTime<Utc>) -> Result<Option<CreatedKey>> {
        const SQL: &str =
            "update keys set previous_hash = case when $4 is null then null else secret_hash end, overlap_until = $4, secret_hash = $3
            where partner_id = $1 and id = $2 and revoked_at is null and (expires_at is null or expires_at > $5) returning *";
        let mut tx = self.begin_write().await?;
        let Some(prefix) = prefix_of(&mut tx, partner, id).await? else { return Ok(None) };
        let secret = Secret::random(&format!("{prefix}_"))?;
        let until = (overlap > TimeDelta::zero()).then(|| cut(now + overlap));
        let hash = secret::sha256_hex(secret.reveal());
        let row: Option<KeyRow> = on_tx!(tx, |conn| sqlx::query_as(SQL)
            .bind(partner)
            .bind(id)
            .bind(&hash)
            .bind(until)
            .bind(cut(now))
            .fetch_optional(conn)
            .await?);
        let Some(row) = row else { return Ok(None) };
        let key = Key::try_from(row)?;
        events::record(&mut tx, by, Some(partner), "key.rotated", &prefix, json!({ "overlap_until": until }), now).await?;
        tx.announce(Change::Key(prefix));
        tx.commit().await?;
        Ok(Some(CreatedKey { key, secret }))
    }

    /// Makes a key stop working for good; false where there is none or it was revoked before.
    ///
    /// # Errors
    /// What the database said.
    pub async fn revoke_key(&self, partner: Uuid, id: Uuid, by: &By, now: DateTime<Utc>) -> Result<bool> {
        const SQL: &str = "update keys set revoked_at = $3, overlap_until = null, previous_hash = null
            where partner_id = $1 and id = $2 and revoked_at is null returning prefix";
        let mut tx = self.begin_write().await?;
        let prefix = on_tx!(tx, |conn| sqlx::query_scalar(SQL).bind(partner).bind(id).bind(cut(now)).fetch_optional(conn).await?);
        changed(tx, prefix, partner, "key.revoked", json!({}), by, now).await
    }

    /// Changes the name, what the key may call and where from, all or nothing; false where there is no such key, or it is revoked.
    ///
    /// # Errors
    /// [`Invalid`] for the fields `name` and `products`, or what the database said.
    pub async fn edit_key(&self, partner: Uuid, id: Uuid, change: &KeyChange, by: &By, now: DateTime<Utc>) -> Result<bool> {
        const FIND: &str = "select * from keys where partner_id = $1 and id = $2 and revoked_at is null";
        const SQL: &str = "update keys set name = $3, products = $4, addresses = $5
            where partner_id = $1 and id = $2 and revoked_at is null returning prefix";
        let name = display_name("name", &change.name)?;
        let mut tx = self.begin_write().await?;
        let row: Option<KeyRow> = on_tx!(tx, |conn| sqlx::query_as(FIND).bind(partner).bind(id).fetch_optional(conn).await?);
        let Some(before) = row.map(Key::try_from).transpose()? else { return Ok(false) };
        let scope = checked_scope(&mut tx, partner, &change.scope, &before.scope).await?;
        let (products, addresses) = (products_of(&scope), addresses_of(&change.addresses));
        let prefix = on_tx!(tx, |conn| sqlx::query_scalar(SQL)
            .bind(partner)
            .bind(id)
            .bind(&name)
            .bind(products)
            .bind(addresses)
            .fetch_optional(conn)
            .await?);
        let before = json!({ "name": before.name, "scope": before.scope, "addresses": before.addresses });
        let detail = json!({ "before": before, "name": name, "scope": scope, "addresses": change.addresses });
        changed(tx, prefix, partner, "key.edited", detail, by, now).await
    }
}

/// The test key that comes with signing up.
pub(crate) async fn insert_first(tx: &mut Tx, partner: Uuid, now: DateTime<Utc>) -> Result<CreatedKey> {
    insert(tx, partner, &NewKey::new("First key", Environment::Test), now).await
}

/// Keeps a new key. Prefixes have 32 bits, so that one is taken now and then: another is drawn.
async fn insert(tx: &mut Tx, partner: Uuid, new: &NewKey, now: DateTime<Utc>) -> Result<CreatedKey> {
    const SQL: &str =
        "insert into keys (id, partner_id, name, prefix, secret_hash, environment, products, created_at, expires_at, addresses)
        values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) on conflict (prefix) do nothing returning *";
    for _ in 0..8 {
        let prefix = format!("sk_{}_{}", new.environment.as_str(), hex::encode(secret::random_bytes::<PREFIX_BYTES>()?));
        let secret = Secret::random(&format!("{prefix}_"))?;
        let row: Option<KeyRow> = on_tx!(tx, |conn| sqlx::query_as(SQL)
            .bind(Uuid::new_v4())
            .bind(partner)
            .bind(&new.name)
            .bind(&prefix)
            .bind(secret::sha256_hex(secret.reveal()))
            .bind(new.environment.as_str())
            .bind(products_of(&new.scope))
            .bind(cut(now))
            .bind(new.expires_at.map(cut))
            .bind(addresses_of(&new.addresses))
            .fetch_optional(conn)
            .await?);
        if let Some(row) = row {
            return Ok(CreatedKey { key: row.try_into()?, secret });
        }
    }
    Err(Error::Crypto("eight random key prefixes in a row were taken".to_owned()))
}

/// Writes the event of a change to one key, tells the caches and commits; false where no key was changed.
async fn changed(
    mut tx: Tx,
    prefix: Option<String>,
    partner: Uuid,
    kind: &str,
    detail: serde_json::Value,
    by: &By,
    now: DateTime<Utc>,
) -> Result<bool> {
    let Some(prefix) = prefix else { return Ok(false) };
    events::record(&mut tx, by, Some(partner), kind, &prefix, detail, now).await?;
    tx.announce(Change::Key(prefix));
    tx.commit().await?;
    Ok(true)
}

async fn prefix_of(tx: &mut Tx, partner: Uuid, id: Uuid) -> Result<Option<String>> {
    const SQL: &str = "select prefix from keys where partner_id = $1 and id = $2";
    Ok(on_tx!(tx, |conn| sqlx::query_scalar(SQL).bind(partner).bind(id).fetch_optional(conn).await?))
}

/// Sorts and checks the products of a scope: known, visible to the partner and not retired, or covered before.
async fn checked_scope(tx: &mut Tx, partner: Uuid, scope: &Scope, before: &Scope) -> Result<Scope> {
    const SQL: &str = "select exists (select 1 from products where id = $1 and status <> 'deprecated' and (visibility = 'public'
        or exists (select 1 from product_partners where product_id = $1 and partner_id = $2)))";
    let Scope::Only(products) = scope else { return Ok(Scope::All) };
    let mut products = products.clone();
    products.sort();
    products.dedup();
    if products.is_empty() {
        return Err(Invalid::new("products", "Choose at least one product, or all.").into());
    }
    for product in &products {
        let offered: bool = on_tx!(tx, |conn| sqlx::query_scalar(SQL).bind(product).bind(partner).fetch_one(conn).await?);
        let kept = matches!(before, Scope::Only(_)) && before.covers(product);
        if !offered && !kept {
            return Err(Invalid::new("products", format!("There is no product `{product}` to choose.")).into());
        }
    }
    Ok(Scope::Only(products))
}

fn products_of(scope: &Scope) -> Option<Json<&[String]>> {
    match scope {
        Scope::All => None,
        Scope::Only(products) => Some(Json(products)),
    }
}

fn addresses_of(addresses: &Addresses) -> Option<Json<&Addresses>> {
    (!addresses.is_empty()).then_some(Json(addresses))
}
