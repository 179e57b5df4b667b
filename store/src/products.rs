//! Products: the catalogue's rows.

use crate::{Result, Store};
use chrono::{DateTime, Utc};
use domain::event::By;
use domain::product::{Category, OperationEntry, Product, Status, Visibility};
use uuid::Uuid;

/// What an admin types about a product; the document brings the rest.
#[derive(Debug, Clone, serde::Serialize, serde::Deserialize)]
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

/// A product as the admin's list shows it.
#[derive(Debug, Clone, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct ProductRow {
    pub product: Product,
    /// Partners with a current subscription.
    pub partners: i64,
    /// Live calls answered in the last 30 days.
    pub calls: i64,
    /// Of these, upstream errors.
    pub errors: i64,
    /// Revenue of the running period so far, in minor units.
    pub revenue_minor: i64,
}

impl Store {
    /// Products a visitor may find: public and not deprecated, and private ones of `partner`. With a revision only.
    pub async fn catalogue(&self, partner: Option<Uuid>) -> Result<Vec<Product>> {
        todo!()
    }
    /// Every product, for admins.
    pub async fn products(&self) -> Result<Vec<Product>> {
        todo!()
    }
    pub async fn product(&self, id: &str) -> Result<Option<Product>> {
        todo!()
    }
    /// The product if `partner` may see it (deprecated ones by link too).
    pub async fn visible_product(&self, id: &str, partner: Option<Uuid>) -> Result<Option<Product>> {
        todo!()
    }
    /// Operations of the documents in force, of products that `partner` may see: for search.
    pub async fn operations(&self, partner: Option<Uuid>) -> Result<Vec<OperationEntry>> {
        todo!()
    }
    /// Adds a product without a document; `Invalid` for a field, or for `id` when taken.
    pub async fn create_product(&self, new: NewProduct, by: &By, now: DateTime<Utc>) -> Result<Product> {
        todo!()
    }
    /// Replaces what an admin typed; the id stays.
    pub async fn update_product(&self, new: NewProduct, by: &By, now: DateTime<Utc>) -> Result<Option<Product>> {
        todo!()
    }
    pub async fn set_product_status(&self, id: &str, status: Status, by: &By, now: DateTime<Utc>) -> Result<bool> {
        todo!()
    }
    /// Names the partners who see a private product.
    pub async fn set_product_partners(&self, id: &str, partners: &[Uuid], by: &By, now: DateTime<Utc>) -> Result<bool> {
        todo!()
    }
    pub async fn product_rows(&self, now: DateTime<Utc>) -> Result<Vec<ProductRow>> {
        todo!()
    }
}
