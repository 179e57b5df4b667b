//! Closing a period: the invoice, then the changes and cancellations that waited for its end. Once per partner and period.

use crate::charges::{Charge, charges_of};
use crate::db::{Tx, cut, on_pool, on_tx};
use crate::events::record;
use crate::ids::id_at;
use crate::invoices::insert;
use crate::{Change, Error, Result, Store};
use chrono::{DateTime, Datelike, TimeDelta, Utc};
use domain::Invalid;
use domain::event::By;
use domain::invoice::{Invoice, InvoiceStatus};
use domain::money::{Currency, Money};
use domain::period::Period;
use domain::price::{self, Line};
use serde_json::json;
use sqlx::FromRow;
use uuid::Uuid;

/// A month is closed this long after its end, when its last calls are written.
pub const CLOSES_AFTER: TimeDelta = TimeDelta::minutes(10);

#[derive(FromRow)]
struct Moved {
    product_name: String,
    plan_name: String,
}

#[derive(FromRow)]
struct Marks {
    /// The newest period that was closed.
    closed: Option<DateTime<Utc>>,
    /// When the first subscription began.
    began: Option<DateTime<Utc>>,
}

impl Store {
    /// Bills every partner for a closed period, then applies planned changes and cancellations. Idempotent; returns the invoices it made.
    ///
    /// Earlier periods that a partner was never billed for are closed first. A period that still runs is left alone.
    ///
    /// # Errors
    /// What the database said, or [`Error::Corrupt`]; partners that were billed before stay so.
    pub async fn close_period(&self, period: Period, now: DateTime<Utc>) -> Result<Vec<Invoice>> {
        let mut invoices = Vec::new();
        if period.end > now {
            return Ok(invoices);
        }
        for partner in self.unbilled(period).await? {
            let mut tx = self.begin_ledger(partner).await?;
            invoices.extend(close_until(&mut tx, partner, period.end, now).await?);
            tx.commit().await?;
        }
        Ok(invoices)
    }

    async fn unbilled(&self, period: Period) -> Result<Vec<Uuid>> {
        const SQL: &str = "select distinct s.partner_id from subscriptions s where s.started_at < $2 and not exists \
             (select 1 from closings c where c.partner_id = s.partner_id and c.period_start >= $1) order by s.partner_id";
        Ok(on_pool!(&self.db, |pool| sqlx::query_scalar(SQL).bind(period.start).bind(period.end).fetch_all(pool).await?))
    }

    /// Begins an act on a partner's subscriptions. What ended before it is billed, so that the act cannot reprice a period that is over;
    /// while calls of that period may wait, there is no act.
    ///
    /// # Errors
    /// `Invalid` for `plan` where a period is over and not every call of it is known; what the database said.
    pub(crate) async fn begin_billed(&self, partner: Uuid, now: DateTime<Utc>) -> Result<Tx> {
        let mut tx = self.begin_ledger(partner).await?;
        if !is_due(&mut tx, partner, now).await? {
            return Ok(tx);
        }
        // Calls that wait come in through transactions of their own.
        drop(tx);
        let end = self.closable_until(now).await?;
        let mut tx = self.begin_ledger(partner).await?;
        if let Some(end) = end {
            close_until(&mut tx, partner, end, now).await?;
        }
        if is_due(&mut tx, partner, now).await? {
            return Err(Invalid::new("plan", "Last month's bill is being made; try again in some minutes.").into());
        }
        Ok(tx)
    }

    /// Periods that ended until then may be closed; none where nobody knows which calls wait.
    async fn closable_until(&self, now: DateTime<Utc>) -> Result<Option<DateTime<Utc>>> {
        match self.settle_calls(now).await {
            Ok(settled) => Ok(Some(settled - CLOSES_AFTER)),
            Err(error @ (Error::Redis(_) | Error::Spool(_))) => {
                tracing::warn!(%error, "nobody knows which calls wait; a partner's last month is not billed, and their plans stay");
                Ok(None)
            }
            Err(error) => Err(error),
        }
    }
}

/// Whether a period of the partner is over and not billed.
async fn is_due(tx: &mut Tx, partner: Uuid, now: DateTime<Utc>) -> Result<bool> {
    Ok(first_open(tx, partner).await?.is_some_and(|period| period.end <= now))
}

/// Closes every period of the partner that ends at or before `end` and is open, oldest first.
async fn close_until(tx: &mut Tx, partner: Uuid, end: DateTime<Utc>, now: DateTime<Utc>) -> Result<Vec<Invoice>> {
    let mut invoices = Vec::new();
    let Some(mut period) = first_open(tx, partner).await? else { return Ok(invoices) };
    while period.end <= end {
        if claim(tx, partner, period, now).await? {
            invoices.extend(bill(tx, partner, period, now).await?);
            end_cancelled(tx, partner, period, now).await?;
            change_planned(tx, partner, period, now).await?;
            tx.announce(Change::Partner(partner));
        }
        period = period.next();
    }
    Ok(invoices)
}

