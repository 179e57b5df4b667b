//! What the fields of the filter offer, which also names what the calls have by id: asked for once a page.

use crate::error::AppError;
use leptos::prelude::*;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use uuid::Uuid;

/// What the fields offer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Offered {
    /// Names by id, retired ones too: they may be called still.
    pub products: BTreeMap<String, String>,
    /// (id, name and prefix).
    pub keys: Vec<(Uuid, String)>,
    /// Ids of what was called lately.
    pub operations: Vec<String>,
}

/// What the reader's organisation can look for in its log.
#[server]
pub async fn load_offered() -> Result<Offered, AppError> {
    let (_, partner) = crate::session::server::require(domain::access::Action::ReadPartner).await?;
    let store = crate::portal::store()?;
    Ok(Offered {
        products: server::products(&store, partner).await?,
        keys: store.keys(partner).await?.into_iter().map(|key| (key.id, format!("{} ({}_…)", key.name, key.prefix))).collect(),
        operations: server::operations(&store, partner).await?,
    })
}

#[cfg(feature = "ssr")]
pub mod server {
    use crate::error::AppError;
    use chrono::TimeDelta;
    use domain::key::Environment;
    use domain::usage::UsageFilter;
    use std::collections::{BTreeMap, BTreeSet};
    use store::Store;
    use uuid::Uuid;

    /// What the partner may see, retired products too.
    pub async fn products(store: &Store, partner: Uuid) -> Result<BTreeMap<String, String>, AppError> {
        let products = store.visible_products(Some(partner)).await?;
        Ok(products.into_iter().map(|product| (product.id, product.name)).collect())
    }

    /// What the partner called in the last month, in alphabetical order.
    pub(super) async fn operations(store: &Store, partner: Uuid) -> Result<Vec<String>, AppError> {
        let to = crate::session::server::now();
        let from = to - TimeDelta::days(31);
        let mut called = BTreeSet::new();
        for environment in [Environment::Live, Environment::Test] {
            let filter = UsageFilter { partner_id: Some(partner), environment, product_id: None, from, to };
            called.extend(store.by_operation(&filter).await?.into_iter().map(|(operation, _)| operation));
        }
        called.remove("");
        Ok(called.into_iter().collect())
    }
}
