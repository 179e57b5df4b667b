//! Subscriptions through the built-in ledger: subscribe, change, cancel.

use crate::{Result, Store};
use chrono::{DateTime, Utc};
use domain::event::By;
use domain::plan::Plan;
use domain::subscription::{Subscription, SubscriptionStatus};
use uuid::Uuid;

/// What the gateway needs to know of a subscription.
#[derive(Debug, Clone)]
pub struct Entitlement {
    pub subscription_id: Uuid,
    pub plan: Plan,
    pub status: SubscriptionStatus,
}

impl Store {
    /// Current ones (not cancelled), by product name.
    pub async fn subscriptions(&self, partner: Uuid) -> Result<Vec<Subscription>> {
        todo!()
    }
    pub async fn entitlement(&self, partner: Uuid, product: &str) -> Result<Option<Entitlement>> {
        todo!()
    }
    /// `Invalid` for `plan` (not offered, not of this product, product retired or not visible) or `product` (already subscribed).
    pub async fn subscribe(&self, partner: Uuid, product: &str, plan: Uuid, by: &By, now: DateTime<Utc>) -> Result<Subscription> {
        todo!()
    }
    /// At once or with the next period: see `domain::subscription::change_timing`. `None` where there is no such current subscription.
    pub async fn change_plan(
        &self,
        partner: Uuid,
        subscription: Uuid,
        plan: Uuid,
        by: &By,
        now: DateTime<Utc>,
    ) -> Result<Option<Subscription>> {
        todo!()
    }
    /// A free plan ends at once, a paid one at the period's end.
    pub async fn cancel_subscription(
        &self,
        partner: Uuid,
        subscription: Uuid,
        by: &By,
        now: DateTime<Utc>,
    ) -> Result<Option<Subscription>> {
        todo!()
    }
    /// Takes back a cancellation or a planned change.
    pub async fn keep_subscription(&self, partner: Uuid, subscription: Uuid, by: &By, now: DateTime<Utc>) -> Result<Option<Subscription>> {
        todo!()
    }
}
