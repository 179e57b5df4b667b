//! Until when every call is in SQL, so that a bill misses none: what waits in Redis, and what waits in the spool of any node.

use super::{Fleet, complain};
use crate::db::{cut, on_pool, on_tx};
use crate::{Error, Result, Store};
use chrono::{DateTime, TimeDelta, Utc};
use std::time::Duration;

/// How often a node says what its spool holds.
const REPORT: Duration = Duration::from_secs(30);
/// Days after which a spool that nobody sees any more holds up no bill.
pub(crate) const SILENT_DAYS: i64 = 2;
/// How long a node that stops waits for what it spooled to come into SQL; whoever leads does that twice a second.
const LAST: Duration = Duration::from_secs(2);

impl Fleet {
    /// When the oldest call was made that waits in Redis.
    async fn oldest_waiting(&self) -> Result<Option<DateTime<Utc>>> {
        let mut oldest = None;
        for partner in self.waiting_partners().await? {
            let mut cursor = Some(0);
            while let Some(from) = cursor {
                let waiting = self.waiting(partner, from).await?;
                let calls = waiting.batches.iter().flat_map(|batch| batch.calls.iter().map(|call| call.at));
                oldest = calls.chain(oldest).min();
                cursor = waiting.next;
            }
        }
        Ok(oldest)
    }
}

impl Store {
    /// Brings calls that wait into SQL, as far as this node can, and answers as [`Store::settled_until`].
    ///
    /// # Errors
    /// As [`Store::roll_up`] and [`Store::settled_until`].
    pub async fn settle_calls(&self, now: DateTime<Utc>) -> Result<DateTime<Utc>> {
        self.roll_up(now).await?;
        self.settled_until(now).await
    }

    /// The moment before which every call is in SQL, as far as nodes are known: those that were seen within two days.
    ///
    /// # Errors
    /// What Redis, the database or the file system said: then nobody knows.
    pub async fn settled_until(&self, now: DateTime<Utc>) -> Result<DateTime<Utc>> {
        let oldest = match (&self.fleet, &self.journal) {
            (Some(fleet), _) => {
                self.report_spool(fleet, now).await?;
                // Redis last: what left a spool since then is in SQL.
                let spooled = self.oldest_spooled(now).await?;
                spooled.into_iter().chain(fleet.oldest_waiting().await?).min()
            }
            (None, Some(journal)) => journal.waiting_since().await?,
            (None, None) => None,
        };
        Ok(oldest.map_or(now, |oldest| oldest.min(now)))
    }

    /// What nodes said last. Of what came into a spool since then nobody knows.
    async fn oldest_spooled(&self, now: DateTime<Utc>) -> Result<Option<DateTime<Utc>>> {
        const SQL: &str = "select seen_at, oldest from spools where seen_at > $1";
        let since = cut(now - TimeDelta::days(SILENT_DAYS));
        let rows: Vec<(DateTime<Utc>, Option<DateTime<Utc>>)> =
            on_pool!(&self.db, |pool| sqlx::query_as(SQL).bind(since).fetch_all(pool).await?);
        Ok(rows.into_iter().map(|(seen, oldest)| oldest.map_or(seen, |oldest| oldest.min(seen))).min())
    }

    /// Says for the other nodes what this one's spool holds: in SQL, which is there while Redis is away.
    async fn report_spool(&self, fleet: &Fleet, now: DateTime<Utc>) -> Result<()> {
        const SQL: &str = "insert into spools (id, seen_at, oldest) values ($1, $2, $3) \
             on conflict (id) do update set seen_at = excluded.seen_at, oldest = excluded.oldest";
        let id = fleet.spool.id().await.map_err(Error::Spool)?;
        let oldest = fleet.spooled_since().await?.map(cut);
        let mut tx = self.begin_write().await?;
        on_tx!(tx, |conn| sqlx::query(SQL).bind(id).bind(cut(now)).bind(oldest).execute(conn).await?.rows_affected());
        tx.commit().await
    }

    pub(super) async fn keep_reporting(&self, fleet: &Fleet) {
        loop {
            complain("what the spool holds", self.report_spool(fleet, Utc::now()).await);
            tokio::time::sleep(REPORT).await;
        }
    }

    /// A node that stops with nothing in its spool is waited for by nobody.
    pub(super) async fn leave(&self, fleet: &Fleet) -> Result<()> {
        const SQL: &str = "delete from spools where id = $1";
        if !matches!(tokio::time::timeout(LAST, self.empty_spool()).await, Ok(Ok(()))) {
            return Ok(());
        }
        let id = fleet.spool.id().await.map_err(Error::Spool)?;
        let mut tx = self.begin_write().await?;
        on_tx!(tx, |conn| sqlx::query(SQL).bind(id).execute(conn).await?.rows_affected());
        tx.commit().await
    }

    async fn empty_spool(&self) -> Result<()> {
        loop {
            self.roll_up(Utc::now()).await?;
            // The last file goes with the round after the one that wrote its calls.
            if self.replay().await? == 0 && self.spooled_bytes().await? == 0 {
                return Ok(());
            }
            tokio::time::sleep(super::ROLL_UP).await;
        }
    }
}
