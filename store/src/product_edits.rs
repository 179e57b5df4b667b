//! What an admin changes about a product: its card, its addresses, its status, who sees it.

use crate::db::{Tx, cut, on_tx};
use crate::events::record;
use crate::{Change, Result, Store};
use chrono::{DateTime, Utc};
use domain::Invalid;
use domain::account::display_name;
use domain::event::By;
use domain::product::{self, BUILT_IN_UPSTREAM, Category, Product, Status, Upstream, Visibility, absolute_url};
use serde_json::json;
use sqlx::types::Json;
use std::collections::BTreeSet;
use uuid::Uuid;

/// The longest description of a card, in characters.
const DESCRIPTION_MAX: usize = 300;
/// The most tags of a product, and the longest, in characters.
const TAGS_MAX: usize = 12;
const TAG_MAX: usize = 40;

/// Sets the moment since when a product is deprecated as its status becomes that, keeps it while it is, and forgets it with another status.
macro_rules! deprecated_at {
    ($status:literal, $now:literal) => {
        concat!(
            "deprecated_at = case when ",
            $status,
            " <> 'deprecated' then null when status = 'deprecated' then deprecated_at else ",
            $now,
            " end"
        )
    };
}

/// What an admin types about a product; the document brings the rest.
#[derive(Debug, Clone)]
pub struct NewProduct {
    pub id: String,
    pub name: String,
    pub description: String,
    pub category: Category,
    pub status: Status,
    pub visibility: Visibility,
    pub tags: Vec<String>,
    pub icon: String,
    pub base_url: String,
    pub sandbox_url: Option<String>,
    pub spec_url: Option<String>,
}

impl NewProduct {
    /// Trims what was typed and checks every field.
    fn check(self) -> Result<Self, Invalid> {
        Ok(Self {
            id: product::id(&self.id)?,
            name: display_name("name", &self.name)?,
            description: description(&self.description)?,
            tags: tags(self.tags)?,
            icon: icon(&self.icon)?,
            base_url: base_url(&self.base_url)?,
            sandbox_url: optional_url("sandbox_url", self.sandbox_url)?,
            spec_url: optional_url("spec_url", self.spec_url)?,
            ..self
        })
    }
}

impl Store {
    /// Adds a product without a document.
    ///
    /// # Errors
    /// [`Invalid`] for the first field that breaks a rule, and for `id` where it is taken; what the database said.
    pub async fn create_product(&self, new: NewProduct, by: &By, now: DateTime<Utc>) -> Result<Product> {
        let new = new.check()?;
        let mut tx = self.begin_write().await?;
        if !insert(&mut tx, &new, now).await? {
            return Err(Invalid::new("id", format!("`{}` is taken. Choose another id.", new.id)).into());
        }
        record(&mut tx, by, None, "product.created", &new.name, json!({ "product": new.id }), now).await?;
        tx.announce(Change::Product(new.id.clone()));
        tx.commit().await?;
        Ok(unpublished(new, now))
    }

    /// Replaces what an admin typed; the id stays. `None` where there is no such product.
    ///
    /// # Errors
    /// [`Invalid`] for the first field that breaks a rule; what the database said, or [`crate::Error::Corrupt`].
    pub async fn update_product(&self, new: NewProduct, by: &By, now: DateTime<Utc>) -> Result<Option<Product>> {
        let new = new.check()?;
        let mut tx = self.begin_write().await?;
        if !update(&mut tx, &new, now).await? {
            return Ok(None);
        }
        let detail = json!({ "product": new.id, "status": new.status.as_str(), "visibility": new.visibility.as_str() });
        record(&mut tx, by, None, "product.changed", &new.name, detail, now).await?;
        tx.announce(Change::Product(new.id.clone()));
        tx.commit().await?;
        self.product(&new.id).await
    }

