//! `GET /api/v1/products`: the public catalogue.

use crate::problem::Problem;
use axum::Json;
use axum::extract::State;
use domain::product::{Category, Product, Status};
use serde::Serialize;
use store::Store;

/// One page of a list; `next` is where the following one begins.
#[derive(Serialize)]
pub struct Page {
    items: Vec<Listed>,
    next: Option<String>,
}

/// A product as everybody may see it.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Listed {
    id: String,
    name: String,
    description: String,
    version: String,
    category: Category,
    status: Status,
    tags: Vec<String>,
    operations: i64,
}

/// Everything in the catalogue; no token is needed.
///
/// # Errors
/// 503 where the database does not answer.
pub async fn list(State(store): State<Store>) -> Result<Json<Page>, Problem> {
    let items = store.catalogue(None).await?.into_iter().map(listed).collect();
    Ok(Json(Page { items, next: None }))
}

fn listed(product: Product) -> Listed {
    Listed {
        id: product.id,
        name: product.name,
        description: product.description,
        version: product.version,
        category: product.category,
        status: product.status,
        tags: product.tags,
        operations: product.operations,
    }
}
