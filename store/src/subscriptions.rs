//! Subscriptions as pages and the gateway read them.

use crate::db::{Tx, known, on_pool, on_tx};
use crate::plans::PlanRow;
use crate::{Result, Store};
use chrono::{DateTime, Utc};
use domain::plan::Plan;
use domain::subscription::{Subscription, SubscriptionStatus};
use sqlx::FromRow;
use std::collections::HashMap;
use uuid::Uuid;

/// What the gateway needs to know of a subscription.
#[derive(Debug, Clone)]
pub struct Entitlement {
    pub plan: Plan,
    pub status: SubscriptionStatus,
}

/// A subscription `s` with its product's name and its plan.
macro_rules! current {
    ($tail:literal) => {
        concat!(
            "select s.id as subscription_id, s.partner_id, d.name as product_name, s.status as subscription_status, s.started_at, \
             s.next_plan_id, s.ends_at, p.* from subscriptions s join products d on d.id = s.product_id \
             join plans p on p.id = s.plan_id where s.status <> 'cancelled' and ",
            $tail
        )
    };
}

#[derive(FromRow)]
struct SubscriptionRow {
    subscription_id: Uuid,
    partner_id: Uuid,
    product_name: String,
    subscription_status: String,
    started_at: DateTime<Utc>,
    next_plan_id: Option<Uuid>,
    ends_at: Option<DateTime<Utc>>,
    #[sqlx(flatten)]
    plan: PlanRow,
}

#[derive(FromRow)]
struct EntitlementRow {
    subscription_status: String,
    #[sqlx(flatten)]
    plan: PlanRow,
}

impl SubscriptionRow {
    fn with(self, next_plans: &HashMap<Uuid, Plan>) -> Result<Subscription> {
        let plan = Plan::try_from(self.plan)?;
        Ok(Subscription {
            id: self.subscription_id,
            partner_id: self.partner_id,
            product_id: plan.product_id.clone(),
            product_name: self.product_name,
            plan,
            status: status(&self.subscription_status)?,
            started_at: self.started_at,
            next_plan: self.next_plan_id.and_then(|id| next_plans.get(&id).cloned()),
            ends_at: self.ends_at,
        })
    }
}

fn status(text: &str) -> Result<SubscriptionStatus> {
    known("subscriptions", "status", text, SubscriptionStatus::parse)
}

impl Store {
    /// Current ones (not cancelled), by product name.
    ///
    /// # Errors
    /// What the database said, or [`crate::Error::Corrupt`].
    pub async fn subscriptions(&self, partner: Uuid) -> Result<Vec<Subscription>> {
        self.current_subscriptions(Some(partner)).await
    }

    /// Current ones of one partner or of all, by product name.
    pub(crate) async fn current_subscriptions(&self, partner: Option<Uuid>) -> Result<Vec<Subscription>> {
        const SQL: &str = current!("($1 is null or s.partner_id = $1) order by d.name, s.partner_id");
        let rows: Vec<SubscriptionRow> = on_pool!(&self.db, |pool| sqlx::query_as(SQL).bind(partner).fetch_all(pool).await?);
        let next_plans = self.next_plans(partner).await?;
        rows.into_iter().map(|row| row.with(&next_plans)).collect()
    }

    async fn next_plans(&self, partner: Option<Uuid>) -> Result<HashMap<Uuid, Plan>> {
        const SQL: &str = "select p.* from plans p where p.id in (select s.next_plan_id from subscriptions s \
             where s.status <> 'cancelled' and ($1 is null or s.partner_id = $1))";
        let rows: Vec<PlanRow> = on_pool!(&self.db, |pool| sqlx::query_as(SQL).bind(partner).fetch_all(pool).await?);
        rows.into_iter().map(|row| Plan::try_from(row).map(|plan| (plan.id, plan))).collect()
    }

    /// The plan that prices and limits a partner's calls on a product; `None` without a current subscription.
    ///
    /// # Errors
    /// What the database said, or [`crate::Error::Corrupt`].
    pub async fn entitlement(&self, partner: Uuid, product: &str) -> Result<Option<Entitlement>> {
        const SQL: &str = "select s.status as subscription_status, p.* from subscriptions s \
             join plans p on p.id = s.plan_id where s.partner_id = $1 and s.product_id = $2 and s.status <> 'cancelled'";
        let row: Option<EntitlementRow> =
            on_pool!(&self.db, |pool| sqlx::query_as(SQL).bind(partner).bind(product).fetch_optional(pool).await?);
        let Some(row) = row else { return Ok(None) };
        let status = status(&row.subscription_status)?;
        Ok(Some(Entitlement { plan: row.plan.try_into()?, status }))
    }
}

/// A current subscription, read by the transaction that changes it; without its next plan's terms.
pub(crate) async fn current_of(tx: &mut Tx, partner: Uuid, id: Uuid) -> Result<Option<Subscription>> {
    const SQL: &str = current!("s.partner_id = $1 and s.id = $2");
    let row: Option<SubscriptionRow> = on_tx!(tx, |conn| sqlx::query_as(SQL).bind(partner).bind(id).fetch_optional(conn).await?);
    row.map(|row| row.with(&HashMap::new())).transpose()
}