    /// False where there is no such product. The status it has already changes nothing.
    ///
    /// # Errors
    /// What the database said.
    pub async fn set_product_status(&self, id: &str, status: Status, by: &By, now: DateTime<Utc>) -> Result<bool> {
        const SQL: &str = concat!(
            "update products set ",
            deprecated_at!("$2", "$3"),
            ", status = $2, updated_at = $3 where id = $1 and status <> $2 returning name"
        );
        let mut tx = self.begin_write().await?;
        let name: Option<String> =
            on_tx!(tx, |conn| sqlx::query_scalar(SQL).bind(id).bind(status.as_str()).bind(cut(now)).fetch_optional(conn).await?);
        let Some(name) = name else { return Ok(product_name(&mut tx, id).await?.is_some()) };
        record(&mut tx, by, None, "product.status_changed", &name, json!({ "product": id, "status": status.as_str() }), now).await?;
        tx.announce(Change::Product(id.to_owned()));
        tx.commit().await?;
        Ok(true)
    }

    /// Names the partners who see a private product. False where there is no such product.
    ///
    /// # Errors
    /// [`Invalid`] for `partners` where one is unknown; what the database said.
    pub async fn set_product_partners(&self, id: &str, partners: &[Uuid], by: &By, now: DateTime<Utc>) -> Result<bool> {
        let mut tx = self.begin_write().await?;
        let Some(name) = product_name(&mut tx, id).await? else { return Ok(false) };
        let partners: BTreeSet<Uuid> = partners.iter().copied().collect();
        replace_named(&mut tx, id, &partners).await?;
        record(&mut tx, by, None, "product.partners_changed", &name, json!({ "product": id, "partners": partners }), now).await?;
        tx.announce(Change::Product(id.to_owned()));
        tx.commit().await?;
        Ok(true)
    }
}

pub(crate) async fn product_name(tx: &mut Tx, id: &str) -> Result<Option<String>> {
    const SQL: &str = "select name from products where id = $1";
    Ok(on_tx!(tx, |conn| sqlx::query_scalar(SQL).bind(id).fetch_optional(conn).await?))
}

async fn insert(tx: &mut Tx, new: &NewProduct, now: DateTime<Utc>) -> Result<bool> {
    const SQL: &str = "insert into products (id, name, description, category, status, visibility, tags, icon, base_url, sandbox_url, \
         spec_url, version, operations, timeout_ms, max_request_bytes, max_response_bytes, cors_origins, allow_private, position, \
         created_at, updated_at, deprecated_at) \
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, '', 0, $12, $13, $14, $15, $16, \
         (select coalesce(max(position), 0) + 1 from products), $17, $17, $18) on conflict (id) do nothing";
    let upstream = Upstream::defaults(&new.id);
    let inserted = on_tx!(tx, |conn| sqlx::query(SQL)
        .bind(&new.id)
        .bind(&new.name)
        .bind(&new.description)
        .bind(new.category.as_str())
        .bind(new.status.as_str())
        .bind(new.visibility.as_str())
        .bind(Json(&new.tags))
        .bind(&new.icon)
        .bind(&new.base_url)
        .bind(&new.sandbox_url)
        .bind(&new.spec_url)
        .bind(upstream.timeout_ms)
        .bind(upstream.max_request_bytes)
        .bind(upstream.max_response_bytes)
        .bind(Json(&upstream.cors_origins))
        .bind(upstream.allow_private)
        .bind(cut(now))
        .bind(deprecated_at(new, now))
        .execute(conn)
        .await?
        .rows_affected());
    Ok(inserted == 1)
}

