//! Invoices: one per partner and period, made of priced lines.

use crate::money::{Currency, Money};
use crate::names;
use crate::period::Period;
use crate::price::Line;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// Where an invoice is in its life.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum InvoiceStatus {
    Issued,
    Paid,
}

names!(InvoiceStatus { Issued => "issued", Paid => "paid" });

/// The bill of a closed period. Never edited: a correction is a line of a later one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Invoice {
    pub id: Uuid,
    /// `PT-2026-0008`: counts up within the platform and year.
    pub number: String,
    pub partner_id: Uuid,
    pub period: Period,
    pub currency: Currency,
    pub lines: Vec<Line>,
    pub total_minor: i64,
    pub status: InvoiceStatus,
    pub issued_at: DateTime<Utc>,
    pub paid_at: Option<DateTime<Utc>>,
}

impl Invoice {
    pub fn total(&self) -> Money {
        Money::new(self.total_minor, self.currency)
    }
}

/// The running period as it stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Preview {
    pub period: Period,
    pub currency: Currency,
    pub lines: Vec<Line>,
    pub total_minor: i64,
    /// At the usual pace, by the period's end.
    pub projected_minor: i64,
}
