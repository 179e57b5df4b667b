//! Calls of the running month for each partner and product: reserved before a call, kept once the meter has it.

use super::leases::{Lease, Leases};
use chrono::{DateTime, Utc};
use dashmap::DashMap;
use domain::period::Period;
use foldhash::fast::RandomState;
use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use store::Store;
use tokio::sync::OnceCell;
use uuid::Uuid;

/// So many counters that those of past months are worth looking for.
const CROWDED: usize = 10_000;

type Counters = DashMap<(Uuid, String, DateTime<Utc>), Arc<Counter>, RandomState>;

/// The counters of this process, each begun at what the meter had when it was first asked for, and raised by what other gateways report;
/// in a fleet, leases of what all nodes share.
pub struct Quotas {
    store: Store,
    counters: Counters,
    leases: Option<Arc<Leases>>,
}

#[derive(Default)]
struct Counter {
    count: OnceCell<Count>,
}

struct Count {
    /// Calls that count, and calls under way that may.
    used: AtomicI64,
    /// As many of them were reported by other gateways.
    reported: AtomicI64,
}

impl Count {
    fn begin((used, reported): (i64, i64)) -> Self {
        Self { used: used.into(), reported: reported.into() }
    }

    /// The database has this many reports, which only become more: whoever reads them how often and in which order, each counts once.
    fn raise(&self, reported: i64) {
        let known = self.reported.fetch_max(reported, Ordering::AcqRel);
        self.used.fetch_add((reported - known).max(0), Ordering::AcqRel);
    }
}

/// One call's share of the quota; dropping it gives the share back.
pub struct Reservation {
    share: Share,
    end: End,
    /// Calls left after this one, where there is a quota.
    pub remaining: Option<i64>,
}

/// How a reservation ends.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum End {
    GivenBack,
    Kept,
    Forfeited,
}

enum Share {
    /// Nothing is counted: no quota, and nobody who would have to know.
    Free,
    /// Of a counter of this process.
    Counted(Arc<Counter>),
    /// Of what this node leased from the fleet.
    Leased(Arc<Lease>),
    /// Taken while Redis was away.
    Alone(Arc<Lease>),
}

impl Quotas {
    pub fn new(store: Store) -> Self {
        let leases = store.fleet().is_some().then(|| Leases::start(store.clone()));
        Self { store, counters: Counters::default(), leases }
    }

    /// Reserves one call; `None` where the quota is used up. Exact under concurrency: of any number at once, as many get one as are left.
    ///
    /// # Errors
    /// What the database said, where a counter begins.
    pub async fn reserve(&self, partner: Uuid, product: &str, quota: Option<i64>, at: DateTime<Utc>) -> store::Result<Option<Reservation>> {
        match (&self.leases, quota) {
            (None, quota) => self.count(partner, product, quota, at).await,
            (Some(_), None) => Ok(Some(Reservation { share: Share::Free, end: End::GivenBack, remaining: None })),
            (Some(leases), Some(quota)) => Box::pin(leases.reserve(partner, product, quota, at)).await,
        }
    }

    async fn count(&self, partner: Uuid, product: &str, quota: Option<i64>, at: DateTime<Utc>) -> store::Result<Option<Reservation>> {
        let period = Period::month_of(at);
        let counter = self.counter(partner, product, period);
        let used = match counter.count.get() {
            Some(count) => &count.used,
            // In a box: few calls wait for the database, and each would carry its future.
            None => &Box::pin(self.begun(&counter, partner, product, period)).await?.used,
        };
        let more = |used: i64| quota.is_none_or(|quota| used < quota).then_some(used + 1);
        let Ok(before) = used.fetch_update(Ordering::AcqRel, Ordering::Acquire, more) else { return Ok(None) };
        let remaining = quota.map(|quota| quota - before - 1);
        Ok(Some(Reservation { share: Share::Counted(Arc::clone(&counter)), end: End::GivenBack, remaining }))
    }

    async fn begun<'c>(&self, counter: &'c Counter, partner: Uuid, product: &str, period: Period) -> store::Result<&'c Count> {
        let begin = || async { self.store.billable_and_reported(partner, product, period).await.map(Count::begin) };
        counter.count.get_or_try_init(begin).await
    }

    /// Other gateways reported calls of these partners and products, which the database has: their counters hear of them. One that begins
    /// later begins at them.
    pub async fn reported(&self, of: &BTreeSet<(Uuid, String)>) {
        // A call that began in the month before may be under way.
        let running = Period::month_of(Utc::now());
        for (partner, product) in of {
            for month in [running, running.previous()] {
                let heard = match &self.leases {
                    Some(_) => self.store.raise_settled(*partner, product, month).await,
                    None => self.reread(*partner, product, month).await,
                };
                if let Err(error) = heard {
                    tracing::warn!(%error, %partner, product, "reported calls are not in the quota before the next report");
                }
            }
        }
    }

    /// A counter that just begins is waited for: it may have been read before the report.
    async fn reread(&self, partner: Uuid, product: &str, period: Period) -> store::Result<()> {
        let counter = self.counters.get(&(partner, product.to_owned(), period.start)).map(|counter| Arc::clone(&*counter));
        let Some(counter) = counter else { return Ok(()) };
        let count = self.begun(&counter, partner, product, period).await?;
        count.raise(self.store.billable_and_reported(partner, product, period).await?.1);
        Ok(())
    }

    fn counter(&self, partner: Uuid, product: &str, period: Period) -> Arc<Counter> {
        let key = (partner, product.to_owned(), period.start);
        if let Some(counter) = self.counters.get(&key) {
            return Arc::clone(&counter);
        }
        if self.counters.len() >= CROWDED {
            self.counters.retain(|(_, _, start), _| *start >= period.start);
        }
        Arc::clone(&self.counters.entry(key).or_default())
    }
}

impl Reservation {
    pub(super) fn leased(lease: &Arc<Lease>, remaining: i64) -> Self {
        Self { share: Share::Leased(Arc::clone(lease)), end: End::GivenBack, remaining: Some(remaining) }
    }

    pub(super) fn alone(lease: &Arc<Lease>, remaining: i64) -> Self {
        Self { share: Share::Alone(Arc::clone(lease)), end: End::GivenBack, remaining: Some(remaining) }
    }

    /// The call counts, and the meter has it.
    pub fn keep(mut self) {
        self.end = End::Kept;
    }

    /// The client left: the call does not count, and its share is gone all the same.
    pub fn forfeit(mut self) {
        self.end = End::Forfeited;
    }
}

impl Drop for Reservation {
    fn drop(&mut self) {
        match &self.share {
            Share::Free => {}
            Share::Counted(counter) => {
                if let (End::GivenBack, Some(count)) = (self.end, counter.count.get()) {
                    count.used.fetch_sub(1, Ordering::AcqRel);
                }
            }
            Share::Leased(lease) => lease.end_leased(self.end),
            Share::Alone(lease) => lease.end_alone(self.end),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reports_count_once_in_whatever_order_they_are_read() {
        let count = Count::begin((10, 4));
        for reported in [4, 7, 5, 7, 9, 2] {
            count.raise(reported);
        }
        assert_eq!(count.used.into_inner(), 15);
    }
}
