//! The product that calls are about.

use domain::product::{Category, Status, Visibility};
use store::NewProduct;

/// A public product whose live calls go to `base_url`.
pub fn product(id: &str, base_url: &str) -> NewProduct {
    NewProduct {
        id: id.to_owned(),
        name: format!("The {id} API"),
        description: "What it does, in a sentence.".to_owned(),
        category: Category::Logistics,
        status: Status::Active,
        visibility: Visibility::Public,
        tags: Vec::new(),
        icon: "package".to_owned(),
        base_url: base_url.to_owned(),
        sandbox_url: None,
        spec_url: None,
    }
}
