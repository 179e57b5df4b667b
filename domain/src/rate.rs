//! The generic cell rate algorithm (GCRA): calls per second with a burst of one second.

use std::time::Duration;

/// The state of one limited key: the theoretical arrival time of the next call, in nanoseconds of the caller's clock.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Cell(u64);

/// What the limiter says about a call; also the numbers of the `RateLimit` header.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Verdict {
    pub allowed: bool,
    /// Calls that would be allowed right now, after this one.
    pub remaining: u64,
    /// Until the next call is allowed; zero when one is.
    pub retry_after: Duration,
    /// Until the full burst is available again.
    pub reset_after: Duration,
}

impl Cell {
    /// Decides one call at `now` (nanoseconds since any fixed start) under `per_second` calls with a burst of one second.
    pub fn take(&mut self, now: u64, per_second: u64) -> Verdict {
        let interval = 1_000_000_000 / per_second.max(1);
        let burst = interval * per_second.max(1);
        let arrival = self.0.max(now);
        let ahead = arrival + interval - now;
        if ahead > burst {
            return Verdict {
                allowed: false,
                remaining: 0,
                retry_after: Duration::from_nanos(ahead - burst),
                reset_after: Duration::from_nanos(arrival - now),
            };
        }
        self.0 = arrival + interval;
        Verdict {
            allowed: true,
            remaining: (burst - ahead) / interval,
            retry_after: Duration::ZERO,
            reset_after: Duration::from_nanos(ahead),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const SECOND: u64 = 1_000_000_000;

    #[test]
    fn a_burst_of_one_second_then_a_steady_pace() {
        let mut cell = Cell::default();
        let now = 5 * SECOND;
        assert!(cell.take(now, 2).allowed);
        assert_eq!(cell.take(now, 2).remaining, 0);
        let refused = cell.take(now, 2);
        assert!(!refused.allowed);
        assert_eq!(refused.retry_after, Duration::from_millis(500));
        assert!(cell.take(now + SECOND / 2, 2).allowed);
        assert!(!cell.take(now + SECOND / 2, 2).allowed);
    }

    #[test]
    fn waiting_as_told_is_enough() {
        let mut cell = Cell::default();
        while cell.take(SECOND, 3).allowed {}
        let wait = cell.take(SECOND, 3).retry_after.as_nanos() as u64;
        assert!(cell.take(SECOND + wait, 3).allowed);
    }

    proptest! {
        #[test]
        fn no_window_of_one_second_sees_more_than_burst_and_pace(per_second in 1u64..200, gaps in prop::collection::vec(0u64..SECOND / 4, 1..400)) {
            let mut cell = Cell::default();
            let (mut now, mut allowed) = (SECOND, Vec::new());
            for gap in gaps {
                now += gap;
                if cell.take(now, per_second).allowed { allowed.push(now); }
            }
            for (i, &start) in allowed.iter().enumerate() {
                let within = allowed[i..].iter().take_while(|&&at| at < start + SECOND).count() as u64;
                prop_assert!(within <= 2 * per_second);
            }
            let span = (now - SECOND) / SECOND + 1;
            prop_assert!(allowed.len() as u64 <= per_second * (span + 1));
        }
    }
}
