//! Revisions: every accepted document of a product, kept.

use crate::db::{cut, on_pool, on_tx};
use crate::products::visible;
use crate::{Result, Store};
use chrono::{DateTime, Utc};
use domain::product::{Revision, RevisionChange};
use sqlx::FromRow;
use sqlx::types::Json;
use uuid::Uuid;

/// A revision `r` without its document, which may be megabytes.
macro_rules! columns {
    () => {
        "r.id, r.product_id, r.number, r.version, r.hash, r.operations, r.changes, r.created_at, r.created_by"
    };
}
pub(crate) use columns;

/// The columns of [`columns!`].
#[derive(FromRow)]
pub(crate) struct RevisionRow {
    id: Uuid,
    product_id: String,
    number: i64,
    version: String,
    hash: String,
    operations: i64,
    changes: Json<Vec<RevisionChange>>,
    created_at: DateTime<Utc>,
    created_by: String,
}

impl From<RevisionRow> for Revision {
    fn from(row: RevisionRow) -> Self {
        Self {
            id: row.id,
            product_id: row.product_id,
            number: row.number,
            version: row.version,
            hash: row.hash,
            operations: row.operations,
            changes: row.changes.0,
            created_at: row.created_at,
            created_by: row.created_by,
        }
    }
}

impl Store {
    /// Newest first.
    ///
    /// # Errors
    /// What the database said.
    pub async fn revisions(&self, product: &str) -> Result<Vec<Revision>> {
        const SQL: &str = concat!("select ", columns!(), " from revisions r where r.product_id = $1 order by r.number desc");
        let rows: Vec<RevisionRow> = on_pool!(&self.db, |pool| sqlx::query_as(SQL).bind(product).fetch_all(pool).await?);
        Ok(rows.into_iter().map(Revision::from).collect())
    }

    /// The text of a revision.
    ///
    /// # Errors
    /// What the database said.
    pub async fn document(&self, product: &str, number: i64) -> Result<Option<String>> {
        const SQL: &str = "select document from revisions where product_id = $1 and number = $2";
        Ok(on_pool!(&self.db, |pool| sqlx::query_scalar(SQL).bind(product).bind(number).fetch_optional(pool).await?))
    }

    /// The ids of products whose document is fetched, the one that waited longest first.
    ///
    /// # Errors
    /// What the database said.
    pub async fn fetched_products(&self) -> Result<Vec<String>> {
        const SQL: &str = "select id from products where spec_url is not null order by spec_checked_at nulls first, id";
        Ok(on_pool!(&self.db, |pool| sqlx::query_scalar(SQL).fetch_all(pool).await?))
    }

    /// Where a product's document is fetched from, and the ETag of the last fetch; `None` where it has no such address.
    ///
    /// # Errors
    /// What the database said.
    pub async fn fetched_document(&self, product: &str) -> Result<Option<(String, Option<String>)>> {
        const SQL: &str = "select spec_url, spec_etag from products where id = $1 and spec_url is not null";
        Ok(on_pool!(&self.db, |pool| sqlx::query_as(SQL).bind(product).fetch_optional(pool).await?))
    }

    /// Remembers a fetch.
    ///
    /// # Errors
    /// What the database said.
    pub async fn note_fetch(&self, product: &str, etag: Option<&str>, now: DateTime<Utc>) -> Result<()> {
        const SQL: &str = "update products set spec_etag = $2, spec_checked_at = $3 where id = $1";
        let mut tx = self.begin_write().await?;
        on_tx!(tx, |conn| sqlx::query(SQL).bind(product).bind(etag).bind(cut(now)).execute(conn).await?.rows_affected());
        tx.commit().await
    }

    /// The newest revisions over all visible products, for the changelog page.
    ///
    /// # Errors
    /// What the database said.
    pub async fn changelog(&self, partner: Option<Uuid>, limit: i64) -> Result<Vec<Revision>> {
        const SQL: &str = concat!(
            "select ",
            columns!(),
            " from revisions r join products p on p.id = r.product_id where ",
            visible!(),
            " order by r.created_at desc, r.id desc limit $2"
        );
        let rows: Vec<RevisionRow> =
            on_pool!(&self.db, |pool| sqlx::query_as(SQL).bind(partner).bind(limit.max(0)).fetch_all(pool).await?);
        Ok(rows.into_iter().map(Revision::from).collect())
    }
}
