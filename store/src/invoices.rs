//! Bills: the running period's preview and closed periods' invoices, priced from usage.

use crate::charges::Charge;
use crate::db::{Tx, cut, known, on_pool, on_tx};
use crate::events::record;
use crate::{Error, Result, Store};
use chrono::{DateTime, Utc};
use domain::event::By;
use domain::invoice::{Invoice, InvoiceStatus, Preview};
use domain::money::{Currency, Money};
use domain::period::Period;
use domain::price::{self, Line};
use serde_json::json;
use sqlx::FromRow;
use sqlx::types::Json;
use uuid::Uuid;

#[derive(FromRow)]
struct InvoiceRow {
    id: Uuid,
    number: String,
    partner_id: Uuid,
    period_start: DateTime<Utc>,
    period_end: DateTime<Utc>,
    currency: String,
    lines: Json<Vec<Line>>,
    total_minor: i64,
    status: String,
    issued_at: DateTime<Utc>,
    paid_at: Option<DateTime<Utc>>,
}

impl TryFrom<InvoiceRow> for Invoice {
    type Error = Error;

    fn try_from(row: InvoiceRow) -> Result<Self> {
        Ok(Self {
            id: row.id,
            number: row.number,
            partner_id: row.partner_id,
            period: Period { start: row.period_start, end: row.period_end },
            currency: known("invoices", "currency", &row.currency, Currency::parse)?,
            lines: row.lines.0,
            total_minor: row.total_minor,
            status: known("invoices", "status", &row.status, InvoiceStatus::parse)?,
            issued_at: row.issued_at,
            paid_at: row.paid_at,
        })
    }
}

impl Store {
    /// Newest first.
    ///
    /// # Errors
    /// What the database said, or [`Error::Corrupt`].
    pub async fn invoices(&self, partner: Uuid) -> Result<Vec<Invoice>> {
        const SQL: &str = "select * from invoices where partner_id = $1 order by period_start desc, number desc";
        let rows: Vec<InvoiceRow> = on_pool!(&self.db, |pool| sqlx::query_as(SQL).bind(partner).fetch_all(pool).await?);
        rows.into_iter().map(Invoice::try_from).collect()
    }

    /// `None` also for another partner's invoice.
    ///
    /// # Errors
    /// What the database said, or [`Error::Corrupt`].
    pub async fn invoice(&self, partner: Uuid, id: Uuid) -> Result<Option<Invoice>> {
        const SQL: &str = "select * from invoices where partner_id = $1 and id = $2";
        let row: Option<InvoiceRow> = on_pool!(&self.db, |pool| sqlx::query_as(SQL).bind(partner).bind(id).fetch_optional(pool).await?);
        row.map(Invoice::try_from).transpose()
    }

    /// Every partner's invoices of periods that began at or after `since`, newest period first.
    pub(crate) async fn invoices_since(&self, since: DateTime<Utc>) -> Result<Vec<Invoice>> {
        const SQL: &str = "select * from invoices where period_start >= $1 order by period_start desc, number";
        let rows: Vec<InvoiceRow> = on_pool!(&self.db, |pool| sqlx::query_as(SQL).bind(cut(since)).fetch_all(pool).await?);
        rows.into_iter().map(Invoice::try_from).collect()
    }

    /// What the running period costs so far: one preview per currency, priced from the meter this moment.
    ///
    /// # Errors
    /// What the database said, or [`Error::Corrupt`].
    pub async fn preview(&self, partner: Uuid, now: DateTime<Utc>) -> Result<Vec<Preview>> {
        let period = Period::month_of(now);
        let charges = self.charges(Some(partner), period).await?;
        Ok(Currency::ALL.into_iter().filter_map(|currency| preview_in(&charges, currency, period, now)).collect())
    }

    /// False where there is no such invoice or it is paid already.
    ///
    /// # Errors
    /// What the database said, or [`Error::Corrupt`].
    pub async fn mark_paid(&self, invoice: Uuid, by: &By, now: DateTime<Utc>) -> Result<bool> {
        const SQL: &str = "update invoices set status = 'paid', paid_at = $2 where id = $1 and status = 'issued' returning *";
        let mut tx = self.begin_write().await?;
        let row: Option<InvoiceRow> = on_tx!(tx, |conn| sqlx::query_as(SQL).bind(invoice).bind(cut(now)).fetch_optional(conn).await?);
        let Some(paid) = row.map(Invoice::try_from).transpose()? else { return Ok(false) };
        let detail = json!({ "total": Money::new(paid.total_minor, paid.currency).to_string() });
        record(&mut tx, by, Some(paid.partner_id), "invoice.paid", &paid.number, detail, now).await?;
        tx.commit().await?;
        Ok(true)
    }
}

fn preview_in(charges: &[Charge], currency: Currency, period: Period, now: DateTime<Utc>) -> Option<Preview> {
    let charges: Vec<_> = charges.iter().filter(|charge| charge.plan.currency == currency).collect();
    let lines: Vec<_> = charges.iter().flat_map(|charge| charge.lines.clone()).collect();
    let projected_minor = charges.iter().map(|charge| charge.projected(period, now)).sum();
    let total_minor = price::total(&lines);
    (!charges.is_empty()).then_some(Preview { period, currency, lines, total_minor, projected_minor })
}

pub(crate) async fn insert(tx: &mut Tx, invoice: &Invoice) -> Result<()> {
    const SQL: &str = "insert into invoices (id, number, partner_id, period_start, period_end, currency, lines, total_minor, status, \
         issued_at, paid_at) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)";
    on_tx!(tx, |conn| sqlx::query(SQL)
        .bind(invoice.id)
        .bind(&invoice.number)
        .bind(invoice.partner_id)
        .bind(invoice.period.start)
        .bind(invoice.period.end)
        .bind(invoice.currency.as_str())
        .bind(Json(&invoice.lines))
        .bind(invoice.total_minor)
        .bind(invoice.status.as_str())
        .bind(invoice.issued_at)
        .bind(invoice.paid_at)
        .execute(conn)
        .await?
        .rows_affected());
    Ok(())
}
