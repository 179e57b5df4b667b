//! The built-in ledger's acts: subscribe, change, cancel, take back.

use crate::db::{Tx, cut, on_tx};
use crate::events::record;
use crate::ids::id_at;
use crate::plans::plan_in;
use crate::subscriptions::current_of;
use crate::{Change, Result, Store};
use chrono::{DateTime, Utc};
use domain::Invalid;
use domain::event::By;
use domain::period::Period;
use domain::plan::{Plan, PlanStatus};
use domain::product::Status;
use domain::subscription::{ChangeTiming, Subscription, SubscriptionStatus, change_timing};
use serde_json::json;
use uuid::Uuid;

impl Store {
    /// Subscribes to a plan from now on.
    ///
    /// # Errors
    /// [`Invalid`] for `plan` (not offered, not of this product, product retired or not visible) or `product` (already subscribed); what
    /// the database said, or [`crate::Error::Corrupt`].
    pub async fn subscribe(&self, partner: Uuid, product: &str, plan: Uuid, by: &By, now: DateTime<Utc>) -> Result<Subscription> {
        let Some(visible) = self.visible_product(product, Some(partner)).await?.filter(|found| found.status != Status::Deprecated) else {
            return Err(Invalid::new("plan", "This product takes no new subscriptions. Choose another one from the catalogue.").into());
        };
        let mut tx = self.begin_ledger(partner).await?;
        let plan = offered(&mut tx, product, plan).await?;
        let subscription = Subscription {
            id: id_at(now),
            partner_id: partner,
            product_id: visible.id,
            product_name: visible.name,
            plan,
            status: SubscriptionStatus::Active,
            started_at: cut(now),
            next_plan: None,
            ends_at: None,
        };
        if !insert(&mut tx, &subscription).await? {
            return Err(Invalid::new("product", "You have a plan for this product already. Change that one.").into());
        }
        announce(&mut tx, &subscription, "subscription.created", by, now).await?;
        tx.commit().await?;
        Ok(subscription)
    }

    /// At once or with the next period: see [`change_timing`]. `None` where there is no such current subscription.
    ///
    /// # Errors
    /// `Invalid` for `plan` when it is not on offer for this product, is the plan in force, or last month's bill is not made yet.
    pub async fn change_plan(
        &self,
        partner: Uuid,
        subscription: Uuid,
        plan: Uuid,
        by: &By,
        now: DateTime<Utc>,
    ) -> Result<Option<Subscription>> {
        let mut tx = self.begin_billed(partner, now).await?;
        let Some(current) = current_of(&mut tx, partner, subscription).await? else { return Ok(None) };
        let plan = offered(&mut tx, &current.product_id, plan).await?;
        if plan.id == current.plan.id {
            return Err(Invalid::new("plan", "This is your plan already.").into());
        }
        let changed = match change_timing(&current.plan, &plan) {
            ChangeTiming::Now => Subscription { plan, next_plan: None, ends_at: None, ..current },
            ChangeTiming::NextPeriod => Subscription { next_plan: Some(plan), ends_at: None, ..current },
        };
        self.finish(tx, changed, "subscription.changed", by, now).await
    }

    /// A free plan ends at once, a paid one (also one that only charges for calls over) at the period's end.
    /// `None` where there is no such current subscription.
    ///
    /// # Errors
    /// `Invalid` for `plan` when last month's bill is not made yet.
    pub async fn cancel_subscription(
        &self,
        partner: Uuid,
        subscription: Uuid,
        by: &By,
        now: DateTime<Utc>,
    ) -> Result<Option<Subscription>> {
        let mut tx = self.begin_billed(partner, now).await?;
        let Some(current) = current_of(&mut tx, partner, subscription).await? else { return Ok(None) };
        let cancelled = if current.plan.is_free() {
            Subscription { status: SubscriptionStatus::Cancelled, next_plan: None, ends_at: Some(cut(now)), ..current }
        } else {
            Subscription { next_plan: None, ends_at: Some(Period::month_of(now).end), ..current }
        };
        self.finish(tx, cancelled, "subscription.cancelled", by, now).await
    }

