//! Keeping the log small: what is too old goes, and small blocks are put together.

use super::{Block, FULL, log_calls};
use crate::db::{on_pool, on_tx};
use crate::ids::first_id_at;
use crate::{Result, Store};
use chrono::{DateTime, TimeDelta, Utc};
use domain::usage::Call;
use uuid::Uuid;

/// Blocks with fewer calls are put together: those of the index `call_blocks_small`.
const SMALL: i64 = 500;
/// They are put together this long after their newest call: by then no follower of the log looks at them any more.
const ENDED: TimeDelta = TimeDelta::minutes(15);
/// Calls that are put together in one transaction: others who write wait for it, and it holds them in memory.
const PACKED: i64 = 20_000;

/// The blocks with fewer than [`SMALL`] calls, in the words of their index: no database looks for it with a number that is bound.
macro_rules! small {
    () => {
        "calls < 500"
    };
}

/// The partners with small blocks that can be put together.
const SMALL_ONES: &str =
    concat!("select partner_id from call_blocks where newest < $1 and ", small!(), " group by partner_id having count(*) > 1");

/// Takes the oldest small blocks of a partner.
const OLDEST: &str = concat!(
    "delete from call_blocks where partner_id = $1 and (newest, id) in (select newest, id from (\
     select newest, id, sum(calls) over (order by newest, id) as together from (\
     select newest, id, calls from call_blocks where partner_id = $1 and newest < $2 and ",
    small!(),
    " order by newest, id limit $3) as small) as oldest where together <= $4) returning newest, id, lines"
);

impl Store {
    /// Calls go by their ids, which are in the order of time: those up to this millisecond.
    pub(crate) async fn prune_calls(&self, before: DateTime<Utc>) -> Result<()> {
        const WHOLE: &str = "delete from call_blocks where partner_id in (select id from partners) and newest < $1";
        const PARTLY: &str = "delete from call_blocks where partner_id in (select id from partners) and newest >= $1 and oldest < $1 \
             returning newest, id, lines";
        let first = first_id_at(before + TimeDelta::milliseconds(1));
        let mut tx = self.begin_write().await?;
        on_tx!(tx, |conn| sqlx::query(WHOLE).bind(first).execute(conn).await?.rows_affected());
        let parts: Vec<Block> = on_tx!(tx, |conn| sqlx::query_as(PARTLY).bind(first).fetch_all(conn).await?);
        for block in parts {
            let kept: Vec<Call> = block.calls()?.into_iter().filter(|call| call.id >= first).collect();
            log_calls(&mut tx, &kept).await?;
        }
        tx.commit().await
    }

    /// Puts small blocks together that ended a quarter of an hour ago, as many as make full ones.
    ///
    /// # Errors
    /// What the database said, or [`crate::Error::Corrupt`]; what was not packed is packed the next time.
    pub async fn pack_calls(&self, now: DateTime<Utc>) -> Result<()> {
        let ended = first_id_at(now - ENDED);
        let partners: Vec<Uuid> = on_pool!(&self.db, |pool| sqlx::query_scalar(SMALL_ONES).bind(ended).fetch_all(pool).await?);
        for partner in partners {
            while self.pack_partner(partner, ended).await? {}
        }
        Ok(())
    }

    /// Packs the oldest small blocks of a partner, as many as [`PACKED`] allows; answers whether there may be more.
    async fn pack_partner(&self, partner: Uuid, ended: Uuid) -> Result<bool> {
        let mut tx = self.begin_turn(&format!("calls:{partner}")).await?;
        let blocks: Vec<Block> = on_tx!(tx, |conn| {
            let query = sqlx::query_as(OLDEST).bind(partner).bind(ended);
            query.bind(FULL as i64).bind(PACKED).fetch_all(conn).await?
        });
        if blocks.len() < 2 {
            return Ok(false);
        }
        let mut calls = Vec::new();
        for block in &blocks {
            calls.extend(block.calls()?);
        }
        log_calls(&mut tx, &calls).await?;
        tx.commit().await?;
        Ok(blocks.len() == FULL || calls.len() as i64 > PACKED - SMALL)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Error;
    use crate::calls::tests::{row, store, write};
    use sqlx::Row;

    async fn sizes(store: &Store) -> Vec<i64> {
        on_pool!(&store.db, |pool| sqlx::query_scalar("select calls from call_blocks order by newest")
            .fetch_all(pool)
            .await
            .map_err(Error::from))
        .unwrap()
    }

    #[tokio::test]
    async fn one_transaction_puts_no_more_together_than_it_may_hold() {
        let folder = tempfile::tempdir().unwrap();
        let store = store(folder.path()).await;
        let calls = row(22_500);
        write(&store, &calls, 450).await;
        let ended = first_id_at(calls[0].at + TimeDelta::days(1));
        assert!(store.pack_partner(calls[0].partner_id, ended).await.unwrap());
        assert_eq!(sizes(&store).await, [[1_000; 19].as_slice(), &[800], &[450; 6]].concat());
        assert!(!store.pack_partner(calls[0].partner_id, ended).await.unwrap());
        assert_eq!(sizes(&store).await, [[1_000; 19].as_slice(), &[800, 1_000, 1_000, 700]].concat());
    }

    #[tokio::test]
    async fn blocks_are_put_together_once_nobody_follows_them() {
        let folder = tempfile::tempdir().unwrap();
        let store = store(folder.path()).await;
        let calls = row(600);
        write(&store, &calls, 2).await;
        for (minutes, blocks) in [(10, 300), (14, 300), (16, 1)] {
            store.pack_calls(calls[0].at + TimeDelta::minutes(minutes)).await.unwrap();
            assert_eq!(sizes(&store).await.len(), blocks, "{minutes} minutes later");
        }
    }

    #[tokio::test]
    async fn small_blocks_are_found_by_their_index() {
        let folder = tempfile::tempdir().unwrap();
        let store = store(folder.path()).await;
        for sql in [SMALL_ONES, OLDEST] {
            let mut tx = store.begin_write().await.unwrap();
            let crate::db::Open::Sqlite(open) = &mut tx.open else { panic!() };
            // What is not bound is null.
            let explained = sqlx::AssertSqlSafe(format!("explain query plan {sql}"));
            let plan = sqlx::query(explained).fetch_all(&mut **open).await.unwrap();
            let plan: Vec<String> = plan.iter().map(|row| row.get("detail")).collect();
            assert!(plan.iter().any(|line| line.contains("call_blocks_small")), "{plan:?}");
        }
    }
}
