//! Calls a second of each subscription, and of each test key: in memory, or with what the nodes of a fleet leased of it.

use super::pace::Paces;
use super::shards::Shards;
use domain::key::{Environment, Key};
use domain::rate::{Cell, Verdict};
use std::sync::Arc;
use std::time::{Duration, Instant};
use store::{Fleet, Store};
use uuid::Uuid;

/// After two seconds, in nanoseconds, a cell is what a new one is.
const FULL: u64 = 2_000_000_000;

/// Whose pace it is: the live keys of a partner share their plan's, a test key has its own.
#[derive(Debug, Clone, Copy)]
pub struct Pacer {
    pub partner: Uuid,
    /// The partner, or the test key.
    pub whose: Uuid,
}

impl Pacer {
    pub fn of(key: &Key) -> Self {
        let whose = if key.environment == Environment::Live { key.partner_id } else { key.id };
        Self { partner: key.partner_id, whose }
    }
}

/// The limiter of everybody. A node alone, or one that Redis is away from, decides by itself.
pub struct Rates {
    cells: Cells,
    shared: Option<(Paces, Arc<Fleet>)>,
}

impl Rates {
    pub fn new(store: Store) -> Self {
        let fleet = store.fleet().cloned();
        Self { cells: Cells::default(), shared: fleet.map(|fleet| (Paces::new(store), fleet)) }
    }

    /// Decides one call on a product at `now`.
    pub async fn take(&self, pacer: Pacer, product: &str, per_second: i64, now: Instant) -> Verdict {
        let per_second = u64::try_from(per_second).unwrap_or(1).max(1);
        let Some((shared, fleet)) = &self.shared else { return self.cells.take(pacer.whose, product, per_second, now) };
        match Box::pin(shared.take(pacer, product, per_second, now)).await {
            Some(verdict) => verdict,
            None => self.cells.take(pacer.whose, product, fleet.allowance().of(per_second), now),
        }
    }
}

/// The cells of everybody who called lately.
pub struct Cells {
    start: Instant,
    /// Each with when it was last used.
    cells: Shards<(Cell, u64)>,
}

impl Default for Cells {
    fn default() -> Self {
        Self { start: Instant::now(), cells: Shards::default() }
    }
}

impl Cells {
    /// Decides one call at `now`.
    pub fn take(&self, whose: Uuid, product: &str, per_second: u64, now: Instant) -> Verdict {
        let now = u64::try_from(now.saturating_duration_since(self.start).as_nanos()).unwrap_or(u64::MAX);
        let lasts = |(_, used): &(Cell, u64)| now.saturating_sub(*used) < FULL;
        self.cells.with(whose, product, lasts, Default::default, |(cell, used)| {
            *used = now;
            cell.take(now, per_second)
        })
    }
}

/// Whole seconds, rounded up.
pub fn seconds(duration: Duration) -> u64 {
    duration.as_secs() + u64::from(duration.subsec_nanos() > 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn everybody_has_a_pace_of_their_own_on_each_product() {
        let rates = Cells::default();
        let now = Instant::now();
        let [one, other] = [Uuid::from_u128(1), Uuid::from_u128(2)];
        let allowed = |key, product| (0..5).filter(|_| rates.take(key, product, 2, now).allowed).count();
        assert_eq!([allowed(one, "a"), allowed(one, "b"), allowed(other, "a"), allowed(one, "a")], [2, 2, 2, 0]);
    }

    #[test]
    fn seconds_round_up() {
        assert_eq!([0, 1, 1_000, 1_001].map(|ms| seconds(Duration::from_millis(ms))), [0, 1, 1, 2]);
    }
}
