//! The numbers of the overview, in one answer.

use super::range::Range;
use crate::error::AppError;
use chrono::{DateTime, Utc};
use domain::invoice::Preview;
use domain::key::Environment;
use domain::plan::Plan;
use domain::usage::{Call, Overview};
use leptos::prelude::*;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Everything that the page shows for a range.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Board {
    pub partner: String,
    pub person: String,
    pub environment: Environment,
    pub overview: Overview,
    pub quotas: Vec<Quota>,
    pub previews: Vec<Preview>,
    pub recent: Vec<Call>,
    /// Names of products by id.
    pub products: BTreeMap<String, String>,
    pub steps: Steps,
    pub now: DateTime<Utc>,
}

/// How much of a plan is used.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Quota {
    pub product: String,
    pub plan: Plan,
    pub used: i64,
}

/// What a new partner has done so far.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Steps {
    pub test_key: bool,
    pub test_call: bool,
    pub subscribed: bool,
    pub live_key: bool,
    pub live_call: bool,
}

impl Steps {
    pub fn done(self) -> bool {
        self.live_call && self.subscribed
    }
}

impl Board {
    /// `Live traffic` or `Sandbox traffic`.
    pub fn traffic(&self) -> &'static str {
        if self.environment == Environment::Live { "Live traffic" } else { "Sandbox traffic" }
    }

    /// Nothing was called in this range.
    pub fn is_quiet(&self) -> bool {
        self.overview.counts.answered() == 0 && self.overview.counts.refused == 0 && self.recent.is_empty()
    }

    /// The name of a product, or its id.
    pub fn name(&self, product: &str) -> String {
        self.products.get(product).cloned().unwrap_or_else(|| product.to_owned())
    }
}

/// The numbers of the reader's organisation. `environment` is `live`, `test`, or empty for live where there ever was a live call.
#[server]
pub async fn load_board(range: Range, environment: String) -> Result<Board, AppError> {
    use crate::session::server::{now, require};
    use domain::usage::{CallFilter, UsageFilter};
    let (actor, partner) = require(domain::access::Action::ReadPartner).await?;
    let (store, now) = (crate::portal::store()?, now());
    let steps = server::steps(&store, partner).await?;
    let usual = if steps.live_call || steps.live_key { Environment::Live } else { Environment::Test };
    let environment = Environment::parse(&environment).unwrap_or(usual);
    let (from, to) = range.span(now);
    let filter = UsageFilter { partner_id: Some(partner), environment, product_id: None, from, to };
    let recent = CallFilter { environment: Some(environment), limit: 8, ..CallFilter::default() };
    Ok(Board {
        partner: actor.membership.map(|membership| membership.partner.name).unwrap_or_default(),
        person: actor.person.name,
        environment,
        overview: store.overview(&filter).await?,
        quotas: server::quotas(&store, partner, now).await?,
        previews: store.preview(partner, now).await?,
        recent: store.calls(partner, &recent).await?,
        products: store.catalogue(Some(partner)).await?.into_iter().map(|product| (product.id, product.name)).collect(),
        steps,
        now,
    })
}

#[cfg(feature = "ssr")]
mod server {
    use super::{Quota, Steps};
    use crate::error::AppError;
    use chrono::{DateTime, Utc};
    use domain::key::Environment;
    use store::Store;
    use uuid::Uuid;

    pub(super) async fn steps(store: &Store, partner: Uuid) -> Result<Steps, AppError> {
        let keys = store.keys(partner).await?;
        let has_key = |environment| keys.iter().any(|key| key.environment == environment && key.revoked_at.is_none());
        Ok(Steps {
            test_key: has_key(Environment::Test),
            live_key: has_key(Environment::Live),
            test_call: store.has_called(partner, Environment::Test).await?,
            live_call: store.has_called(partner, Environment::Live).await?,
            subscribed: !store.subscriptions(partner).await?.is_empty(),
        })
    }

    pub(super) async fn quotas(store: &Store, partner: Uuid, now: DateTime<Utc>) -> Result<Vec<Quota>, AppError> {
        let rows = store.quotas(partner, now).await?;
        Ok(rows
            .into_iter()
            .map(|row| Quota { product: row.subscription.product_name, plan: row.subscription.plan, used: row.used })
            .collect())
    }
}
