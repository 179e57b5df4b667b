//! Plans: what a product costs and how fast it may be called.

use crate::money::{Currency, Money};
use crate::{Invalid, names};
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// One version of a plan. A change of price makes a new version; a running period keeps the one it began with.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Plan {
    pub id: Uuid,
    pub product_id: String,
    /// `free`, `starter`, `enterprise` or a custom slug.
    pub slug: String,
    pub name: String,
    pub currency: Currency,
    /// Monthly price in minor units.
    pub price_minor: i64,
    /// Calls a month that the price includes.
    pub included: i64,
    pub beyond: Beyond,
    /// Calls a second over all live keys of the partner; also the burst.
    pub rate_per_second: i64,
    pub status: PlanStatus,
    pub version: i64,
}

/// What happens after the included calls.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "kind", content = "per_1000")]
pub enum Beyond {
    /// The gateway answers 429 until the next period.
    Stop,
    /// Calls go on at this many minor units for each 1000, counted call by call.
    Overage(Decimal),
}

/// Whether a plan can be chosen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PlanStatus {
    Offered,
    /// Kept for those who have it.
    Archived,
}

names!(PlanStatus { Offered => "offered", Archived => "archived" });

impl Plan {
    pub fn price(&self) -> Money {
        Money::new(self.price_minor, self.currency)
    }

    /// Whether it can never cost anything: no price, and no charge for calls over.
    pub fn is_free(&self) -> bool {
        self.price_minor == 0 && self.beyond == Beyond::Stop
    }

    /// The calls after which the gateway stops, for plans that stop.
    pub fn quota(&self) -> Option<i64> {
        (self.beyond == Beyond::Stop).then_some(self.included)
    }

    /// `$3.00`: the price of a thousand calls beyond the included ones.
    pub fn overage_label(&self) -> Option<String> {
        match &self.beyond {
            Beyond::Stop => None,
            Beyond::Overage(per_1000) => Some(crate::price::unit_price(*per_1000, self.currency)),
        }
    }
}

/// What an admin types to make a plan, or the next version of one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PlanTerms {
    pub slug: String,
    pub name: String,
    pub currency: Currency,
    pub price_minor: i64,
    pub included: i64,
    pub beyond: Beyond,
    pub rate_per_second: i64,
}

impl PlanTerms {
    /// Checks every number's range.
    ///
    /// # Errors
    /// [`Invalid`] naming the first field that is out of range.
    pub fn check(self) -> Result<Self, Invalid> {
        let range = |field: &str, value: i64, least: i64, most: i64| {
            if (least..=most).contains(&value) { Ok(()) } else { Err(Invalid::new(field, format!("Choose between {least} and {most}."))) }
        };
        crate::product::id(&self.slug).map_err(|invalid| Invalid::new("slug", invalid.message))?;
        crate::account::display_name("name", &self.name)?;
        range("price_minor", self.price_minor, 0, 100_000_000)?;
        range("included", self.included, 0, 1_000_000_000_000)?;
        range("rate_per_second", self.rate_per_second, 1, 100_000)?;
        if let Beyond::Overage(per_1000) = &self.beyond
            && (per_1000.is_sign_negative() || per_1000.scale() > 12 || *per_1000 > Decimal::from(10_000_000))
        {
            return Err(Invalid::new("overage", "Use a price of zero or more, with at most 12 decimal places."));
        }
        Ok(self)
    }
}
