//! The catalogue's index for the command palette: what the visitor may see, and nothing else.

use crate::error::AppError;
use crate::ui::palette::entry::{Indexed, IndexedOperation};
use domain::product::{OperationEntry, Product};
use leptos::prelude::*;
use std::collections::BTreeMap;

/// Products and operations that the visitor may find.
#[server]
pub async fn search_index() -> Result<Vec<Indexed>, AppError> {
    let actor = crate::session::server::actor().await?;
    let partner = actor.and_then(|actor| actor.membership).map(|membership| membership.partner.id);
    let store = crate::portal::store()?;
    Ok(index(&store.catalogue(partner).await?, store.operations(partner).await?))
}

/// One line for each product, then one for each operation that the catalogue lists.
#[cfg_attr(not(feature = "ssr"), expect(dead_code, reason = "the body of a server function is not in the browser"))]
fn index(products: &[Product], operations: Vec<OperationEntry>) -> Vec<Indexed> {
    let names: BTreeMap<&str, &str> = products.iter().map(|product| (product.id.as_str(), product.name.as_str())).collect();
    let of_products = products.iter().map(|product| Indexed {
        title: product.name.clone(),
        detail: format!("v{}", product.version),
        href: format!("/apis/{}", product.id),
        operation: None,
    });
    let of_operations = operations.into_iter().filter_map(|it| {
        let name = names.get(it.product_id.as_str())?;
        Some(Indexed {
            title: if it.summary.is_empty() { format!("{} {}", it.method, it.path) } else { it.summary },
            detail: (*name).to_owned(),
            href: format!("/apis/{}/docs/{}", it.product_id, it.operation_id),
            operation: Some(IndexedOperation { method: it.method, path: it.path }),
        })
    });
    of_products.chain(of_operations).collect()
}
