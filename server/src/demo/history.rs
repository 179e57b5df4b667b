//! Two months as they went by: calls day by day through the meter, and a bill at the end of each month.

use super::DemoError;
use super::dice::Dice;
use super::traffic::{History, Stream, midnight};
use chrono::{DateTime, TimeDelta, Utc};
use domain::event::By;
use domain::period::Period;
use store::Store;

/// Any number does; this one gives every demo the same noise.
const SEED: u64 = 0x9a7c_e1a1;

/// Records the calls of all streams up to `history.now`, and closes each month once it is over.
pub async fn play(store: &Store, streams: &[Stream], history: &History) -> Result<(), DemoError> {
    let mut dice = Dice::new(SEED);
    let mut day = history.start;
    while day <= history.now {
        record(store, streams, day, history, &mut dice).await?;
        let next = midnight(day + TimeDelta::days(1));
        let month = Period::month_of(day);
        if next == month.end && next <= history.now {
            close(store, month, history.now).await?;
        }
        day = next;
    }
    Ok(())
}

/// One day of every stream as one batch of the meter.
async fn record(store: &Store, streams: &[Stream], day: DateTime<Utc>, history: &History, dice: &mut Dice) -> Result<(), DemoError> {
    let mut calls: Vec<_> = streams.iter().flat_map(|stream| stream.day(day, history, dice)).collect();
    calls.sort_by_key(|call| (call.at, call.id));
    let at = calls.last().map_or(day, |call| call.at);
    let batch = dice.id_at(at.timestamp_millis().unsigned_abs());
    Ok(store.record_batch(batch, &calls, at).await?)
}

/// Bills a month in its first night and marks the bills as paid in the morning after; the newest small one stays open.
async fn close(store: &Store, month: Period, now: DateTime<Utc>) -> Result<(), DemoError> {
    let newest = month.next().contains(now);
    let mut invoices = store.close_period(month, (month.end + TimeDelta::hours(2)).min(now)).await?;
    invoices.retain(|invoice| invoice.total_minor > 0);
    invoices.sort_by_key(|invoice| invoice.total_minor);
    for invoice in invoices.iter().skip(usize::from(newest)) {
        store.mark_paid(invoice.id, &By::system(), (month.end + TimeDelta::hours(9)).min(now)).await?;
    }
    Ok(())
}
