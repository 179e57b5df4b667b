//! Products as visitors, pages and the gateway read them.

use crate::db::{known, on_pool};
use crate::{Error, Result, Store};
use chrono::{DateTime, Utc};
use domain::product::{Category, OperationEntry, Product, RefusedDocument, Status, Visibility};
use sqlx::FromRow;
use sqlx::types::Json;
use uuid::Uuid;

/// What the partner in `$1` may see of products `p`: private ones only by name.
macro_rules! visible {
    () => {
        "(p.visibility = 'public' or exists \
         (select 1 from product_partners named where named.product_id = p.id and named.partner_id = $1))"
    };
}
pub(crate) use visible;

/// The columns of `products` that make a [`Product`].
#[derive(FromRow)]
pub(crate) struct StoredProduct {
    id: String,
    name: String,
    description: String,
    version: String,
    category: String,
    status: String,
    visibility: String,
    tags: Json<Vec<String>>,
    icon: String,
    base_url: String,
    sandbox_url: Option<String>,
    spec_url: Option<String>,
    revision_id: Option<Uuid>,
    operations: i64,
    refused: Option<Json<RefusedDocument>>,
    deprecated_at: Option<DateTime<Utc>>,
    created_at: DateTime<Utc>,
    updated_at: DateTime<Utc>,
}

impl TryFrom<StoredProduct> for Product {
    type Error = Error;

    fn try_from(row: StoredProduct) -> Result<Self> {
        Ok(Self {
            id: row.id,
            name: row.name,
            description: row.description,
            version: row.version,
            category: known("products", "category", &row.category, Category::parse)?,
            status: known("products", "status", &row.status, Status::parse)?,
            visibility: known("products", "visibility", &row.visibility, Visibility::parse)?,
            tags: row.tags.0,
            icon: row.icon,
            base_url: row.base_url,
            sandbox_url: row.sandbox_url,
            spec_url: row.spec_url,
            revision_id: row.revision_id,
            operations: row.operations,
            refused: row.refused.map(|json| json.0),
            deprecated_at: row.deprecated_at,
            created_at: row.created_at,
            updated_at: row.updated_at,
        })
    }
}

#[derive(FromRow)]
struct OperationRow {
    product_id: String,
    operation_id: String,
    method: String,
    path: String,
    summary: String,
    tag: String,
    deprecated: bool,
}

impl From<OperationRow> for OperationEntry {
    fn from(row: OperationRow) -> Self {
        Self {
            product_id: row.product_id,
            operation_id: row.operation_id,
            method: row.method,
            path: row.path,
            summary: row.summary,
            tag: row.tag,
            deprecated: row.deprecated,
        }
    }
}

impl Store {
    /// Products a visitor may find: public and not deprecated, and private ones of `partner`. With a revision only.
    ///
    /// # Errors
    /// What the database said, or [`Error::Corrupt`].
    pub async fn catalogue(&self, partner: Option<Uuid>) -> Result<Vec<Product>> {
        const SQL: &str = concat!(
            "select p.* from products p where p.revision_id is not null and p.status <> 'deprecated' and ",
            visible!(),
            " order by p.position, p.name"
        );
        let rows: Vec<StoredProduct> = on_pool!(&self.db, |pool| sqlx::query_as(SQL).bind(partner).fetch_all(pool).await?);
        rows.into_iter().map(Product::try_from).collect()
    }

    /// Products that `partner` may see, retired ones too, in the order of the catalogue. With a revision only.
    ///
    /// # Errors
    /// What the database said, or [`Error::Corrupt`].
    pub async fn visible_products(&self, partner: Option<Uuid>) -> Result<Vec<Product>> {
        const SQL: &str =
            concat!("select p.* from products p where p.revision_id is not null and ", visible!(), " order by p.position, p.name");
        let rows: Vec<StoredProduct> = on_pool!(&self.db, |pool| sqlx::query_as(SQL).bind(partner).fetch_all(pool).await?);
        rows.into_iter().map(Product::try_from).collect()
    }

    /// Every product, for admins.
    ///
    /// # Errors
    /// What the database said, or [`Error::Corrupt`].
    pub async fn products(&self) -> Result<Vec<Product>> {
        const SQL: &str = "select * from products order by position, name";
        let rows: Vec<StoredProduct> = on_pool!(&self.db, |pool| sqlx::query_as(SQL).fetch_all(pool).await?);
        rows.into_iter().map(Product::try_from).collect()
    }

    /// The product with this id, whoever may see it.
    ///
    /// # Errors
    /// What the database said, or [`Error::Corrupt`].
    pub async fn product(&self, id: &str) -> Result<Option<Product>> {
        const SQL: &str = "select * from products where id = $1";
        let row: Option<StoredProduct> = on_pool!(&self.db, |pool| sqlx::query_as(SQL).bind(id).fetch_optional(pool).await?);
        row.map(Product::try_from).transpose()
    }

    /// The product if `partner` may see it (deprecated ones by link too).
    ///
    /// # Errors
    /// What the database said, or [`Error::Corrupt`].
    pub async fn visible_product(&self, id: &str, partner: Option<Uuid>) -> Result<Option<Product>> {
        const SQL: &str = concat!("select p.* from products p where p.id = $2 and ", visible!());
        let row: Option<StoredProduct> = on_pool!(&self.db, |pool| sqlx::query_as(SQL).bind(partner).bind(id).fetch_optional(pool).await?);
        row.map(Product::try_from).transpose()
    }

    /// The partners who are named to see a product while it is private.
    ///
    /// # Errors
    /// What the database said.
    pub async fn product_partners(&self, id: &str) -> Result<Vec<Uuid>> {
        const SQL: &str = "select partner_id from product_partners where product_id = $1 order by partner_id";
        Ok(on_pool!(&self.db, |pool| sqlx::query_scalar(SQL).bind(id).fetch_all(pool).await?))
    }

    /// Operations of the documents in force, of products that `partner` may find: for search.
    ///
    /// # Errors
    /// What the database said.
    pub async fn operations(&self, partner: Option<Uuid>) -> Result<Vec<OperationEntry>> {
        const SQL: &str = concat!(
            "select o.* from operations o join products p on p.id = o.product_id where p.status <> 'deprecated' and ",
            visible!(),
            " order by p.position, p.name, o.position"
        );
        let rows: Vec<OperationRow> = on_pool!(&self.db, |pool| sqlx::query_as(SQL).bind(partner).fetch_all(pool).await?);
        Ok(rows.into_iter().map(OperationEntry::from).collect())
    }
}
