//! The log of calls, in blocks: some hundred calls of a partner are one row, compressed. A busy meter writes them in a fraction of the time
//! that a row for each would take, and a month of them takes a fraction of the space.

mod following;
mod old_rows;
mod packing;
mod searching;

use crate::columns::Columns;
use crate::db::{Tx, cut};
use crate::ids::{after, first_id_at, id_at};
use crate::kept::{self, Kept};
use crate::{Error, Result};
use chrono::TimeDelta;
use domain::usage::{Call, CallFilter};
pub use following::Followed;
pub use searching::Found;
use sqlx::FromRow;
use std::collections::BTreeMap;
use uuid::Uuid;

/// Calls of a full block.
const FULL: usize = 1_000;
/// The longest page of calls.
const LIMIT: i64 = 500;
/// Blocks of one question.
const BLOCKS: usize = 8;
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
    let operation = filter.operation.as_ref().map(|part| part.to_lowercase());
    let filter = CallFilter { operation, ..filter.clone() };
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
    let from = filter.from.map_or(Uuid::nil(), |from| first_id_at(from.checked_sub_signed(SLACK).unwrap_or(from)));
    from.max(filter.id.unwrap_or_default())
}

/// The first id behind all that a filter may let through.
fn until(filter: &CallFilter) -> Uuid {
    let before = filter.before.unwrap_or(Uuid::max());
    filter.id.map_or(before, |id| before.min(after(id)))
}

/// Whether a filter, whose operation is in lower case, lets a call through.
fn matches(call: &Call, filter: &CallFilter) -> bool {
    filter.before.is_none_or(|before| call.id < before)
        && filter.id.is_none_or(|id| call.id == id)
        && filter.environment.is_none_or(|environment| call.environment == environment)
        && filter.product_id.as_ref().is_none_or(|product| call.product_id == *product)
        && filter.key_id.is_none_or(|key| call.key_id == key)
        && filter.status_class.is_none_or(|class| i64::from(call.status / 100) == class)
        && filter.status.is_none_or(|status| call.status == status)
        && filter.operation.as_ref().is_none_or(|part| call.operation.to_lowercase().contains(part.as_str()))
        && filter.from.is_none_or(|from| call.at >= cut(from))
        && filter.to.is_none_or(|to| call.at < cut(to))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Store;
    use crate::kept::tests::call;

    pub(super) async fn store(folder: &std::path::Path) -> Store {
        Store::open(&format!("sqlite:{}", folder.join("portico.db").display())).await.unwrap()
    }

    /// Calls of one partner, a millisecond apart.
    pub(super) fn row(calls: i64) -> Vec<Call> {
        let first = call();
        let later = |n| first.at + TimeDelta::milliseconds(n);
        (0..calls).map(|n| Call { id: id_at(later(n)), at: later(n), ..first.clone() }).collect()
    }

    /// Writes calls as blocks of this many.
    pub(super) async fn write(store: &Store, calls: &[Call], each: usize) {
        let mut tx = store.begin_write().await.unwrap();
        for calls in calls.chunks(each) {
            log_calls(&mut tx, calls).await.unwrap();
        }
        tx.commit().await.unwrap();
    }

    #[test]
    fn a_filter_may_begin_whenever_it_likes() {
        let begins = |from| since(&CallFilter { from: Some(from), ..CallFilter::default() });
        let (first, last) = (chrono::DateTime::<chrono::Utc>::MIN_UTC, chrono::DateTime::<chrono::Utc>::MAX_UTC);
        assert!(begins(first) == Uuid::nil() && begins(call().at) > begins(first) && begins(last) > begins(call().at));
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
}
