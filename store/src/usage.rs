//! Sums of usage for pages, quotas and bills.

use crate::{Result, Store};
use chrono::{DateTime, Utc};
use domain::period::Period;
use domain::subscription::Subscription;
use domain::usage::{Counts, Overview, UsageFilter};
use uuid::Uuid;

/// A subscription with the calls of the running period.
#[derive(Debug, Clone, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct QuotaRow {
    pub subscription: Subscription,
    pub used: i64,
}

impl Store {
    pub async fn overview(&self, filter: &UsageFilter) -> Result<Overview> {
        todo!()
    }
    /// Live calls of a partner on a product that count towards quota and bill, in a period.
    pub async fn billable_calls(&self, partner: Uuid, product: &str, period: Period) -> Result<i64> {
        todo!()
    }
    pub async fn quotas(&self, partner: Uuid, now: DateTime<Utc>) -> Result<Vec<QuotaRow>> {
        todo!()
    }
    /// Everything ever counted for a key.
    pub async fn key_counts(&self, key: Uuid) -> Result<Counts> {
        todo!()
    }
    /// Whether the partner ever made a call in this environment.
    pub async fn has_called(&self, partner: Uuid, environment: domain::key::Environment) -> Result<bool> {
        todo!()
    }
    /// (operation id, counts) of one product, most called first.
    pub async fn by_operation(&self, filter: &UsageFilter) -> Result<Vec<(String, Counts)>> {
        todo!()
    }
    /// (key id, counts), most called first.
    pub async fn by_key(&self, filter: &UsageFilter) -> Result<Vec<(Uuid, Counts)>> {
        todo!()
    }
    /// Counts over every partner, for admins: (partner, counts).
    pub async fn by_partner(&self, from: DateTime<Utc>, to: DateTime<Utc>) -> Result<Vec<(Uuid, Counts)>> {
        todo!()
    }
}
