//! Calls of the running month for each partner and product: reserved before a call, kept once it counts.

use chrono::{DateTime, Utc};
use domain::period::Period;
use std::collections::HashMap;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use store::Store;
use tokio::sync::OnceCell;
use uuid::Uuid;

/// So many counters that those of past months are worth looking for.
const CROWDED: usize = 10_000;

type Counters = HashMap<(Uuid, String, DateTime<Utc>), Arc<Counter>>;

/// The counters of this process, each begun at what the meter had when it was first asked for.
pub struct Quotas {
    store: Store,
    counters: Mutex<Counters>,
}

#[derive(Default)]
struct Counter {
    /// Calls that count, and calls under way that may.
    used: OnceCell<AtomicI64>,
}

/// One call's share of the quota; dropping it gives the share back.
pub struct Reservation {
    counter: Arc<Counter>,
    kept: bool,
    /// Calls left after this one, where there is a quota.
    pub remaining: Option<i64>,
}

impl Quotas {
    pub fn new(store: Store) -> Self {
        Self { store, counters: Mutex::default() }
    }

    /// Reserves one call; `None` where the quota is used up. Exact under concurrency: of any number at once, as many get one as are left.
    ///
    /// # Errors
    /// What the database said, where a counter begins.
    pub async fn reserve(&self, partner: Uuid, product: &str, quota: Option<i64>, at: DateTime<Utc>) -> store::Result<Option<Reservation>> {
        let period = Period::month_of(at);
        let counter = self.counter(partner, product, period);
        let begin = || async { self.store.billable_calls(partner, product, period).await.map(AtomicI64::new) };
        let used = counter.used.get_or_try_init(begin).await?;
        let more = |used: i64| quota.is_none_or(|quota| used < quota).then_some(used + 1);
        let Ok(before) = used.fetch_update(Ordering::AcqRel, Ordering::Acquire, more) else { return Ok(None) };
        let remaining = quota.map(|quota| quota - before - 1);
        Ok(Some(Reservation { counter: Arc::clone(&counter), kept: false, remaining }))
    }

    fn counter(&self, partner: Uuid, product: &str, period: Period) -> Arc<Counter> {
        let mut counters = self.counters.lock().unwrap_or_else(PoisonError::into_inner);
        if counters.len() >= CROWDED {
            counters.retain(|(_, _, start), _| *start >= period.start);
        }
        Arc::clone(counters.entry((partner, product.to_owned(), period.start)).or_default())
    }
}

impl Reservation {
    /// The call counts.
    pub fn keep(mut self) {
        self.kept = true;
    }
}

impl Drop for Reservation {
    fn drop(&mut self) {
        if let (false, Some(used)) = (self.kept, self.counter.used.get()) {
            used.fetch_sub(1, Ordering::AcqRel);
        }
    }
}
