//! Publishing: a document becomes a revision, or is refused and says where.

use crate::db::{Tx, cut, on_pool, on_tx};
use crate::events::record;
use crate::ids::id_at;
use crate::revisions::{RevisionRow, columns};
use crate::secret::sha256_hex;
use crate::{Change, Error, Result, Store};
use chrono::{DateTime, Utc};
use domain::event::By;
use domain::product::{RefusedDocument, Revision, RevisionChange};
use serde_json::json;
use spec::diff::{ChangeKind, diff};
use spec::model::{Api, Operation};
use spec::parse::{Refusal, parse};
use sqlx::types::Json;
use sqlx::{FromRow, QueryBuilder};
use uuid::Uuid;

/// Operations of one statement; eight columns each.
const ROWS: usize = 1_000;

/// What became of a document.
#[derive(Debug, Clone)]
pub enum PublishOutcome {
    /// In force now.
    Accepted(Revision),
    /// The same text as the revision in force: nothing changed.
    Unchanged(Revision),
    /// Broken: the revision before stays in force.
    Refused(RefusedDocument),
    /// No product has this id.
    UnknownProduct,
}

/// What is in force when a document arrives.
#[derive(FromRow)]
struct InForce {
    name: String,
    revision_id: Option<Uuid>,
    number: Option<i64>,
    hash: Option<String>,
    document: Option<String>,
    refused: Option<Json<RefusedDocument>>,
}

/// A document that was read, and how it differs from the one in force.
struct Reading {
    api: Api,
    changes: Vec<RevisionChange>,
}

impl InForce {
    fn next_number(&self) -> i64 {
        self.number.unwrap_or(0) + 1
    }
}

impl Store {
    /// Parses, compares with the revision in force, and keeps the document; everything that is read from it changes with it.
    ///
    /// # Errors
    /// What the database said, or [`Error::Stopped`] where the reading ended early.
    pub async fn publish(&self, product: &str, document: &str, by: &By, now: DateTime<Utc>) -> Result<PublishOutcome> {
        let hash = sha256_hex(document);
        loop {
            let Some(in_force) = self.in_force(product).await? else { return Ok(PublishOutcome::UnknownProduct) };
            if in_force.hash.as_ref() == Some(&hash) {
                return self.keep(product, &in_force).await;
            }
            let reading = match read(document, in_force.document.clone()).await? {
                Ok(reading) => reading,
                Err(refusal) => return self.refuse(product, &in_force, &refusal, by, now).await,
            };
            let revision = Revision {
                id: id_at(now),
                product_id: product.to_owned(),
                number: in_force.next_number(),
                version: reading.api.version,
                hash: hash.clone(),
                operations: i64::try_from(reading.api.operations.len()).unwrap_or(i64::MAX),
                changes: reading.changes,
                created_at: cut(now),
                created_by: by.name.clone(),
            };
            if self.accept(&in_force, &revision, document, &reading.api.operations, by, now).await? {
                return Ok(PublishOutcome::Accepted(revision));
            }
        }
    }

    async fn in_force(&self, product: &str) -> Result<Option<InForce>> {
        const SQL: &str = "select p.name, p.revision_id, r.number, r.hash, r.document, p.refused from products p \
             left join revisions r on r.id = p.revision_id where p.id = $1";
        Ok(on_pool!(&self.db, |pool| sqlx::query_as(SQL).bind(product).fetch_optional(pool).await?))
    }

    /// False where another document came into force in the meantime, so that this one must be compared again.
    async fn accept(
        &self,
        before: &InForce,
        revision: &Revision,
        document: &str,
        operations: &[Operation],
        by: &By,
        now: DateTime<Utc>,
    ) -> Result<bool> {
        let product = revision.product_id.as_str();
        let mut tx = self.begin_turn(&format!("publish:{product}")).await?;
        if revision_of(&mut tx, product).await? != before.revision_id {
            return Ok(false);
        }
        insert(&mut tx, revision, document).await?;
        put_in_force(&mut tx, revision).await?;
        replace_operations(&mut tx, product, operations).await?;
        let breaking = revision.changes.iter().filter(|change| change.breaking).count();
        let detail = json!({ "product": product, "number": revision.number, "version": revision.version, "breaking": breaking });
        record(&mut tx, by, None, "product.published", &before.name, detail, now).await?;
        tx.announce(Change::Product(product.to_owned()));
        tx.commit().await?;
        Ok(true)
    }

    /// The text in force came again: an earlier refusal is settled by that.
    async fn keep(&self, product: &str, in_force: &InForce) -> Result<PublishOutcome> {
        const SQL: &str = concat!("select ", columns!(), " from revisions r where r.id = $1");
        let row: RevisionRow = on_pool!(&self.db, |pool| sqlx::query_as(SQL).bind(in_force.revision_id).fetch_one(pool).await?);
        if in_force.refused.is_some() {
            let mut tx = self.begin_write().await?;
            set_refused(&mut tx, product, None).await?;
            tx.announce(Change::Product(product.to_owned()));
            tx.commit().await?;
        }
        Ok(PublishOutcome::Unchanged(row.into()))
    }