    /// Takes back a cancellation or a planned change. `None` where there is no such current subscription.
    ///
    /// # Errors
    /// `Invalid` for `plan` when last month's bill is not made yet.
    pub async fn keep_subscription(&self, partner: Uuid, subscription: Uuid, by: &By, now: DateTime<Utc>) -> Result<Option<Subscription>> {
        let mut tx = self.begin_billed(partner, now).await?;
        let Some(current) = current_of(&mut tx, partner, subscription).await? else { return Ok(None) };
        let kept = Subscription { next_plan: None, ends_at: None, ..current };
        self.finish(tx, kept, "subscription.kept", by, now).await
    }

    /// Acts on one partner's subscriptions and bills come one after the other.
    pub(crate) async fn begin_ledger(&self, partner: Uuid) -> Result<Tx> {
        self.begin_turn(&format!("ledger:{partner}")).await
    }

    async fn finish(&self, mut tx: Tx, changed: Subscription, kind: &str, by: &By, now: DateTime<Utc>) -> Result<Option<Subscription>> {
        update(&mut tx, &changed, now).await?;
        announce(&mut tx, &changed, kind, by, now).await?;
        tx.commit().await?;
        Ok(Some(changed))
    }
}

async fn offered(tx: &mut Tx, product: &str, plan: Uuid) -> Result<Plan> {
    let found = plan_in(tx, plan).await?.filter(|plan| plan.product_id == product && plan.status == PlanStatus::Offered);
    found.ok_or_else(|| Invalid::new("plan", "This plan is not on offer any more. Choose one of the plans on the product's page.").into())
}

/// False where the partner has a current subscription for the product.
async fn insert(tx: &mut Tx, new: &Subscription) -> Result<bool> {
    const SQL: &str = "insert into subscriptions (id, partner_id, product_id, plan_id, status, started_at) values ($1, $2, $3, $4, $5, $6) \
         on conflict (partner_id, product_id) where status <> 'cancelled' do nothing";
    let inserted = on_tx!(tx, |conn| sqlx::query(SQL)
        .bind(new.id)
        .bind(new.partner_id)
        .bind(&new.product_id)
        .bind(new.plan.id)
        .bind(new.status.as_str())
        .bind(new.started_at)
        .execute(conn)
        .await?
        .rows_affected());
    Ok(inserted == 1)
}

/// A planned change waits for the end of the running period.
async fn update(tx: &mut Tx, changed: &Subscription, now: DateTime<Utc>) -> Result<()> {
    const SQL: &str = "update subscriptions set plan_id = $2, status = $3, next_plan_id = $4, next_plan_at = $5, ends_at = $6, \
         ended_at = $7 where id = $1";
    let next_plan_at = changed.next_plan.as_ref().map(|_| Period::month_of(now).end);
    let ended_at = changed.ends_at.filter(|_| changed.status == SubscriptionStatus::Cancelled);
    on_tx!(tx, |conn| sqlx::query(SQL)
        .bind(changed.id)
        .bind(changed.plan.id)
        .bind(changed.status.as_str())
        .bind(changed.next_plan.as_ref().map(|plan| plan.id))
        .bind(next_plan_at)
        .bind(changed.ends_at)
        .bind(ended_at)
        .execute(conn)
        .await?
        .rows_affected());
    Ok(())
}

async fn announce(tx: &mut Tx, changed: &Subscription, kind: &str, by: &By, now: DateTime<Utc>) -> Result<()> {
    let subject = format!("{}, {}", changed.product_name, changed.plan.name);
    let next_plan = changed.next_plan.as_ref().map(|plan| &plan.slug);
    let detail = json!({ "product": changed.product_id, "plan": changed.plan.slug, "next_plan": next_plan, "ends_at": changed.ends_at });
    record(tx, by, Some(changed.partner_id), kind, &subject, detail, now).await?;
    tx.announce(Change::Partner(changed.partner_id));
    Ok(())
}
