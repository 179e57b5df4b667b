//! A pace over all nodes: leased a few calls at a time from the fleet, handed out here without a round trip of their own.
//!
//! A node leases a twentieth of a second's calls, so in any second at most that many more a node are let through than by one limiter.

use super::rate::Pacer;
use super::shards::Shards;
use domain::rate::Verdict;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};
use store::{Pace, PaceAsked, Store};
use uuid::Uuid;

/// Leased calls are good for the second that they were leased in.
const GOOD: Duration = Duration::from_secs(1);
/// Leases of a second, for keys that call without a pause.
const LEASES: u64 = 20;

/// What this node holds of the paces of the keys that were used lately.
pub struct Paces {
    store: Store,
    leased: Shards<Arc<Leased>>,
}

/// One partner's or test key's on one product.
struct Leased {
    hand: Mutex<Hand>,
    /// Whoever finds nothing at hand asks for all that wait.
    turn: tokio::sync::Mutex<()>,
}

/// The last lease.
struct Hand {
    calls: u64,
    at: Instant,
    pace: Pace,
}

impl Paces {
    pub fn new(store: Store) -> Self {
        Self { store, leased: Shards::default() }
    }

    /// Decides one call; `None` where Redis is away.
    pub async fn take(&self, pacer: Pacer, product: &str, per_second: u64, now: Instant) -> Option<Verdict> {
        let leased = self.leased(pacer.whose, product, now);
        if let Some(verdict) = leased.at_hand(now) {
            return Some(verdict);
        }
        let _turn = leased.turn.lock().await;
        if let Some(verdict) = leased.at_hand(Instant::now()) {
            return Some(verdict);
        }
        let asked = PaceAsked { partner: pacer.partner, whose: pacer.whose, product, per_second, calls: (per_second / LEASES).max(1) };
        let pace = self.store.lease_pace(asked).await.ok().flatten()?;
        let at = Instant::now();
        *leased.hand.lock().unwrap_or_else(PoisonError::into_inner) = Hand { calls: pace.leased, at, pace };
        leased.at_hand(at)
    }

    fn leased(&self, whose: Uuid, product: &str, now: Instant) -> Arc<Leased> {
        let begin = || Arc::new(Leased::nothing(now));
        self.leased.with(whose, product, |leased| leased.is_good(now), begin, |leased| Arc::clone(leased))
    }
}

impl Leased {
    fn nothing(at: Instant) -> Self {
        let pace = Pace { leased: 0, left: 0, retry_after: Duration::ZERO, reset_after: Duration::ZERO };
        Self { hand: Mutex::new(Hand { calls: 0, at, pace }), turn: tokio::sync::Mutex::default() }
    }

    /// What the last lease says about a call at `now`; `None` where it says nothing any more.
    fn at_hand(&self, now: Instant) -> Option<Verdict> {
        let mut hand = self.hand.lock().unwrap_or_else(PoisonError::into_inner);
        let since = now.saturating_duration_since(hand.at);
        let reset_after = hand.pace.reset_after.saturating_sub(since);
        if hand.calls > 0 && since < GOOD {
            hand.calls -= 1;
            let remaining = hand.calls + hand.pace.left;
            return Some(Verdict { allowed: true, remaining, retry_after: Duration::ZERO, reset_after });
        }
        // Nothing was leased: until the moment that was named, nothing will be.
        let retry_after = hand.pace.retry_after.saturating_sub(since);
        let refused = hand.pace.leased == 0 && !retry_after.is_zero();
        refused.then_some(Verdict { allowed: false, remaining: 0, retry_after, reset_after })
    }

    fn is_good(&self, now: Instant) -> bool {
        now.saturating_duration_since(self.hand.lock().unwrap_or_else(PoisonError::into_inner).at) < GOOD
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn leased(pace: Pace, at: Instant) -> Leased {
        let leased = Leased::nothing(at);
        *leased.hand.lock().unwrap() = Hand { calls: pace.leased, at, pace };
        leased
    }

    #[test]
    fn what_was_leased_is_handed_out_and_ends_with_its_second() {
        let at = Instant::now();
        let pace = Pace { leased: 2, left: 3, retry_after: Duration::ZERO, reset_after: Duration::from_millis(400) };
        let hand = leased(pace, at);
        let verdict = hand.at_hand(at + Duration::from_millis(100)).unwrap();
        assert_eq!((verdict.allowed, verdict.remaining, verdict.reset_after), (true, 4, Duration::from_millis(300)));
        assert!(hand.at_hand(at + GOOD).is_none(), "asked for again");
        assert_eq!(hand.at_hand(at).unwrap().remaining, 3);
        assert!(hand.at_hand(at).is_none());
    }

    #[test]
    fn a_refusal_stands_until_the_moment_it_named() {
        let at = Instant::now();
        let pace = Pace { leased: 0, left: 0, retry_after: Duration::from_millis(250), reset_after: Duration::from_millis(900) };
        let hand = leased(pace, at);
        let verdict = hand.at_hand(at + Duration::from_millis(50)).unwrap();
        assert_eq!((verdict.allowed, verdict.retry_after), (false, Duration::from_millis(200)));
        assert!(hand.at_hand(at + Duration::from_millis(250)).is_none(), "asked for again");
    }
}