async fn first_open(tx: &mut Tx, partner: Uuid) -> Result<Option<Period>> {
    const SQL: &str = "select (select max(period_start) from closings where partner_id = $1) as closed, \
         (select min(started_at) from subscriptions where partner_id = $1) as began";
    let marks: Marks = on_tx!(tx, |conn| sqlx::query_as(SQL).bind(partner).fetch_one(conn).await?);
    let after_closed = marks.closed.map(|start| Period::month_of(start).next());
    Ok(after_closed.or_else(|| marks.began.map(Period::month_of)))
}

async fn claim(tx: &mut Tx, partner: Uuid, period: Period, now: DateTime<Utc>) -> Result<bool> {
    const SQL: &str = "insert into closings (partner_id, period_start, closed_at) values ($1, $2, $3) \
         on conflict (partner_id, period_start) do nothing";
    let claimed = on_tx!(tx, |conn| sqlx::query(SQL).bind(partner).bind(period.start).bind(cut(now)).execute(conn).await?.rows_affected());
    Ok(claimed == 1)
}

/// One invoice per currency, for what was paid or used.
async fn bill(tx: &mut Tx, partner: Uuid, period: Period, now: DateTime<Utc>) -> Result<Vec<Invoice>> {
    let charges = charges_of(tx, partner, period).await?;
    let mut invoices = Vec::new();
    for currency in Currency::ALL {
        let lines = lines_in(&charges, currency);
        if !lines.is_empty() {
            invoices.push(issue(tx, partner, period, currency, lines, now).await?);
        }
    }
    Ok(invoices)
}

fn lines_in(charges: &[Charge], currency: Currency) -> Vec<Line> {
    let billed = charges.iter().filter(|charge| charge.plan.currency == currency && charge.counts());
    billed.flat_map(|charge| charge.lines.clone()).collect()
}

/// An invoice over nothing is paid as it is issued.
async fn issue(tx: &mut Tx, partner: Uuid, period: Period, currency: Currency, lines: Vec<Line>, now: DateTime<Utc>) -> Result<Invoice> {
    let total_minor = price::total(&lines);
    let invoice = Invoice {
        id: id_at(now),
        number: next_number(tx, now).await?,
        partner_id: partner,
        period,
        currency,
        lines,
        total_minor,
        status: if total_minor == 0 { InvoiceStatus::Paid } else { InvoiceStatus::Issued },
        issued_at: cut(now),
        paid_at: (total_minor == 0).then_some(cut(now)),
    };
    insert(tx, &invoice).await?;
    let detail = json!({ "period": period.start, "total": Money::new(total_minor, currency).to_string() });
    record(tx, &By::system(), Some(partner), "invoice.issued", &invoice.number, detail, now).await?;
    Ok(invoice)
}

/// Counts up within the year of issue; a bill that is rolled back leaves no gap.
async fn next_number(tx: &mut Tx, now: DateTime<Utc>) -> Result<String> {
    const SQL: &str = "insert into counters (name, value) values ($1, 1) \
         on conflict (name) do update set value = counters.value + 1 returning value";
    let year = now.year();
    let number: i64 = on_tx!(tx, |conn| sqlx::query_scalar(SQL).bind(format!("invoices:{year}")).fetch_one(conn).await?);
    Ok(format!("PT-{year}-{number:04}"))
}

async fn end_cancelled(tx: &mut Tx, partner: Uuid, period: Period, now: DateTime<Utc>) -> Result<()> {
    const SQL: &str = "update subscriptions set status = 'cancelled', ended_at = ends_at \
         where partner_id = $1 and status <> 'cancelled' and ends_at <= $2 returning \
         (select name from products where id = subscriptions.product_id) as product_name, \
         (select name from plans where id = subscriptions.plan_id) as plan_name";
    let moved: Vec<Moved> = on_tx!(tx, |conn| sqlx::query_as(SQL).bind(partner).bind(period.end).fetch_all(conn).await?);
    note(tx, partner, moved, "subscription.ended", now).await
}

async fn change_planned(tx: &mut Tx, partner: Uuid, period: Period, now: DateTime<Utc>) -> Result<()> {
    const SQL: &str = "update subscriptions set plan_id = next_plan_id, next_plan_id = null, next_plan_at = null \
         where partner_id = $1 and status <> 'cancelled' and next_plan_at <= $2 returning \
         (select name from products where id = subscriptions.product_id) as product_name, \
         (select name from plans where id = subscriptions.plan_id) as plan_name";
    let moved: Vec<Moved> = on_tx!(tx, |conn| sqlx::query_as(SQL).bind(partner).bind(period.end).fetch_all(conn).await?);
    note(tx, partner, moved, "subscription.changed", now).await
}

async fn note(tx: &mut Tx, partner: Uuid, moved: Vec<Moved>, kind: &str, now: DateTime<Utc>) -> Result<()> {
    for Moved { product_name, plan_name } in moved {
        let subject = format!("{product_name}, {plan_name}");
        record(tx, &By::system(), Some(partner), kind, &subject, json!({ "plan": plan_name }), now).await?;
    }
    Ok(())
}
