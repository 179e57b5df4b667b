//! Limits on guessing: tries per subject and window.

use crate::db::{cut, on_tx};
use crate::{Result, Store};
use chrono::{DateTime, TimeDelta, Utc};

/// Whether another try is allowed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Attempt {
    Allowed,
    /// Too many: allowed again after this span.
    Wait(TimeDelta),
}

impl Store {
    /// Counts a try of `subject` (e.g. `sign-in:ana@x.example`, `sign-in-from:10.0.0.1`), at most `most` per `window`.
    ///
    /// Windows are laid out from 1970, so that every process counts in the same one; a window is at most a day.
    ///
    /// # Errors
    /// What the database said.
    pub async fn attempt(&self, subject: &str, most: i64, window: TimeDelta, now: DateTime<Utc>) -> Result<Attempt> {
        const SQL: &str = "insert into attempts (subject, window_start, tries) values ($1, $2, 1)
            on conflict (subject, window_start) do update set tries = attempts.tries + 1 returning tries";
        let start = window_start(window, now);
        let mut tx = self.begin_write().await?;
        let tries: i64 = on_tx!(tx, |conn| sqlx::query_scalar(SQL).bind(subject).bind(cut(start)).fetch_one(conn).await?);
        tx.commit().await?;
        Ok(if tries <= most { Attempt::Allowed } else { Attempt::Wait(start + window - now) })
    }

    /// Forgets the tries of a subject, after a success.
    ///
    /// # Errors
    /// What the database said.
    pub async fn forgive(&self, subject: &str) -> Result<()> {
        const SQL: &str = "delete from attempts where subject = $1";
        let mut tx = self.begin_write().await?;
        on_tx!(tx, |conn| sqlx::query(SQL).bind(subject).execute(conn).await?.rows_affected());
        tx.commit().await
    }
}

fn window_start(window: TimeDelta, now: DateTime<Utc>) -> DateTime<Utc> {
    let length = window.num_milliseconds().max(1);
    now - TimeDelta::milliseconds(now.timestamp_millis().rem_euclid(length))
        - TimeDelta::nanoseconds(i64::from(now.timestamp_subsec_nanos() % 1_000_000))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_moment_of_a_window_has_the_same_start() {
        let at = |text: &str| text.parse::<DateTime<Utc>>().unwrap();
        let start = at("2026-11-24T12:15:00Z");
        for inside in ["2026-11-24T12:15:00Z", "2026-11-24T12:20:01.123456789Z", "2026-11-24T12:29:59.999999999Z"] {
            assert_eq!(window_start(TimeDelta::minutes(15), at(inside)), start, "{inside}");
        }
        assert_eq!(window_start(TimeDelta::minutes(15), at("2026-11-24T12:30:00Z")), at("2026-11-24T12:30:00Z"));
    }
}
