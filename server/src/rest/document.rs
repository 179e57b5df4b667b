//! `PUT /api/v1/products/{id}/document`: publishes a document from CI.

use super::token::Publisher;
use crate::problem::{BAD_REQUEST, NOT_FOUND, Problem, UNPROCESSABLE};
use axum::Json;
use axum::body::Bytes;
use axum::extract::rejection::BytesRejection;
use axum::extract::{Path, State};
use domain::product::{Revision, RevisionChange};
use serde::Serialize;
use store::{PublishOutcome, Store};

/// What is in force now.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Published {
    product_id: String,
    /// Of the revision: 1, 2, 3 …
    number: i64,
    version: String,
    operations: i64,
    /// False where the same text was in force already.
    changed: bool,
    changes: Vec<RevisionChange>,
}

/// Publishes the body, OpenAPI in YAML or JSON.
///
/// # Errors
/// 422 with the place in the document; the revision before stays in force.
pub async fn publish(
    publisher: Publisher,
    State(store): State<Store>,
    Path(product): Path<String>,
    body: Result<Bytes, BytesRejection>,
) -> Result<Json<Published>, Problem> {
    let body = body.map_err(|error| Problem::unread(&error, super::LARGEST_BODY))?;
    let unknown = || Problem::new(&NOT_FOUND, format!("There is no product `{product}`. An admin makes it first, under Products."));
    // PostgreSQL does not even look for a text with a NUL.
    if product.contains(char::is_control) {
        return Err(unknown());
    }
    let text = std::str::from_utf8(&body).map_err(|_| Problem::new(&BAD_REQUEST, "Send the document as UTF-8 text."))?;
    match store.publish(&product, text, &publisher.by(), chrono::Utc::now()).await? {
        PublishOutcome::Accepted(revision) => Ok(Json(in_force(revision, true))),
        PublishOutcome::Unchanged(revision) => Ok(Json(in_force(revision, false))),
        PublishOutcome::Refused(refused) => Err(Problem::new(&UNPROCESSABLE, refused.message).with("pointer", refused.pointer)),
        PublishOutcome::UnknownProduct => Err(unknown()),
    }
}

fn in_force(revision: Revision, changed: bool) -> Published {
    Published {
        product_id: revision.product_id,
        number: revision.number,
        version: revision.version,
        operations: revision.operations,
        changed,
        changes: if changed { revision.changes } else { Vec::new() },
    }
}
