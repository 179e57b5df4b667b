//! Searching the log: a page of the calls that a filter lets through, newest first.

use super::{BLOCKS, Block, FULL, Page, read, since, until};
use crate::db::on_pool;
use crate::ids::{after, made_at};
use crate::{Result, Store};
use domain::usage::{Call, CallFilter, Rest};
use uuid::Uuid;

/// How much of the log one search reads: about a quarter of a second's work. It is the calls that end it: a busy partner's newest blocks
/// are not put together yet, and there may be thousands of a few calls each.
const SEARCHED: Searched = Searched { blocks: 10_000, calls: 100_000 };
/// Blocks of one question where the ones before were small.
const SMALL_BLOCKS: usize = 64;

/// What a search found, newest first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    pub calls: Vec<Call>,
    /// What was not searched, where there may be more.
    pub rest: Option<Rest>,
}

/// How much of the log was read, or may be.
#[derive(Debug, Clone, Copy, Default)]
struct Searched {
    blocks: usize,
    calls: usize,
}

impl Searched {
    fn add(&mut self, calls: usize) {
        self.blocks += 1;
        self.calls += calls;
    }

    fn reaches(self, most: Self) -> bool {
        self.blocks >= most.blocks || self.calls >= most.calls
    }

    /// Blocks of the next question, where the one before brought so many calls.
    fn next(self, most: Self, brought: usize) -> usize {
        let next = if brought < FULL { SMALL_BLOCKS } else { BLOCKS };
        next.min(most.blocks - self.blocks)
    }
}

impl Store {
    /// Newest first; the next page begins before the last one's id. [`Store::search_calls`] says whether these are all.
    ///
    /// # Errors
    /// As [`Store::search_calls`].
    pub async fn calls(&self, partner: Uuid, filter: &CallFilter) -> Result<Vec<Call>> {
        Ok(self.search_calls(partner, filter).await?.calls)
    }

    /// The newest calls that a filter lets through, as far as one search reads.
    ///
    /// # Errors
    /// What the database said, or [`crate::Error::Corrupt`].
    pub async fn search_calls(&self, partner: Uuid, filter: &CallFilter) -> Result<Found> {
        self.search(partner, filter, SEARCHED).await
    }

    async fn search(&self, partner: Uuid, filter: &CallFilter, most: Searched) -> Result<Found> {
        let (mut page, mut searched) = (Page::of(filter), Searched::default());
        let end = until(filter);
        let (mut last, mut brought) = ((Uuid::max(), Uuid::max()), FULL);
        while !page.is_full() {
            if searched.reaches(most) {
                page.take_after(last.0);
                let rest = (!page.is_full()).then(|| Rest { since: made_at(last.0).unwrap_or_default(), before: after(last.0) });
                return Ok(Found { calls: page.found, rest });
            }
            let blocks = self.blocks(partner, filter, last, searched.next(most, brought)).await?;
            if blocks.is_empty() {
                return Ok(Found { calls: page.end(), rest: None });
            }
            brought = 0;
            for read in read(blocks, filter).await? {
                last = (read.newest, read.id);
                brought += read.calls;
                // What reaches beyond the beginning was read by the search before: each gets further than that one.
                if read.newest < end {
                    searched.add(read.calls);
                }
                page.add(read);
            }
        }
        Ok(Found { calls: page.found, rest: None })
    }

    async fn blocks(&self, partner: Uuid, filter: &CallFilter, after: (Uuid, Uuid), limit: usize) -> Result<Vec<Block>> {
        const SQL: &str = "select newest, id, lines from call_blocks where partner_id = $1 and (newest, id) < ($2, $3) \
             and oldest < $4 and newest >= $5 order by newest desc, id desc limit $6";
        Ok(on_pool!(&self.db, |pool| {
            let query = sqlx::query_as(SQL).bind(partner).bind(after.0).bind(after.1);
            query.bind(until(filter)).bind(since(filter)).bind(limit as i64).fetch_all(pool).await?
        }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Error;
    use crate::calls::tests::{row, store, write};

    #[tokio::test]
    async fn a_search_ends_and_the_next_goes_on_where_it_was() {
        let folder = tempfile::tempdir().unwrap();
        let store = store(folder.path()).await;
        let calls = row(100);
        // Blocks of two calls far apart, so that each lies across all others.
        let crossing: Vec<Call> = (0..50).flat_map(|n| [calls[n].clone(), calls[n + 50].clone()]).collect();
        write(&store, &crossing, 2).await;
        let partner = calls[0].partner_id;
        let (mut found, mut searches, mut before) = (Vec::new(), 0, None);
        loop {
            let filter = CallFilter { before, limit: 500, ..CallFilter::default() };
            let Found { calls, rest } = store.search(partner, &filter, Searched { blocks: 10, calls: 1_000 }).await.unwrap();
            found.extend(calls);
            searches += 1;
            before = rest.map(|rest| rest.before);
            if rest.is_none() {
                break;
            }
        }
        let newest_first: Vec<Call> = calls.iter().rev().cloned().collect();
        assert!(found == newest_first && searches > 2, "{} in {searches}", found.len());
    }

    #[tokio::test]
    async fn many_small_blocks_end_no_search() {
        let folder = tempfile::tempdir().unwrap();
        let store = store(folder.path()).await;
        let mut calls = row(1_500);
        calls[0].operation = "trackShipment".to_owned();
        write(&store, &calls, 1).await;
        let filter = CallFilter { operation: Some("track".to_owned()), limit: 10, ..CallFilter::default() };
        let found = store.search_calls(calls[0].partner_id, &filter).await.unwrap();
        assert_eq!(found, Found { calls: vec![calls[0].clone()], rest: None });
    }

    #[tokio::test]
    async fn an_id_finds_its_call_and_reads_no_block_without_it() {
        let folder = tempfile::tempdir().unwrap();
        let store = store(folder.path()).await;
        let calls = row(30);
        write(&store, &calls[..10], 10).await;
        on_pool!(&store.db, |pool| sqlx::query("update call_blocks set lines = x'00'").execute(pool).await.map_err(Error::from).map(drop))
            .unwrap();
        write(&store, &calls[10..], 10).await;
        let asked = async |id: Uuid| {
            let filter = CallFilter { id: Some(id), limit: 10, ..CallFilter::default() };
            store.search_calls(calls[0].partner_id, &filter).await
        };
        for call in [&calls[10], &calls[15], &calls[19], &calls[29]] {
            assert_eq!(asked(call.id).await.unwrap(), Found { calls: vec![call.clone()], rest: None });
        }
        assert_eq!(asked(after(calls[15].id)).await.unwrap(), Found { calls: Vec::new(), rest: None });
        assert_eq!(asked(Uuid::max()).await.unwrap(), Found { calls: Vec::new(), rest: None });
        assert!(asked(calls[5].id).await.is_err(), "its block cannot be read");
    }

    #[tokio::test]
    async fn an_operation_is_found_by_a_part_of_its_id() {
        let folder = tempfile::tempdir().unwrap();
        let store = store(folder.path()).await;
        let mut calls = row(2);
        calls[1].operation = "trackShipment".to_owned();
        write(&store, &calls, 2).await;
        let found = async |part: &str| {
            let filter = CallFilter { operation: Some(part.to_owned()), limit: 10, ..CallFilter::default() };
            store.calls(calls[0].partner_id, &filter).await.unwrap().len()
        };
        assert_eq!([found("ship").await, found("TRACKshipment").await, found("shipments").await], [1, 1, 0]);
    }
}
