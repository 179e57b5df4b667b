//! Charges: each subscription of a period, priced from the meter. Previews, invoices and revenue are all made of them.

use crate::Result;
use crate::db::{Tx, known, on_pool, on_tx};
use crate::plans::PlanRow;
use crate::sums::{Table, Wanted, push_sums};
use crate::usage::billable;
use chrono::{DateTime, Utc};
use domain::period::Period;
use domain::plan::Plan;
use domain::price::{self, Line};
use domain::subscription::SubscriptionStatus;
use sqlx::{Database, Encode, FromRow, QueryBuilder, Type};
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

const COLUMNS: &str = "select s.partner_id, d.name as product_name, s.status as subscription_status, s.started_at, p.*, \
     coalesce(b.calls, 0) as billable \
     from subscriptions s join plans p on p.id = s.plan_id join products d on d.id = s.product_id \
     left join (select partner_id, product_id, cast(sum(calls) as bigint) as calls";

/// Pushes the question for the subscriptions that were in force in a period, of one partner or of all.
fn push_charges<'a, DB>(query: &mut QueryBuilder<DB>, partner: Option<Uuid>, period: Period)
where
    DB: Database,
    Uuid: Encode<'a, DB> + Type<DB>,
    DateTime<Utc>: Encode<'a, DB> + Type<DB>,
    &'a str: Encode<'a, DB> + Type<DB>,
{
    query.push(COLUMNS);
    push_sums(query, Table::Usage, Wanted::billed(partner, period));
    query.push(concat!("where ", billable!(), "group by partner_id, product_id) b"));
    query.push(" on b.partner_id = s.partner_id and b.product_id = s.product_id where s.started_at < ").push_bind(period.end);
    query.push(" and (s.ended_at is null or s.ended_at > ").push_bind(period.start).push(") and s.status <> 'requested'");
    if let Some(partner) = partner {
        query.push(" and s.partner_id = ").push_bind(partner);
    }
    query.push(" order by s.partner_id, d.name, s.product_id, s.started_at");
}

impl crate::Store {
    /// The charges of a period as they stand, by partner and product name.
    pub(crate) async fn charges(&self, partner: Option<Uuid>, period: Period) -> Result<Vec<Charge>> {
        let rows: Vec<ChargeRow> = on_pool!(&self.db, |pool| {
            let mut query = QueryBuilder::default();
            push_charges(&mut query, partner, period);
            query.build_query_as().fetch_all(pool).await?
        });
        priced(rows)
    }
}

/// The charges of one partner, read by the transaction that bills them.
pub(crate) async fn charges_of(tx: &mut Tx, partner: Uuid, period: Period) -> Result<Vec<Charge>> {
    let rows: Vec<ChargeRow> = on_tx!(tx, |conn| {
        let mut query = QueryBuilder::default();
        push_charges(&mut query, Some(partner), period);
        query.build_query_as().fetch_all(conn).await?
    });
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