/// Another document address has another ETag, so the one that was kept is forgotten.
async fn update(tx: &mut Tx, new: &NewProduct, now: DateTime<Utc>) -> Result<bool> {
    const SQL: &str = concat!(
        "update products set ",
        deprecated_at!("$5", "$12"),
        ", name = $2, description = $3, category = $4, status = $5, visibility = $6, tags = $7, \
         icon = $8, base_url = $9, sandbox_url = $10, spec_etag = case when spec_url = $11 then spec_etag else null end, \
         spec_url = $11, updated_at = $12 where id = $1"
    );
    let updated = on_tx!(tx, |conn| sqlx::query(SQL)
        .bind(&new.id)
        .bind(&new.name)
        .bind(&new.description)
        .bind(new.category.as_str())
        .bind(new.status.as_str())
        .bind(new.visibility.as_str())
        .bind(Json(&new.tags))
        .bind(&new.icon)
        .bind(&new.base_url)
        .bind(&new.sandbox_url)
        .bind(&new.spec_url)
        .bind(cut(now))
        .execute(conn)
        .await?
        .rows_affected());
    Ok(updated == 1)
}

async fn replace_named(tx: &mut Tx, product: &str, partners: &BTreeSet<Uuid>) -> Result<()> {
    const SQL: &str = "insert into product_partners (product_id, partner_id) select $1, id from partners where id = $2";
    on_tx!(tx, |conn| sqlx::query("delete from product_partners where product_id = $1").bind(product).execute(conn).await?.rows_affected());
    for partner in partners {
        let named = on_tx!(tx, |conn| sqlx::query(SQL).bind(product).bind(partner).execute(conn).await?.rows_affected());
        if named == 0 {
            return Err(Invalid::new("partners", format!("No partner has the id {partner}.")).into());
        }
    }
    Ok(())
}

/// Of a product that is added.
fn deprecated_at(new: &NewProduct, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
    (new.status == Status::Deprecated).then(|| cut(now))
}

fn unpublished(new: NewProduct, now: DateTime<Utc>) -> Product {
    let deprecated_at = deprecated_at(&new, now);
    Product {
        id: new.id,
        name: new.name,
        description: new.description,
        version: String::new(),
        category: new.category,
        status: new.status,
        visibility: new.visibility,
        tags: new.tags,
        icon: new.icon,
        base_url: new.base_url,
        sandbox_url: new.sandbox_url,
        spec_url: new.spec_url,
        revision_id: None,
        operations: 0,
        refused: None,
        deprecated_at,
        created_at: cut(now),
        updated_at: cut(now),
    }
}

fn description(text: &str) -> Result<String, Invalid> {
    let text = text.trim();
    if text.chars().count() > DESCRIPTION_MAX {
        return Err(Invalid::new("description", format!("Use at most {DESCRIPTION_MAX} characters. The document has room for more.")));
    }
    Ok(text.to_owned())
}

fn tags(tags: Vec<String>) -> Result<Vec<String>, Invalid> {
    let mut kept: Vec<String> = Vec::new();
    for tag in tags.iter().map(|tag| tag.trim()).filter(|tag| !tag.is_empty()) {
        if !kept.iter().any(|other| other == tag) {
            kept.push(tag.to_owned());
        }
    }
    if kept.len() > TAGS_MAX || kept.iter().any(|tag| tag.chars().count() > TAG_MAX) {
        return Err(Invalid::new("tags", format!("Use at most {TAGS_MAX} tags of at most {TAG_MAX} characters.")));
    }
    Ok(kept)
}

fn icon(text: &str) -> Result<String, Invalid> {
    let text = text.trim();
    let named = text.len() <= 40 && text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-');
    match text {
        "" => Ok("box".to_owned()),
        _ if named => Ok(text.to_owned()),
        _ => Err(Invalid::new("icon", "Use the name of a Lucide icon, such as package-search.")),
    }
}

fn base_url(text: &str) -> Result<String, Invalid> {
    let text = text.trim();
    if text == BUILT_IN_UPSTREAM { Ok(text.to_owned()) } else { absolute_url("base_url", text) }
}

fn optional_url(field: &str, text: Option<String>) -> Result<Option<String>, Invalid> {
    text.filter(|text| !text.trim().is_empty()).map(|text| absolute_url(field, &text)).transpose()
}