    /// Notes why; the same refusal again, as a scheduled fetch finds it, makes no second event.
    async fn refuse(&self, product: &str, in_force: &InForce, why: &Refusal, by: &By, now: DateTime<Utc>) -> Result<PublishOutcome> {
        let refused = refused(why, in_force.next_number(), now);
        let known = |before: &Json<RefusedDocument>| (&before.pointer, &before.message) == (&refused.pointer, &refused.message);
        let mut tx = self.begin_write().await?;
        set_refused(&mut tx, product, Some(&refused)).await?;
        if !in_force.refused.as_ref().is_some_and(known) {
            let detail = json!({ "product": product, "pointer": refused.pointer, "message": refused.message });
            record(&mut tx, by, None, "product.refused", &in_force.name, detail, now).await?;
        }
        tx.announce(Change::Product(product.to_owned()));
        tx.commit().await?;
        Ok(PublishOutcome::Refused(refused))
    }
}

/// Reads a document on a thread of its own: large ones take seconds.
async fn read(document: &str, before: Option<String>) -> Result<Result<Reading, Refusal>> {
    let document = document.to_owned();
    let work = move || {
        let api = parse(&document)?;
        let changes = before.and_then(|text| parse(&text).ok()).map(|before| changes(&before, &api)).unwrap_or_default();
        Ok(Reading { api, changes })
    };
    tokio::task::spawn_blocking(work).await.map_err(|e| Error::Stopped(e.to_string()))
}

/// The changelog of one revision, as the product page shows it.
fn changes(before: &Api, after: &Api) -> Vec<RevisionChange> {
    let kind = |kind| match kind {
        ChangeKind::Added => "added",
        ChangeKind::Removed => "removed",
        ChangeKind::Deprecated => "deprecated",
        ChangeKind::Breaking | ChangeKind::Changed => "changed",
    };
    let change = |change: spec::diff::Change| RevisionChange {
        breaking: change.breaking,
        kind: kind(change.kind).to_owned(),
        operation: change.operation,
        summary: change.summary,
    };
    diff(before, after).into_iter().map(change).collect()
}

fn refused(refusal: &Refusal, number: i64, now: DateTime<Utc>) -> RefusedDocument {
    let first = refusal.problems.first();
    let line = first.and_then(|problem| problem.line).map(|line| format!("Line {line}: ")).unwrap_or_default();
    let message = first.map(|problem| problem.message.trim_end_matches('.')).unwrap_or_default();
    let more = match refusal.problems.len() {
        0 | 1 => String::new(),
        2 => " The document has one more problem.".to_owned(),
        many => format!(" The document has {} more problems.", many - 1),
    };
    RefusedDocument {
        at: cut(now),
        number,
        pointer: first.map(|problem| problem.pointer.clone()).unwrap_or_default(),
        message: format!("{line}{message}.{more}"),
    }
}

async fn revision_of(tx: &mut Tx, product: &str) -> Result<Option<Uuid>> {
    const SQL: &str = "select revision_id from products where id = $1";
    Ok(on_tx!(tx, |conn| sqlx::query_scalar(SQL).bind(product).fetch_one(conn).await?))
}

async fn insert(tx: &mut Tx, revision: &Revision, document: &str) -> Result<()> {
    const SQL: &str = "insert into revisions (id, product_id, number, version, hash, document, operations, changes, created_at, created_by) \
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)";
    on_tx!(tx, |conn| sqlx::query(SQL)
        .bind(revision.id)
        .bind(&revision.product_id)
        .bind(revision.number)
        .bind(&revision.version)
        .bind(&revision.hash)
        .bind(document)
        .bind(revision.operations)
        .bind(Json(&revision.changes))
        .bind(revision.created_at)
        .bind(&revision.created_by)
        .execute(conn)
        .await?
        .rows_affected());
    Ok(())
}

async fn put_in_force(tx: &mut Tx, revision: &Revision) -> Result<()> {
    const SQL: &str = "update products set revision_id = $2, version = $3, operations = $4, refused = null, updated_at = $5 where id = $1";
    on_tx!(tx, |conn| sqlx::query(SQL)
        .bind(&revision.product_id)
        .bind(revision.id)
        .bind(&revision.version)
        .bind(revision.operations)
        .bind(revision.created_at)
        .execute(conn)
        .await?
        .rows_affected());
    Ok(())
}

async fn set_refused(tx: &mut Tx, product: &str, refused: Option<&RefusedDocument>) -> Result<()> {
    const SQL: &str = "update products set refused = $2 where id = $1";
    on_tx!(tx, |conn| sqlx::query(SQL).bind(product).bind(refused.map(Json)).execute(conn).await?.rows_affected());
    Ok(())
}

async fn replace_operations(tx: &mut Tx, product: &str, operations: &[Operation]) -> Result<()> {
    const INSERT: &str = "insert into operations (product_id, operation_id, method, path, summary, tag, deprecated, position) ";
    on_tx!(tx, |conn| sqlx::query("delete from operations where product_id = $1").bind(product).execute(conn).await?.rows_affected());
    let rows: Vec<_> = (0_i64..).zip(operations).collect();
    for rows in rows.chunks(ROWS) {
        on_tx!(tx, |conn| {
            let mut query = QueryBuilder::new(INSERT);
            query.push_values(rows, |mut row, (position, operation)| {
                row.push_bind(product).push_bind(&operation.id).push_bind(operation.method.as_str()).push_bind(&operation.path);
                row.push_bind(&operation.summary).push_bind(&operation.tag).push_bind(operation.deprecated).push_bind(*position);
            });
            query.build().persistent(false).execute(conn).await?;
        });
    }
    Ok(())
}
