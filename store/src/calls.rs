//! The log of calls, in blocks: some hundred calls of a partner are one row, compressed. A busy meter writes them in a fraction of the time
//! that a row for each would take, and a month of them takes a fraction of the space.

use crate::columns::Columns;
use crate::db::{Tx, cut, known, on_pool, on_tx};
use crate::ids::{first_id_at, id_at};
use crate::{Error, Result, Store, kept};
use chrono::{DateTime, TimeDelta, Utc};
use domain::key::Environment;
use domain::usage::{Call, CallFilter, Outcome, Source};
use sqlx::FromRow;
use std::collections::BTreeMap;
use std::time::Duration;
use uuid::Uuid;

/// The longest page of calls.
const LIMIT: i64 = 500;
/// Calls of a full block.
const FULL: usize = 1_000;
/// Blocks with fewer calls are put together once they are an hour old.
const SMALL: i64 = 500;
/// Blocks of one question.
const BLOCKS: i64 = 8;
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

fn lines(calls: &[&Call]) -> Result<Vec<u8>> {
    let bytes = kept::pack(calls.iter().copied()).map_err(|error| Error::corrupt("call_blocks", "lines", error.to_string()))?;
    Ok(lz4_flex::compress_prepend_size(&bytes))
}

/// Adds calls to the log. Nobody asks whether they are there already: the batch that they came in is written once.
pub(crate) async fn log(tx: &mut Tx, calls: &[&Call]) -> Result<()> {
    const INSERT: &str = "insert into call_blocks (partner_id, newest, id, oldest, calls, lines)";
    let mut of_partners: BTreeMap<Uuid, Vec<&Call>> = BTreeMap::new();
    calls.iter().for_each(|call| of_partners.entry(call.partner_id).or_default().push(call));
    of_partners.values_mut().for_each(|calls| calls.sort_unstable_by_key(|call| call.id));
    let blocks: Vec<&[&Call]> = of_partners.values().flat_map(|calls| calls.chunks(FULL)).collect();
    let lines = blocks.iter().map(|calls| lines(calls)).collect::<Result<Vec<_>>>()?;
    let (oldest, newest) = (|| blocks.iter().map(|calls| calls[0]), || blocks.iter().map(|calls| calls[calls.len() - 1]));
    let rows = Columns::default().uuids(newest().map(|call| call.partner_id)).uuids(newest().map(|call| call.id));
    let rows = rows.uuids(newest().map(|call| id_at(call.at))).uuids(oldest().map(|call| call.id));
    let rows =
        rows.numbers(blocks.iter().map(|calls| i64::try_from(calls.len()).unwrap_or(i64::MAX))).bytes(lines.iter().map(Vec::as_slice));
    rows.write(tx, INSERT, "").await
}

/// Takes calls out of blocks, newest first, as soon as no block that is still to come can have a newer one.
struct Page<'a> {
    filter: &'a CallFilter,
    waiting: BTreeMap<Uuid, Call>,
    found: Vec<Call>,
}

impl Page<'_> {
    fn limit(&self) -> usize {
        usize::try_from(self.filter.limit.clamp(1, LIMIT)).unwrap_or(0)
    }

    fn add(&mut self, block: &Block) -> Result<()> {
        self.take_after(block.newest);
        let filter = self.filter;
        let calls = block.calls()?.into_iter().filter(|call| matches(call, filter));
        self.waiting.extend(calls.map(|call| (call.id, call)));
        Ok(())
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
        self.found.len() >= self.limit()
    }
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
    /// Newest first; the next page begins before the last one's id.
    ///
    /// # Errors
    /// What the database said, or [`Error::Corrupt`].
    pub async fn calls(&self, partner: Uuid, filter: &CallFilter) -> Result<Vec<Call>> {
        let mut page = Page { filter, waiting: BTreeMap::new(), found: Vec::new() };
        let mut after = (Uuid::max(), Uuid::max());
        while !page.is_full() {
            let blocks = self.blocks(partner, filter, after).await?;
            for block in &blocks {
                page.add(block)?;
                after = (block.newest, block.id);
            }
            if blocks.is_empty() {
                page.take_after(Uuid::nil());
                break;
            }
        }
        Ok(page.found)
    }

    async fn blocks(&self, partner: Uuid, filter: &CallFilter, after: (Uuid, Uuid)) -> Result<Vec<Block>> {
        const SQL: &str = "select newest, id, lines from call_blocks where partner_id = $1 and (newest, id) < ($2, $3) \
             and oldest < $4 and newest >= $5 order by newest desc, id desc limit $6";
        let since = filter.from.map_or(Uuid::nil(), |from| first_id_at(from - SLACK));
        Ok(on_pool!(&self.db, |pool| {
            let query = sqlx::query_as(SQL).bind(partner).bind(after.0).bind(after.1);
            query.bind(filter.before.unwrap_or(Uuid::max())).bind(since).bind(BLOCKS).fetch_all(pool).await?
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
            log(&mut tx, &kept.iter().collect::<Vec<_>>()).await?;
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

    /// Packs the oldest small blocks of a partner; answers whether there may be more.
    async fn pack_partner(&self, partner: Uuid, ended: Uuid) -> Result<bool> {
        const OLDEST: &str = "delete from call_blocks where partner_id = $1 and id in \
             (select id from call_blocks where partner_id = $1 and newest < $2 and calls < $3 order by newest, id limit $4) \
             returning newest, id, lines";
        let mut tx = self.begin_turn(&format!("calls:{partner}")).await?;
        let blocks: Vec<Block> = on_tx!(tx, |conn| {
            let query = sqlx::query_as(OLDEST).bind(partner).bind(ended).bind(SMALL);
            query.bind(FULL as i64).fetch_all(conn).await?
        });
        if blocks.len() < 2 {
            return Ok(false);
        }
        let mut calls = Vec::new();
        for block in &blocks {
            calls.extend(block.calls()?);
        }
        log(&mut tx, &calls.iter().collect::<Vec<_>>()).await?;
        tx.commit().await?;
        Ok(blocks.len() == FULL)
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
            log(&mut tx, &calls.iter().collect::<Vec<_>>()).await?;
            tx.commit().await?;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kept::tests::call;

    #[test]
    fn a_block_of_an_earlier_version_is_read() {
        let calls = [call(), call()];
        for lines in [lines(&[&calls[0], &calls[1]]).unwrap(), lz4_flex::compress_prepend_size(&serde_json::to_vec(&calls).unwrap())] {
            let block = Block { newest: calls[1].id, id: calls[0].id, lines };
            assert_eq!(block.calls().unwrap(), calls);
        }
    }
}
