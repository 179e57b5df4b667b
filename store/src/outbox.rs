//! Mails: written with the act that causes them, sent afterwards.

use crate::db::{Tx, cut, on_pool, on_tx};
use crate::ids::id_at;
use crate::letters::Letter;
use crate::{Result, Store};
use chrono::{DateTime, TimeDelta, Utc};
use domain::mail::Mail;
use uuid::Uuid;

/// Puts a letter into the outbox as part of the act that causes it.
pub(crate) async fn post(tx: &mut Tx, to: &str, letter: &Letter, now: DateTime<Utc>) -> Result<()> {
    const SQL: &str = "insert into outbox (id, at, recipient, subject, body) values ($1, $2, $3, $4, $5)";
    on_tx!(tx, |conn| sqlx::query(SQL)
        .bind(id_at(now))
        .bind(cut(now))
        .bind(to)
        .bind(&letter.subject)
        .bind(&letter.body)
        .execute(conn)
        .await?
        .rows_affected());
    Ok(())
}

impl Store {
    /// Newest first.
    ///
    /// # Errors
    /// What the database said.
    pub async fn outbox(&self, limit: i64) -> Result<Vec<Mail>> {
        const SQL: &str = "select id, at, recipient, subject, body, sent_at from outbox order by id desc limit $1";
        let rows: Vec<MailRow> = on_pool!(&self.db, |pool| sqlx::query_as(SQL).bind(limit).fetch_all(pool).await?);
        Ok(rows.into_iter().map(Mail::from).collect())
    }

    /// What waits to be sent, oldest first.
    ///
    /// # Errors
    /// What the database said.
    pub async fn unsent(&self, limit: i64) -> Result<Vec<Mail>> {
        const SQL: &str = "select id, at, recipient, subject, body, sent_at from outbox where sent_at is null order by id limit $1";
        let rows: Vec<MailRow> = on_pool!(&self.db, |pool| sqlx::query_as(SQL).bind(limit).fetch_all(pool).await?);
        Ok(rows.into_iter().map(Mail::from).collect())
    }

    /// Takes mails that wait, oldest first, for five minutes: whoever asks meanwhile gets others. One that nobody noted as sent by
    /// then is there again, twenty times at most and for a day: what its link was for is over then.
    ///
    /// # Errors
    /// What the database said.
    pub async fn claim_mails(&self, limit: i64, now: DateTime<Utc>) -> Result<Vec<Mail>> {
        // The outer condition is looked at again by a transaction that had to wait for another.
        const SQL: &str = "update outbox set claimed_at = $1, tries = tries + 1 where id in (select id from outbox \
             where sent_at is null and at > $3 and tries < 20 and (claimed_at is null or claimed_at <= $2) order by id limit $4) \
             and sent_at is null and (claimed_at is null or claimed_at <= $2) \
             returning id, at, recipient, subject, body, sent_at";
        if self.unsent(1).await?.is_empty() {
            return Ok(Vec::new());
        }
        let (now, free, fresh) = (cut(now), cut(now - TimeDelta::minutes(5)), cut(now - TimeDelta::days(1)));
        let mut tx = self.begin_write().await?;
        let mut rows: Vec<MailRow> =
            on_tx!(tx, |conn| sqlx::query_as(SQL).bind(now).bind(free).bind(fresh).bind(limit).fetch_all(conn).await?);
        tx.commit().await?;
        rows.sort_by_key(|row| row.id);
        Ok(rows.into_iter().map(Mail::from).collect())
    }

    /// Remembers that a mail left; the first time counts.
    ///
    /// # Errors
    /// What the database said.
    pub async fn note_sent(&self, id: Uuid, now: DateTime<Utc>) -> Result<()> {
        const SQL: &str = "update outbox set sent_at = $2 where id = $1 and sent_at is null";
        let mut tx = self.begin_write().await?;
        on_tx!(tx, |conn| sqlx::query(SQL).bind(id).bind(cut(now)).execute(conn).await?.rows_affected());
        tx.commit().await
    }
}

#[derive(sqlx::FromRow)]
struct MailRow {
    id: Uuid,
    at: DateTime<Utc>,
    recipient: String,
    subject: String,
    body: String,
    sent_at: Option<DateTime<Utc>>,
}

impl From<MailRow> for Mail {
    fn from(row: MailRow) -> Self {
        Self { id: row.id, at: row.at, to: row.recipient, subject: row.subject, body: row.body, sent_at: row.sent_at }
    }
}
