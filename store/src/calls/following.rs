//! Following the log: each call that comes into it is told once.

use super::{BLOCKS, Block, Page, read, since};
use crate::db::on_pool;
use crate::{Result, Store};
use domain::usage::{Call, CallFilter};
use sqlx::QueryBuilder;
use std::collections::BTreeSet;
use uuid::Uuid;

/// Where somebody who follows a partner's log is.
#[derive(Debug, Clone, Default)]
pub struct Followed {
    /// Older ids are not looked for; never goes back, whatever the clock does.
    since: Uuid,
    /// The newest ids of the blocks that were read. A block that is written anew because its oldest calls are forgotten keeps its newest,
    /// and only those older than what is followed are put together.
    blocks: BTreeSet<Uuid>,
}

impl Followed {
    /// What came after this call was not read yet.
    pub fn until(&mut self, last: Uuid) {
        self.blocks.retain(|newest| *newest <= last);
    }
}

impl Store {
    /// Where a follower of the log begins: everything that is in it now, from the filter's beginning on, counts as read.
    ///
    /// # Errors
    /// What the database said.
    pub async fn follow_calls(&self, partner: Uuid, filter: &CallFilter) -> Result<Followed> {
        let since = since(filter);
        Ok(Followed { since, blocks: self.newest_of_blocks(partner, since).await?.into_iter().collect() })
    }

    /// The calls that a filter lets through of blocks that were not read yet, newest first, and of many the newest. Each is told once,
    /// however late its block is written, and no block is unpacked twice.
    ///
    /// # Errors
    /// What the database said, or [`crate::Error::Corrupt`]; then nothing counts as read.
    pub async fn new_calls(&self, partner: Uuid, filter: &CallFilter, followed: &mut Followed) -> Result<Vec<Call>> {
        let since = since(filter).max(followed.since);
        let blocks = self.newest_of_blocks(partner, since).await?;
        let fresh: Vec<Uuid> = blocks.iter().copied().filter(|newest| !followed.blocks.contains(newest)).collect();
        let mut page = Page::of(filter);
        for newest in fresh.chunks(BLOCKS) {
            if page.is_full() {
                break;
            }
            for read in read(self.blocks_of(partner, newest).await?, filter).await? {
                page.add(read);
            }
        }
        *followed = Followed { since, blocks: blocks.into_iter().collect() };
        Ok(page.end())
    }

    /// The newest ids of blocks, newest first: the table's key has them, so that no block is looked at.
    async fn newest_of_blocks(&self, partner: Uuid, since: Uuid) -> Result<Vec<Uuid>> {
        const SQL: &str = "select newest from call_blocks where partner_id = $1 and newest >= $2 order by newest desc";
        Ok(on_pool!(&self.db, |pool| sqlx::query_scalar(SQL).bind(partner).bind(since).fetch_all(pool).await?))
    }

    async fn blocks_of(&self, partner: Uuid, newest: &[Uuid]) -> Result<Vec<Block>> {
        Ok(on_pool!(&self.db, |pool| {
            let mut query = QueryBuilder::new("select newest, id, lines from call_blocks where partner_id = ");
            query.push_bind(partner).push(" and newest in (");
            let mut list = query.separated(", ");
            for newest in newest {
                list.push_bind(*newest);
            }
            query.push(") order by newest desc, id desc").build_query_as().persistent(false).fetch_all(pool).await?
        }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Error;
    use crate::calls::tests::{row, store, write};

    #[tokio::test]
    async fn a_follower_unpacks_no_block_twice() {
        let folder = tempfile::tempdir().unwrap();
        let store = store(folder.path()).await;
        let calls = row(10);
        let partner = calls[0].partner_id;
        let filter = CallFilter { from: Some(calls[0].at), limit: 200, ..CallFilter::default() };
        write(&store, &calls[..4], 2).await;
        let mut followed = store.follow_calls(partner, &filter).await.unwrap();
        on_pool!(&store.db, |pool| sqlx::query("update call_blocks set lines = x'00'").execute(pool).await.map_err(Error::from).map(drop))
            .unwrap();
        write(&store, &calls[4..], 3).await;
        let newest_first = |calls: &[Call]| calls.iter().rev().cloned().collect::<Vec<_>>();
        assert_eq!(store.new_calls(partner, &filter, &mut followed).await.unwrap(), newest_first(&calls[4..]));
        assert_eq!(store.new_calls(partner, &filter, &mut followed).await.unwrap(), []);
        assert!(store.calls(partner, &filter).await.is_err(), "what was read cannot be read again");
    }
}
