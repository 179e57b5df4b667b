//! Subscriptions: a partner, a product, a plan.

use crate::names;
use crate::plan::Plan;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// Where a subscription is in its life.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SubscriptionStatus {
    /// Waits for an admin.
    Requested,
    Active,
    /// A payment failed: the gateway answers 402.
    PastDue,
    Cancelled,
}

names!(SubscriptionStatus { Requested => "requested", Active => "active", PastDue => "past_due", Cancelled => "cancelled" });

/// One partner's plan for one product.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Subscription {
    pub id: Uuid,
    pub partner_id: Uuid,
    pub product_id: String,
    pub product_name: String,
    pub plan: Plan,
    pub status: SubscriptionStatus,
    pub started_at: DateTime<Utc>,
    /// The plan that takes over with the next period.
    pub next_plan: Option<Plan>,
    /// When it ends, once cancelled at the period's end.
    pub ends_at: Option<DateTime<Utc>>,
}

/// What changing to another plan does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum ChangeTiming {
    /// A dearer plan, or out of a free one: at once, and it prices the whole running period.
    Now,
    /// A cheaper plan: with the next period.
    NextPeriod,
}

/// When a change from one plan to another takes effect.
pub fn change_timing(from: &Plan, to: &Plan) -> ChangeTiming {
    if to.price_minor > from.price_minor || (from.is_free() && to.price_minor == 0) { ChangeTiming::Now } else { ChangeTiming::NextPeriod }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::money::Currency;
    use crate::plan::{Beyond, PlanStatus};
    use rust_decimal::Decimal;

    fn plan(price_minor: i64, beyond: Beyond) -> Plan {
        Plan {
            id: Uuid::nil(),
            product_id: "labels".into(),
            slug: "plan".into(),
            name: "Plan".into(),
            currency: Currency::Usd,
            price_minor,
            included: 500,
            beyond,
            rate_per_second: 2,
            status: PlanStatus::Offered,
            version: 1,
        }
    }

    #[test]
    fn whoever_owes_something_pays_the_period_before_getting_cheaper() {
        let per_call = || Beyond::Overage(Decimal::from(300));
        let (free, by_the_call) = (plan(0, Beyond::Stop), plan(0, per_call()));
        let (starter, dear) = (plan(4_900, per_call()), plan(29_900, per_call()));
        for (from, to, timing) in [
            (&free, &starter, ChangeTiming::Now),
            (&free, &by_the_call, ChangeTiming::Now),
            (&starter, &dear, ChangeTiming::Now),
            (&by_the_call, &starter, ChangeTiming::Now),
            (&dear, &starter, ChangeTiming::NextPeriod),
            (&starter, &free, ChangeTiming::NextPeriod),
            (&by_the_call, &free, ChangeTiming::NextPeriod),
            (&starter, &starter, ChangeTiming::NextPeriod),
        ] {
            assert_eq!(change_timing(from, to), timing, "{} {:?} to {} {:?}", from.price_minor, from.beyond, to.price_minor, to.beyond);
        }
    }
}
