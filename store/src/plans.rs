//! Plans and their versions.

use crate::{Result, Store};
use chrono::{DateTime, Utc};
use domain::event::By;
use domain::plan::{Plan, PlanTerms};
use uuid::Uuid;

impl Store {
    /// The plans on offer, cheapest first.
    pub async fn plans(&self, product: &str) -> Result<Vec<Plan>> {
        todo!()
    }
    /// The plans on offer of every product.
    pub async fn all_plans(&self) -> Result<Vec<Plan>> {
        todo!()
    }
    pub async fn plan(&self, id: Uuid) -> Result<Option<Plan>> {
        todo!()
    }
    /// Adds a plan, or the next version of the one with this slug (the version before is archived, subscriptions keep it).
    pub async fn offer_plan(&self, product: &str, terms: PlanTerms, by: &By, now: DateTime<Utc>) -> Result<Option<Plan>> {
        todo!()
    }
    pub async fn archive_plan(&self, id: Uuid, by: &By, now: DateTime<Utc>) -> Result<bool> {
        todo!()
    }
}
