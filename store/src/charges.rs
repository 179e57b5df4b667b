//! Charges: each subscription of a period, priced from the meter. Previews, invoices and revenue are all made of them.

use crate::Result;
use crate::db::{Tx, known, on_pool, on_tx};
use crate::plans::PlanRow;
use chrono::{DateTime, Utc};
use domain::period::Period;
use domain::plan::Plan;
use domain::price::{self, Line};
use domain::subscription::SubscriptionStatus;
use sqlx::FromRow;
use uuid::Uuid;

/// What one partner owes for one product in one period.
pub(crate) struct Charge {
    pub(crate) partner_id: Uuid,
    pub(crate) plan: Plan,
    /// Calls that count towards quota and bill.
    pub(crate) billable: i64,
    pub(crate) lines: Vec<Line>,
    started_at: DateTime<Utc>,
    status: SubscriptionStatus,
}

#[derive(FromRow)]
struct ChargeRow {
    partner_id: Uuid,
    product_name: String,
    subscription_status: String,
    started_at: DateTime<Utc>,
    billable: i64,
    #[sqlx(flatten)]
    plan: PlanRow,
}

/// Subscriptions that were in force in the period `$1` to `$2`, of the partner `$3` or of all.
const SQL: &str = "select s.partner_id, d.name as product_name, s.status as subscription_status, s.started_at, p.*, \
     (select cast(coalesce(sum(u.calls), 0) as bigint) from usage_hourly u where u.partner_id = s.partner_id \
     and u.environment = 'live' and u.hour >= $1 and u.hour < $2 and u.product_id = s.product_id \
     and u.source in ('gateway', 'external') and u.outcome = 'success') as billable \
     from subscriptions s join plans p on p.id = s.plan_id join products d on d.id = s.product_id \
     where s.started_at < $2 and (s.ended_at is null or s.ended_at > $1) and s.status <> 'requested' \
     and ($3 is null or s.partner_id = $3) order by s.partner_id, d.name, s.product_id, s.started_at";

impl crate::Store {
    /// The charges of a period as they stand, by partner and product name.
    pub(crate) async fn charges(&self, partner: Option<Uuid>, period: Period) -> Result<Vec<Charge>> {
        let rows: Vec<ChargeRow> =
            on_pool!(&self.db, |pool| sqlx::query_as(SQL).bind(period.start).bind(period.end).bind(partner).fetch_all(pool).await?);
        priced(rows)
    }
}

/// The charges of one partner, read by the transaction that bills them.
pub(crate) async fn charges_of(tx: &mut Tx, partner: Uuid, period: Period) -> Result<Vec<Charge>> {
    let rows: Vec<ChargeRow> =
        on_tx!(tx, |conn| sqlx::query_as(SQL).bind(period.start).bind(period.end).bind(partner).fetch_all(conn).await?);
    priced(rows)
}

/// A product is charged once: where somebody left a free plan and subscribed again, the newest subscription prices the period.
fn priced(rows: Vec<ChargeRow>) -> Result<Vec<Charge>> {
    let mut charges: Vec<Charge> = Vec::with_capacity(rows.len());
    for row in rows {
        let charge = Charge::try_from(row)?;
        let same = |last: &Charge| (last.partner_id, &last.plan.product_id) == (charge.partner_id, &charge.plan.product_id);
        if charges.last().is_some_and(same) {
            charges.pop();
        }
        charges.push(charge);
    }
    Ok(charges)
}

impl TryFrom<ChargeRow> for Charge {
    type Error = crate::Error;

    fn try_from(row: ChargeRow) -> Result<Self> {
        let plan = Plan::try_from(row.plan)?;
        Ok(Self {
            partner_id: row.partner_id,
            lines: price::price(&row.product_name, &plan, row.billable),
            billable: row.billable,
            started_at: row.started_at,
            status: known("subscriptions", "status", &row.subscription_status, SubscriptionStatus::parse)?,
            plan,
        })
    }
}

impl Charge {
    /// In minor units of the plan's currency.
    pub(crate) fn amount(&self) -> i64 {
        price::total(&self.lines)
    }

    /// Whether it belongs on an invoice: a free plan that nobody used does not.
    pub(crate) fn counts(&self) -> bool {
        self.plan.price_minor > 0 || self.billable > 0
    }

    /// What the period will cost at the pace since the subscription, or the period, began.
    pub(crate) fn projected(&self, period: Period, now: DateTime<Utc>) -> i64 {
        if self.status == SubscriptionStatus::Cancelled {
            return self.amount();
        }
        let since = Period { start: period.start.max(self.started_at), ..period };
        price::projected(&self.plan, self.billable, since, now)
    }
}
