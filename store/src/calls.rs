//! The log of calls, in blocks: some hundred calls of a partner are one row, compressed. A busy meter writes them in a fraction of the time
//! that a row for each would take, and a month of them takes a fraction of the space.

use crate::columns::Columns;
use crate::db::{Tx, cut, known, on_pool, on_tx};
use crate::ids::{after, first_id_at, id_at, made_at};
use crate::kept::{self, Kept};
use crate::{Error, Result, Store};
use chrono::{DateTime, TimeDelta, Utc};
use domain::key::Environment;
use domain::usage::{Call, CallFilter, Outcome, Rest, Source};
use sqlx::{FromRow, QueryBuilder};
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;
use uuid::Uuid;

/// The longest page of calls.
const LIMIT: i64 = 500;
/// Calls of a full block.
const FULL: usize = 1_000;
/// Blocks with fewer calls are put together once they are an hour old.
const SMALL: i64 = 500;
/// Blocks of one question.
const BLOCKS: usize = 8;
/// Calls that are put together in one transaction: others who write wait for it, and it holds them in memory.
const PACKED: i64 = 20_000;
/// How much of the log one search reads: about a quarter of a second's work.
const SEARCHED: Searched = Searched { blocks: 1_000, calls: 100_000 };
/// An id may be this much older than the moment of its call.
const SLACK: TimeDelta = TimeDelta::seconds(1);

#[derive(FromRow)]
struct Block {
    newest: Uuid,
    id: Uuid,
    lines: Vec<u8>,
}

impl Block {
    fn calls(&self) -> Result<Vec<Call>> {
        let corrupt = |detail: String| Error::corrupt("call_blocks", "lines", detail);
        let bytes = lz4_flex::decompress_size_prepended(&self.lines).map_err(|error| corrupt(error.to_string()))?;
        if bytes.first() != Some(&b'[') {
            return kept::unpack(&bytes).map_err(|error| corrupt(error.to_string()));
        }
        // An earlier version wrote JSON.
        let mut calls: Vec<Call> = serde_json::from_slice(&bytes).map_err(|error| corrupt(error.to_string()))?;
        calls.iter_mut().for_each(|call| call.at = cut(call.at));
        Ok(calls)
    }
}

