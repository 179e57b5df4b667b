//! How long things are kept.

use crate::db::{Tx, cut, on_pool, on_tx};
use crate::fleet::SILENT_DAYS;
use crate::{Change, Result, Store, events};
use chrono::{DateTime, TimeDelta, Utc};
use domain::event::By;
use domain::report::LATE_DAYS;
use domain::settings::Retention;
use serde_json::json;
use uuid::Uuid;

/// Ids that are forgotten in one transaction: a busy portal's are millions, and others write in between.
const STEP: i64 = 10_000;

/// Forgets at most [`STEP`] ids of batches, oldest first.
const BATCHES: &str = "delete from meter_batches where id in (select id from meter_batches where at <= $1 order by at limit $2)";
/// As [`BATCHES`], of reported events.
const EVENTS: &str = "delete from usage_events where id in (select id from usage_events where at <= $1 order by at limit $2)";

/// What is forgotten by age alone, and is never much: the statement, and the days.
fn aged(keep: &Retention) -> [(&'static str, i64); 6] {
    [
        ("delete from sessions where expires_at <= $1", 0),
        (
            "update sessions set address = '', user_agent = '' where last_seen_at <= $1 and (address <> '' or user_agent <> '')",
            keep.addresses,
        ),
        ("delete from outbox where at <= $1", keep.addresses),
        ("delete from links where expires_at <= $1", 0),
        ("delete from attempts where window_start <= $1", 1),
        ("delete from spools where seen_at <= $1", SILENT_DAYS),
    ]
}

/// Days an unconfirmed claim on a confirmed address stays.
const CLAIM_DAYS: i64 = 7;

/// What a forgotten claim's own partner takes with it, children first.
const PARTNER_ROWS: [&str; 8] = [
    "delete from call_blocks where partner_id = $1",
    "delete from closings where partner_id = $1",
    "delete from subscriptions where partner_id = $1",
    "delete from product_partners where partner_id = $1",
    "delete from links where partner_id = $1",
    "update sessions set partner_id = null where partner_id = $1",
    "delete from memberships where partner_id = $1",
    "delete from partners where id = $1",
];

/// What a forgotten person takes with them, children first.
const PERSON_ROWS: [&str; 4] = [
    "delete from links where person_id = $1",
    "delete from sessions where person_id = $1",
    "delete from memberships where person_id = $1",
    "delete from people where id = $1",
];

impl Store {
    /// Forgets what has outlived its use: sessions, links, attempts, unconfirmed claims on a confirmed address after 7 days, event ids
    /// after 35, batch ids once nobody can send their batch again (after 35 days too, but on SQLite alone), and calls, addresses and mails
    /// after as long as `keep` says.
    ///
    /// # Errors
    /// What the database said, or the file system of the calls that wait.
    pub async fn prune(&self, now: DateTime<Utc>, keep: &Retention) -> Result<()> {
        // One transaction each, so that sign-ins and the meter get their turn in between.
        for (sql, days) in aged(keep) {
            let before = cut(now - TimeDelta::days(days));
            let mut tx = self.begin_write().await?;
            on_tx!(tx, |conn| sqlx::query(sql).bind(before).execute(conn).await?.rows_affected());
            tx.commit().await?;
        }
        self.forget_ids(BATCHES, self.batches_known_since(now).await?).await?;
        self.forget_ids(EVENTS, now - TimeDelta::days(LATE_DAYS)).await?;
        self.prune_calls(now - TimeDelta::days(keep.calls)).await?;
        for (person, email) in self.lost_claims(now).await? {
            self.forget_claim(person, &email, now).await?;
        }
        Ok(())
    }

    /// A transaction for each step, so that the meter does not wait for all of them.
    async fn forget_ids(&self, sql: &'static str, before: DateTime<Utc>) -> Result<()> {
        while self.forget_some_ids(sql, before).await? == STEP.unsigned_abs() {}
        Ok(())
    }

    /// Returns how many.
    async fn forget_some_ids(&self, sql: &'static str, before: DateTime<Utc>) -> Result<u64> {
        let mut tx = self.begin_write().await?;
        let gone = on_tx!(tx, |conn| sqlx::query(sql).bind(cut(before)).bind(STEP).execute(conn).await?.rows_affected());
        tx.commit().await?;
        Ok(gone)
    }

    /// Claims that can never be confirmed any more, of partners that were never billed.
    async fn lost_claims(&self, now: DateTime<Utc>) -> Result<Vec<(Uuid, String)>> {
        const SQL: &str = "select claim.id, claim.email from people claim
            where claim.verified_at is null and claim.created_at <= $1
            and exists (select 1 from people holder where holder.email = claim.email and holder.verified_at is not null)
            and not exists (select 1 from memberships m join invoices i on i.partner_id = m.partner_id where m.person_id = claim.id)";
        let before = cut(now - TimeDelta::days(CLAIM_DAYS));
        Ok(on_pool!(&self.db, |pool| sqlx::query_as(SQL).bind(before).fetch_all(pool).await?))
    }

    async fn forget_claim(&self, person: Uuid, email: &str, now: DateTime<Utc>) -> Result<()> {
        const ALONE: &str = "select m.partner_id from memberships m where m.person_id = $1
            and not exists (select 1 from memberships o where o.partner_id = m.partner_id and o.person_id <> $1)";
        let mut tx = self.begin_write().await?;
        let partners: Vec<Uuid> = on_tx!(tx, |conn| sqlx::query_scalar(ALONE).bind(person).fetch_all(conn).await?);
        for partner in partners {
            forget_partner(&mut tx, partner).await?;
        }
        for sql in PERSON_ROWS {
            on_tx!(tx, |conn| sqlx::query(sql).bind(person).execute(conn).await?.rows_affected());
        }
        events::record(&mut tx, &By::system(), None, "person.claim_forgotten", email, json!({}), now).await?;
        tx.commit().await
    }
}

async fn forget_partner(tx: &mut Tx, partner: Uuid) -> Result<()> {
    const KEYS: &str = "delete from keys where partner_id = $1 returning prefix";
    let prefixes: Vec<String> = on_tx!(tx, |conn| sqlx::query_scalar(KEYS).bind(partner).fetch_all(conn).await?);
    prefixes.into_iter().for_each(|prefix| tx.announce(Change::Key(prefix)));
    for sql in PARTNER_ROWS {
        on_tx!(tx, |conn| sqlx::query(sql).bind(partner).execute(conn).await?.rows_affected());
    }
    tx.announce(Change::Partner(partner));
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Batch, PasswordCost};
    use sqlx::Row;

    #[tokio::test]
    async fn ids_are_found_by_their_time_and_forgotten_in_steps() {
        let folder = tempfile::tempdir().unwrap();
        let url = format!("sqlite:{}", folder.path().join("portico.db").display());
        let store = Store::open_with(&url, PasswordCost::Cheap).await.unwrap();
        let now = Utc::now();
        let step = u64::try_from(STEP).unwrap();
        let batches: Vec<_> = (0..=step).map(|_| Batch { id: Uuid::now_v7(), calls: [].into() }).collect();
        store.record_batches(&batches, now).await.unwrap();
        assert_eq!(store.forget_some_ids(BATCHES, now - TimeDelta::seconds(1)).await.unwrap(), 0);
        for sql in [BATCHES, EVENTS] {
            let mut tx = store.begin_write().await.unwrap();
            let crate::db::Open::Sqlite(open) = &mut tx.open else { panic!() };
            let explained = sqlx::AssertSqlSafe(format!("explain query plan {sql}"));
            let plan = sqlx::query(explained).bind(now).bind(STEP).fetch_all(&mut **open).await.unwrap();
            let plan: Vec<String> = plan.iter().map(|row| row.get("detail")).collect();
            assert!(plan.iter().any(|line| line.contains("_at (at<?)")), "{plan:?}");
        }
        assert_eq!(store.forget_some_ids(BATCHES, now).await.unwrap(), step);
        store.forget_ids(BATCHES, now).await.unwrap();
        assert!(store.written_batches(&batches.iter().map(|batch| batch.id).collect()).await.unwrap().is_empty());
    }
}
