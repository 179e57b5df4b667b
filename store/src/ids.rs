//! Ids whose order is the order of the acts they name, also when a test sets the clock back.

use chrono::{DateTime, Utc};
use std::sync::atomic::{AtomicU32, Ordering};
use uuid::{Builder, Uuid};

/// Ids made so far by this process: orders those of the same microsecond.
static MADE: AtomicU32 = AtomicU32::new(0);

/// A UUIDv7 (RFC 9562, 5.7) of `now`: milliseconds, the fraction of the millisecond (6.2, method 3), a counter, then randomness.
///
/// The `uuid` crate's own counter never goes back in time, so it would date a call of last month to today.
pub(crate) fn id_at(now: DateTime<Utc>) -> Uuid {
    let millis = u64::try_from(now.timestamp_millis()).unwrap_or(0);
    let micros = u16::try_from(now.timestamp_subsec_micros() % 1000).unwrap_or(0);
    let made = MADE.fetch_add(1, Ordering::Relaxed).to_be_bytes();
    let mut rest = [0; 10];
    rest.copy_from_slice(&Uuid::new_v4().as_bytes()[6..]);
    // 12 bits after the version; 1000 steps of 4 fill them in order.
    rest[..2].copy_from_slice(&(micros * 4).to_be_bytes());
    // The variant takes the two high bits of the next byte: the counter begins after them.
    rest[2] = 0;
    rest[3..7].copy_from_slice(&made);
    Builder::from_unix_timestamp_millis(millis, &rest).into_uuid()
}

/// The smallest id of this millisecond: those of earlier moments are before it.
pub(crate) fn first_id_at(at: DateTime<Utc>) -> Uuid {
    // An id has 48 bits for its milliseconds: until the year 10889.
    Uuid::from_u128(u128::try_from(at.timestamp_millis()).unwrap_or(0).min((1 << 48) - 1) << 80)
}

/// The moment that a UUIDv7 was made, as it says itself.
pub(crate) fn made_at(id: Uuid) -> Option<DateTime<Utc>> {
    let (seconds, nanos) = id.get_timestamp()?.to_unix();
    DateTime::from_timestamp(seconds.try_into().ok()?, nanos)
}

/// The next id there can be.
pub(crate) fn after(id: Uuid) -> Uuid {
    Uuid::from_u128(id.as_u128().saturating_add(1))
}

#[cfg(test)]
mod tests {
    use super::*;
    use chrono::TimeDelta;

    #[test]
    fn ids_sort_by_their_moment_and_then_by_their_making() {
        let noon: DateTime<Utc> = "2026-11-24T12:00:00.123456Z".parse().unwrap();
        let late = id_at(noon);
        let early = id_at(noon - TimeDelta::microseconds(1));
        let same = [id_at(noon), id_at(noon), id_at(noon)];
        assert!(early < late && late < same[0] && same[0] < same[1] && same[1] < same[2]);
        assert!(first_id_at(noon) <= early && early < first_id_at(noon + TimeDelta::milliseconds(1)));
        assert_eq!(made_at(late), Some(noon - TimeDelta::microseconds(456)));
        assert_eq!(late.get_version_num(), 7);
        let (seconds, _) = late.get_timestamp().unwrap().to_unix();
        assert_eq!(i64::try_from(seconds).unwrap(), noon.timestamp());
    }
}
