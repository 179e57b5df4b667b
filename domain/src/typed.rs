//! Numbers and amounts as people type them into a form.

use crate::Invalid;
use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive;

/// Minor units of one major unit, in every currency of [`crate::money::Currency`].
const MINOR: Decimal = Decimal::ONE_HUNDRED;

/// A whole number; thousands may be set apart by commas or spaces.
///
/// # Errors
/// [`Invalid`] for the named field.
pub fn whole(field: &str, text: &str) -> Result<i64, Invalid> {
    bare(text).parse().map_err(|_| Invalid::new(field, "Type a whole number, such as 10,000."))
}

/// An amount in major units, such as `49` or `49.50`, as minor ones.
///
/// # Errors
/// [`Invalid`] for the named field, also where a cent would be split.
pub fn amount(field: &str, text: &str) -> Result<i64, Invalid> {
    let minor = decimal(text).and_then(|major| major.checked_mul(MINOR)).filter(|minor| minor.fract().is_zero());
    minor.and_then(|minor| minor.to_i64()).ok_or_else(|| Invalid::new(field, "Type an amount such as 49 or 49.50."))
}

/// The price of 1000 calls in major units, such as `3` or `0.0125`, as minor ones; cents may be split.
///
/// # Errors
/// [`Invalid`] for the named field.
pub fn unit_price(field: &str, text: &str) -> Result<Decimal, Invalid> {
    let minor = decimal(text).and_then(|major| major.checked_mul(MINOR));
    minor.ok_or_else(|| Invalid::new(field, "Type a price such as 3 or 1.50."))
}

/// Minor units as [`amount`] and [`unit_price`] read them back.
pub fn major(minor: Decimal) -> String {
    (minor / MINOR).normalize().to_string()
}

fn decimal(text: &str) -> Option<Decimal> {
    bare(text).parse().ok()
}

fn bare(text: &str) -> String {
    text.chars().filter(|c| !c.is_whitespace() && *c != ',').collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_read_as_people_group_them() {
        for (text, number) in [("500", 500), (" 10,000 ", 10_000), ("1 000 000", 1_000_000), ("-3", -3)] {
            assert_eq!(whole("included", text).unwrap(), number, "{text}");
        }
        for bad in ["", "many", "1.5", "10k", "99999999999999999999"] {
            assert_eq!(whole("included", bad).unwrap_err().field, "included", "{bad}");
        }
    }

    #[test]
    fn amounts_are_exact_to_the_cent() {
        for (text, minor) in [("49", 4_900), ("49.5", 4_950), ("0.29", 29), ("1,234.56", 123_456), ("49.00", 4_900)] {
            assert_eq!(amount("price", text).unwrap(), minor, "{text}");
        }
        for bad in ["", "$49", "49.005", "1e3x", "99999999999999999999999999999"] {
            assert!(amount("price", bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn unit_prices_may_split_a_cent_and_survive_the_form() {
        for text in ["3", "1.5", "0.0125"] {
            assert_eq!(major(unit_price("overage", text).unwrap()), text);
        }
        assert_eq!(major(Decimal::from(4_950)), "49.5");
        assert!(unit_price("overage", "free").is_err());
    }
}
