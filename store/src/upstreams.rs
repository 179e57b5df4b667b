//! How the gateway reaches a product.

use crate::{Result, Secret, Store};
use chrono::{DateTime, Utc};
use domain::event::By;
use domain::product::{Product, Upstream};

/// Everything the gateway needs to send a call on.
#[derive(Debug, Clone)]
pub struct Route {
    pub product: Product,
    pub upstream: Upstream,
    /// The value of `upstream.secret_header`.
    pub secret: Option<Secret>,
}

impl Store {
    pub async fn route(&self, product: &str) -> Result<Option<Route>> {
        todo!()
    }
    pub async fn upstream(&self, product: &str) -> Result<Option<Upstream>> {
        todo!()
    }
    /// Replaces the settings; `secret` of `None` keeps the stored value, an empty one removes it.
    pub async fn set_upstream(&self, upstream: Upstream, secret: Option<&str>, by: &By, now: DateTime<Utc>) -> Result<bool> {
        todo!()
    }
}
