//! What an instance calls itself, how it greets, how long it remembers, and what a node lets through that is alone.

use crate::Invalid;
use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive;
use serde::{Deserialize, Serialize};

/// How long single things are kept that sums and bills do not need, in days; 0 forgets them within the hour.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Retention {
    /// The log of single calls.
    pub calls: i64,
    /// Network addresses and browsers of sessions, and mails with the addresses that they went to.
    pub addresses: i64,
}

impl Default for Retention {
    fn default() -> Self {
        Self { calls: 30, addresses: 90 }
    }
}

/// Seconds' worth of a plan's rate that each node lets through every second while Redis is away and no node knows of the others.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Allowance(Decimal);

impl Allowance {
    /// The largest, in seconds.
    const MOST: Decimal = Decimal::from_parts(60, 0, 0, false, 0);

    /// Reads what an admin typed, such as `0.25`.
    ///
    /// # Errors
    /// [`Invalid`] for field `allowance`.
    pub fn read(text: &str) -> Result<Self, Invalid> {
        let seconds = text.trim().parse().ok().filter(|seconds| *seconds > Decimal::ZERO && *seconds <= Self::MOST);
        let wrong = || Invalid::new("allowance", "Type a number of seconds above 0 and up to 60, such as 0.5.");
        seconds.map(|seconds: Decimal| Self(seconds.normalize())).ok_or_else(wrong)
    }

    /// What of a plan's calls a second one node lets through, and one call at least.
    pub fn of(self, per_second: u64) -> u64 {
        let share = Decimal::from(per_second).checked_mul(self.0).and_then(|calls| calls.round().to_u64());
        share.unwrap_or(u64::MAX).max(1)
    }
}

/// One second: the plan's whole rate on each node.
impl Default for Allowance {
    fn default() -> Self {
        Self(Decimal::ONE)
    }
}

/// The seconds, as [`Allowance::read`] takes them.
impl std::fmt::Display for Allowance {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.fmt(f)
    }
}

/// The brand of an instance, from its settings.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Branding {
    /// The company, shown before "Developers".
    pub name: String,
    /// The catalogue's headline.
    pub headline: String,
    /// The one sentence under it.
    pub sentence: String,
}

impl Default for Branding {
    fn default() -> Self {
        Self {
            name: "Portico".to_owned(),
            headline: "Every API, a key and fifteen minutes.".to_owned(),
            sentence: "Read the docs, try every call here with sample data, take a key, go live. Nobody to wait for.".to_owned(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_allowance_is_a_share_of_the_rate_and_one_call_at_least() {
        let share = |seconds: &str, rate| Allowance::read(seconds).unwrap().of(rate);
        assert_eq!([share("1", 100), share("0.25", 100), share(" 2.0 ", 100), share("0.1", 2)], [100, 25, 200, 1]);
        assert_eq!(Allowance::default().of(20), 20);
        assert_eq!(share("60", u64::MAX), u64::MAX);
    }

    #[test]
    fn an_allowance_has_bounds_and_survives_its_form() {
        for wrong in ["", "0", "-1", "60.1", "much", "1e3", "NaN"] {
            assert_eq!(Allowance::read(wrong).unwrap_err().field, "allowance", "{wrong}");
        }
        assert_eq!(["0.50", "60", "1.0"].map(|text| Allowance::read(text).unwrap().to_string()), ["0.5", "60", "1"]);
    }
}
