//! Bills: the running period's preview and closed periods' invoices, priced from usage.

use crate::{Result, Store};
use chrono::{DateTime, Utc};
use domain::event::By;
use domain::invoice::{Invoice, Preview};
use domain::period::Period;
use uuid::Uuid;

/// Revenue of one product in one period.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct RevenueRow {
    pub period: Period,
    pub product_id: String,
    pub currency: domain::money::Currency,
    pub amount_minor: i64,
}

impl Store {
    /// Newest first.
    pub async fn invoices(&self, partner: Uuid) -> Result<Vec<Invoice>> {
        todo!()
    }
    pub async fn invoice(&self, partner: Uuid, id: Uuid) -> Result<Option<Invoice>> {
        todo!()
    }
    /// What the running period costs so far: one preview per currency, priced from the meter this moment.
    pub async fn preview(&self, partner: Uuid, now: DateTime<Utc>) -> Result<Vec<Preview>> {
        todo!()
    }
    /// Bills every partner for a closed period, then applies planned changes and cancellations. Idempotent; returns the invoices it made.
    pub async fn close_period(&self, period: Period, now: DateTime<Utc>) -> Result<Vec<Invoice>> {
        todo!()
    }
    pub async fn mark_paid(&self, invoice: Uuid, by: &By, now: DateTime<Utc>) -> Result<bool> {
        todo!()
    }
    /// Invoiced and running amounts by period and product, newest period first.
    pub async fn revenue(&self, periods: i64, now: DateTime<Utc>) -> Result<Vec<RevenueRow>> {
        todo!()
    }
}
