//! Money in integer minor units, and unit prices as decimals: never a float.

use crate::names;
use rust_decimal::prelude::ToPrimitive;
use rust_decimal::{Decimal, RoundingStrategy};
use serde::{Deserialize, Serialize};
use std::fmt;

/// The currencies a plan can have (ISO 4217, lower case), each with two minor digits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Currency {
    Usd,
    Eur,
    Gbp,
}

names!(Currency { Usd => "usd", Eur => "eur", Gbp => "gbp" });

impl Currency {
    fn sign(self) -> &'static str {
        match self {
            Self::Usd => "$",
            Self::Eur => "€",
            Self::Gbp => "£",
        }
    }
}

/// An amount in minor units (cents); shown as `$1,234.50`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Money {
    pub minor: i64,
    pub currency: Currency,
}

impl Money {
    pub fn new(minor: i64, currency: Currency) -> Self {
        Self { minor, currency }
    }

    /// `$49` where there are no cents, else `$49.50`: for prices in running text.
    pub fn short(self) -> String {
        let text = self.to_string();
        text.strip_suffix(".00").map_or(text.clone(), str::to_owned)
    }
}

impl fmt::Display for Money {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let minus = if self.minor < 0 { "−" } else { "" };
        let (major, cents) = (self.minor.unsigned_abs() / 100, self.minor.unsigned_abs() % 100);
        write!(f, "{minus}{}{}.{cents:02}", self.currency.sign(), grouped(major))
    }
}

/// Writes a whole number with thousands separators: `12,431`.
pub fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut out = String::with_capacity(digits.len() + digits.len() / 3);
    for (i, digit) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

/// Rounds a decimal number of minor units to whole ones, half away from zero.
/// Saturates where the amount does not fit, which no real bill reaches.
pub fn to_minor(amount: Decimal) -> i64 {
    amount.round_dp_with_strategy(0, RoundingStrategy::MidpointAwayFromZero).to_i64().unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_read_like_prices() {
        assert_eq!(Money::new(123_450, Currency::Usd).to_string(), "$1,234.50");
        assert_eq!(Money::new(-5, Currency::Eur).to_string(), "−€0.05");
        assert_eq!(Money::new(4_900, Currency::Usd).short(), "$49");
        assert_eq!(Money::new(4_950, Currency::Usd).short(), "$49.50");
        assert_eq!(grouped(0), "0");
        assert_eq!(grouped(1_000_000), "1,000,000");
    }

    #[test]
    fn halves_round_away_from_zero() {
        assert_eq!(to_minor(Decimal::new(25, 1)), 3);
        assert_eq!(to_minor(Decimal::new(-25, 1)), -3);
        assert_eq!(to_minor(Decimal::new(24, 1)), 2);
    }
}
