//! The audit log: what happened, written in the transaction of the act.

use crate::db::{Tx, cut, known, on_pool, on_tx};
use crate::ids::id_at;
use crate::{Error, Result, Store};
use chrono::{DateTime, Utc};
use domain::event::{By, ByKind, Event};
use serde_json::Value;
use sqlx::types::Json;
use uuid::Uuid;

/// Writes down who did what, as part of the act: `record(&mut tx, by, Some(partner), "key.created", &prefix, json!({…}), now)`.
///
/// `detail` is a JSON object and never holds a secret.
pub(crate) async fn record(
    tx: &mut Tx,
    by: &By,
    partner: Option<Uuid>,
    kind: &str,
    subject: &str,
    detail: Value,
    now: DateTime<Utc>,
) -> Result<()> {
    const SQL: &str = "insert into events (id, at, by_kind, by_id, by_name, partner_id, kind, subject, detail)
        values ($1, $2, $3, $4, $5, $6, $7, $8, $9)";
    on_tx!(tx, |conn| sqlx::query(SQL)
        .bind(id_at(now))
        .bind(cut(now))
        .bind(by.kind.as_str())
        .bind(by.id)
        .bind(&by.name)
        .bind(partner)
        .bind(kind)
        .bind(subject)
        .bind(Json(detail))
        .execute(conn)
        .await?
        .rows_affected());
    Ok(())
}

impl Store {
    /// Newest first; of one partner, or of all. The next page begins before the last one's id.
    ///
    /// # Errors
    /// What the database said, or [`Error::Corrupt`].
    pub async fn events(&self, partner: Option<Uuid>, before: Option<Uuid>, limit: i64) -> Result<Vec<Event>> {
        const SQL: &str = "select id, at, by_kind, by_id, by_name, partner_id, kind, subject, detail from events
            where ($1 is null or partner_id = $1) and ($2 is null or id < $2)
            order by id desc limit $3";
        let rows: Vec<EventRow> =
            on_pool!(&self.db, |pool| sqlx::query_as(SQL).bind(partner).bind(before).bind(limit).fetch_all(pool).await?);
        rows.into_iter().map(Event::try_from).collect()
    }
}

#[derive(sqlx::FromRow)]
struct EventRow {
    id: Uuid,
    at: DateTime<Utc>,
    by_kind: String,
    by_id: Option<Uuid>,
    by_name: String,
    partner_id: Option<Uuid>,
    kind: String,
    subject: String,
    detail: Json<Value>,
}

impl TryFrom<EventRow> for Event {
    type Error = Error;

    fn try_from(row: EventRow) -> Result<Self> {
        let kind = known("events", "by_kind", &row.by_kind, ByKind::parse)?;
        Ok(Self {
            id: row.id,
            at: row.at,
            by: By { kind, id: row.by_id, name: row.by_name },
            partner_id: row.partner_id,
            kind: row.kind,
            subject: row.subject,
            detail: row.detail.0,
        })
    }
}
