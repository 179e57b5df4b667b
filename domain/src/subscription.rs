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
