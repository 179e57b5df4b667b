//! Partners as the admin sees them.

use crate::{Result, Store};
use chrono::{DateTime, Utc};
use domain::account::{Member, Partner};
use domain::event::By;
use domain::subscription::Subscription;
use domain::usage::Counts;
use uuid::Uuid;

/// One row of the partners page.
#[derive(Debug, Clone, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct PartnerRow {
    pub partner: Partner,
    pub owner_email: String,
    pub subscriptions: Vec<Subscription>,
    /// Live calls of the running period.
    pub counts: Counts,
    /// So far in the running period, in minor units of USD.
    pub spend_minor: i64,
}

/// Everything about one partner.
#[derive(Debug, Clone, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct PartnerDetail {
    pub row: PartnerRow,
    pub members: Vec<Member>,
    pub keys: Vec<domain::key::Key>,
    pub invoices: Vec<domain::invoice::Invoice>,
}

impl Store {
    pub async fn partner(&self, id: Uuid) -> Result<Option<Partner>> {
        todo!()
    }
    /// By name; `search` matches names and owners' addresses.
    pub async fn partner_rows(&self, search: &str, now: DateTime<Utc>) -> Result<Vec<PartnerRow>> {
        todo!()
    }
    pub async fn partner_detail(&self, id: Uuid, now: DateTime<Utc>) -> Result<Option<PartnerDetail>> {
        todo!()
    }
    /// Every key answers 403 from now on.
    pub async fn suspend_partner(&self, id: Uuid, by: &By, now: DateTime<Utc>) -> Result<bool> {
        todo!()
    }
    pub async fn resume_partner(&self, id: Uuid, by: &By, now: DateTime<Utc>) -> Result<bool> {
        todo!()
    }
}
