//! The product that programs under test offer.

use domain::product::{BUILT_IN_UPSTREAM, Category, Status, Visibility};
use store::NewProduct;

/// A product that answers by itself.
pub fn product() -> NewProduct {
    NewProduct {
        id: "parcels".to_owned(),
        name: "Parcels".to_owned(),
        description: "What it does.".to_owned(),
        category: Category::Logistics,
        status: Status::Active,
        visibility: Visibility::Public,
        tags: Vec::new(),
        icon: "package".to_owned(),
        base_url: BUILT_IN_UPSTREAM.to_owned(),
        sandbox_url: None,
        spec_url: None,
    }
}