fn lines(calls: &[&Kept<'_>]) -> Result<Vec<u8>> {
    let bytes = kept::pack(calls.iter().copied()).map_err(|error| Error::corrupt("call_blocks", "lines", error.to_string()))?;
    Ok(lz4_flex::compress_prepend_size(&bytes))
}

/// Adds calls to the log. Nobody asks whether they are there already: the batch that they came in is written once.
pub(crate) async fn log(tx: &mut Tx, calls: &[&Kept<'_>]) -> Result<()> {
    const INSERT: &str = "insert into call_blocks (partner_id, newest, id, oldest, calls, lines)";
    let mut of_partners: BTreeMap<Uuid, Vec<&Kept<'_>>> = BTreeMap::new();
    calls.iter().for_each(|call| of_partners.entry(call.partner_id).or_default().push(call));
    of_partners.values_mut().for_each(|calls| calls.sort_unstable_by_key(|call| call.id));
    let blocks: Vec<&[&Kept<'_>]> = of_partners.values().flat_map(|calls| calls.chunks(FULL)).collect();
    let lines = blocks.iter().map(|calls| lines(calls)).collect::<Result<Vec<_>>>()?;
    let (oldest, newest) = (|| blocks.iter().map(|calls| calls[0]), || blocks.iter().map(|calls| calls[calls.len() - 1]));
    let rows = Columns::default().uuids(newest().map(|call| call.partner_id)).uuids(newest().map(|call| call.id));
    let rows = rows.uuids(newest().map(|call| id_at(call.at()))).uuids(oldest().map(|call| call.id));
    let rows =
        rows.numbers(blocks.iter().map(|calls| i64::try_from(calls.len()).unwrap_or(i64::MAX))).bytes(lines.iter().map(Vec::as_slice));
    rows.write(tx, INSERT, "").await
}

async fn log_calls(tx: &mut Tx, calls: &[Call]) -> Result<()> {
    let calls: Vec<_> = calls.iter().map(Kept::from).collect();
    log(tx, &calls.iter().collect::<Vec<_>>()).await
}

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
}

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

/// A block's calls that a filter lets through.
struct Read {
    newest: Uuid,
    id: Uuid,
    /// Calls of the block.
    calls: usize,
    matching: Vec<Call>,
}

/// Unpacks blocks where nobody waits for the thread.
async fn read(blocks: Vec<Block>, filter: &CallFilter) -> Result<Vec<Read>> {
    let filter = filter.clone();
    let work = move || {
        let read = |block: Block| {
            let (newest, id, mut matching) = (block.newest, block.id, block.calls()?);
            let calls = matching.len();
            matching.retain(|call| matches(call, &filter));
            Ok(Read { newest, id, calls, matching })
        };
        blocks.into_iter().map(read).collect()
    };
    tokio::task::spawn_blocking(work).await.map_err(|error| Error::Stopped(error.to_string()))?
}

/// Takes calls out of blocks, newest first, as soon as no block that is still to come can have a newer one.
struct Page {
    limit: usize,
    waiting: BTreeMap<Uuid, Call>,
    found: Vec<Call>,
}

impl Page {
    fn of(filter: &CallFilter) -> Self {
        let limit = usize::try_from(filter.limit.clamp(1, LIMIT)).unwrap_or(0);
        Self { limit, waiting: BTreeMap::new(), found: Vec::new() }
    }

    fn add(&mut self, read: Read) {
        self.take_after(read.newest);
        self.waiting.extend(read.matching.into_iter().map(|call| (call.id, call)));
    }

    fn take_after(&mut self, id: Uuid) {
        while !self.is_full()
            && let Some(newest) = self.waiting.last_entry()
            && *newest.key() > id
        {
            self.found.push(newest.remove());
        }
    }

    fn is_full(&self) -> bool {
        self.found.len() >= self.limit
    }

    /// The log has nothing else.
    fn end(mut self) -> Vec<Call> {
        self.take_after(Uuid::nil());
        self.found
    }
}

/// The first id that a filter may let through.
fn since(filter: &CallFilter) -> Uuid {
    filter.from.map_or(Uuid::nil(), |from| first_id_at(from - SLACK))
}

fn matches(call: &Call, filter: &CallFilter) -> bool {
    filter.before.is_none_or(|before| call.id < before)
        && filter.environment.is_none_or(|environment| call.environment == environment)
        && filter.product_id.as_ref().is_none_or(|product| call.product_id == *product)
        && filter.key_id.is_none_or(|key| call.key_id == key)
        && filter.status_class.is_none_or(|class| i64::from(call.status / 100) == class)
        && filter.operation.as_ref().is_none_or(|operation| call.operation == *operation)
        && filter.from.is_none_or(|from| call.at >= cut(from))
        && filter.to.is_none_or(|to| call.at < cut(to))
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
    /// What the database said, or [`Error::Corrupt`].
    pub async fn search_calls(&self, partner: Uuid, filter: &CallFilter) -> Result<Found> {
        self.search(partner, filter, SEARCHED).await
    }

    async fn search(&self, partner: Uuid, filter: &CallFilter, most: Searched) -> Result<Found> {
        let (mut page, mut searched) = (Page::of(filter), Searched::default());
        let before = filter.before.unwrap_or(Uuid::max());
        let mut last = (Uuid::max(), Uuid::max());
        while !page.is_full() {
            if searched.reaches(most) {
                page.take_after(last.0);
                let rest = (!page.is_full()).then(|| Rest { since: made_at(last.0).unwrap_or_default(), before: after(last.0) });
                return Ok(Found { calls: page.found, rest });
            }
            let blocks = self.blocks(partner, filter, last).await?;
            if blocks.is_empty() {
                return Ok(Found { calls: page.end(), rest: None });
            }
            for read in read(blocks, filter).await? {
                last = (read.newest, read.id);
                // What reaches beyond the beginning was read by the search before: each gets further than that one.
                if read.newest < before {
                    searched.add(read.calls);
                }
                page.add(read);
            }
        }
        Ok(Found { calls: page.found, rest: None })
    }

    async fn blocks(&self, partner: Uuid, filter: &CallFilter, after: (Uuid, Uuid)) -> Result<Vec<Block>> {
        const SQL: &str = "select newest, id, lines from call_blocks where partner_id = $1 and (newest, id) < ($2, $3) \
             and oldest < $4 and newest >= $5 order by newest desc, id desc limit $6";
        Ok(on_pool!(&self.db, |pool| {
            let query = sqlx::query_as(SQL).bind(partner).bind(after.0).bind(after.1);
            query.bind(filter.before.unwrap_or(Uuid::max())).bind(since(filter)).bind(BLOCKS as i64).fetch_all(pool).await?
        }))
    }

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
    /// What the database said, or [`Error::Corrupt`]; then nothing counts as read.
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

    /// Puts small blocks together that ended an hour ago, as many as make full ones.
    ///
    /// # Errors
    /// What the database said, or [`Error::Corrupt`]; what was not packed is packed the next time.
    pub async fn pack_calls(&self, now: DateTime<Utc>) -> Result<()> {
        const SMALL_ONES: &str =
            "select partner_id from call_blocks where newest < $1 and calls < $2 group by partner_id having count(*) > 1";
        let ended = first_id_at(now - TimeDelta::hours(1));
        let partners: Vec<Uuid> = on_pool!(&self.db, |pool| sqlx::query_scalar(SMALL_ONES).bind(ended).bind(SMALL).fetch_all(pool).await?);
        for partner in partners {
            while self.pack_partner(partner, ended).await? {}
        }
        Ok(())
    }

    /// Packs the oldest small blocks of a partner, as many as [`PACKED`] allows; answers whether there may be more.
    async fn pack_partner(&self, partner: Uuid, ended: Uuid) -> Result<bool> {
        const OLDEST: &str = "delete from call_blocks where partner_id = $1 and id in (select id from (\
             select id, sum(calls) over (order by newest, id) as together from (\
             select newest, id, calls from call_blocks where partner_id = $1 and newest < $2 and calls < $3 order by newest, id limit $4\
             ) as small) as oldest where together <= $5) returning newest, id, lines";
        let mut tx = self.begin_turn(&format!("calls:{partner}")).await?;
        let blocks: Vec<Block> = on_tx!(tx, |conn| {
            let query = sqlx::query_as(OLDEST).bind(partner).bind(ended).bind(SMALL);
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

/// What the log was before it had blocks.
#[derive(FromRow)]
struct OldRow {
    id: Uuid,
    at: DateTime<Utc>,
    partner_id: Uuid,
    product_id: String,
    key_id: Uuid,
    environment: String,
    source: String,
    method: String,
    path: String,
    operation: String,
    status: i64,
    outcome: String,
    latency_us: i64,
    bytes_in: i64,
    bytes_out: i64,
}

impl TryFrom<OldRow> for Call {
    type Error = Error;

    fn try_from(row: OldRow) -> Result<Self> {
        Ok(Self {
            id: row.id,
            at: row.at,
            partner_id: row.partner_id,
            product_id: row.product_id,
            key_id: row.key_id,
            environment: known("calls", "environment", &row.environment, Environment::parse)?,
            source: known("calls", "source", &row.source, Source::parse)?,
            method: row.method,
            path: row.path,
            operation: row.operation,
            status: row.status.try_into().unwrap_or_default(),
            outcome: known("calls", "outcome", &row.outcome, Outcome::parse)?,
            latency: Duration::from_micros(row.latency_us.unsigned_abs()),
            bytes_in: row.bytes_in.unsigned_abs(),
            bytes_out: row.bytes_out.unsigned_abs(),
        })
    }
}

impl Store {
    /// Packs what an older version wrote, a row for each call, into blocks. Stopped at any line it goes on with the next start.
    pub(crate) async fn pack_old_rows(&self) -> Result<()> {
        const OLDEST: &str = "delete from calls where (partner_id, id) in (select partner_id, id from calls order by partner_id, id limit $1) \
             returning *";
        loop {
            let mut tx = self.begin_turn("calls").await?;
            let rows: Vec<OldRow> = on_tx!(tx, |conn| sqlx::query_as(OLDEST).bind(10 * FULL as i64).fetch_all(conn).await?);
            if rows.is_empty() {
                return Ok(());
            }
            let calls: Vec<Call> = rows.into_iter().map(Call::try_from).collect::<Result<_>>()?;
            log_calls(&mut tx, &calls).await?;
            tx.commit().await?;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kept::tests::call;

    async fn store(folder: &std::path::Path) -> Store {
        Store::open(&format!("sqlite:{}", folder.join("portico.db").display())).await.unwrap()
    }

    /// Calls of one partner, a millisecond apart.
    fn row(calls: i64) -> Vec<Call> {
        let first = call();
        let later = |n| first.at + TimeDelta::milliseconds(n);
        (0..calls).map(|n| Call { id: id_at(later(n)), at: later(n), ..first.clone() }).collect()
    }

    /// Writes calls as blocks of this many.
    async fn write(store: &Store, calls: &[Call], each: usize) {
        let mut tx = store.begin_write().await.unwrap();
        for calls in calls.chunks(each) {
            log_calls(&mut tx, calls).await.unwrap();
        }
        tx.commit().await.unwrap();
    }

    async fn sizes(store: &Store) -> Vec<i64> {
        on_pool!(&store.db, |pool| sqlx::query_scalar("select calls from call_blocks order by newest")
            .fetch_all(pool)
            .await
            .map_err(Error::from))
        .unwrap()
    }

    #[test]
    fn a_block_of_an_earlier_version_is_read() {
        let calls = [call(), call()];
        let kept = calls.each_ref().map(Kept::from);
        for lines in [lines(&kept.each_ref()).unwrap(), lz4_flex::compress_prepend_size(&serde_json::to_vec(&calls).unwrap())] {
            let block = Block { newest: calls[1].id, id: calls[0].id, lines };
            assert_eq!(block.calls().unwrap(), calls);
        }
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
