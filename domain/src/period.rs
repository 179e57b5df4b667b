//! Billing periods: calendar months in UTC.

use chrono::{DateTime, Datelike, Months, NaiveDate, NaiveTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};

/// A half-open span of time: `start` belongs to it, `end` to the next one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Period {
    pub start: DateTime<Utc>,
    pub end: DateTime<Utc>,
}

impl Period {
    /// The calendar month that holds `at`.
    pub fn month_of(at: DateTime<Utc>) -> Self {
        let first = NaiveDate::from_ymd_opt(at.year(), at.month(), 1).unwrap_or_default();
        let next = first.checked_add_months(Months::new(1)).unwrap_or(NaiveDate::MAX);
        let midnight = |date: NaiveDate| date.and_time(NaiveTime::MIN).and_utc();
        Self { start: midnight(first), end: midnight(next) }
    }

    /// The month before this one.
    pub fn previous(self) -> Self {
        Self::month_of(self.start - TimeDelta::seconds(1))
    }

    /// The month after this one.
    pub fn next(self) -> Self {
        Self::month_of(self.end)
    }

    pub fn contains(self, at: DateTime<Utc>) -> bool {
        self.start <= at && at < self.end
    }

    /// Whole days left, rounded up: 1 on the last day.
    pub fn days_left(self, now: DateTime<Utc>) -> i64 {
        let seconds = (self.end - now).num_seconds().max(0);
        (seconds + 86_399) / 86_400
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> DateTime<Utc> {
        text.parse().unwrap()
    }

    #[test]
    fn months_meet_without_a_gap() {
        let december = Period::month_of(at("2026-12-31T23:59:59Z"));
        assert_eq!(december.end, at("2027-01-01T00:00:00Z"));
        assert_eq!(december.next().start, december.end);
        assert_eq!(december.next().previous(), december);
        assert!(!december.contains(december.end));
        assert_eq!(Period::month_of(at("2028-02-10T00:00:00Z")).end, at("2028-03-01T00:00:00Z"));
    }

    #[test]
    fn days_left_counts_today() {
        let month = Period::month_of(at("2026-11-24T12:00:00Z"));
        assert_eq!(month.days_left(at("2026-11-24T12:00:00Z")), 7);
        assert_eq!(month.days_left(at("2026-11-30T23:59:59Z")), 1);
        assert_eq!(month.days_left(month.end), 0);
    }
}
