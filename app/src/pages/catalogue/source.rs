//! What the server functions of this part ask the store for, on behalf of the visitor.

use super::card::ProductCard;
use super::changelog::Entry;
use crate::error::AppError;
use crate::portal::store;
use crate::session::server;
use chrono::{DateTime, TimeDelta, Utc};
use domain::access::{Action, may};
use domain::key::{Environment, Key};
use domain::money::grouped;
use domain::plan::Plan;
use domain::product::{Product, Revision};
use domain::usage::UsageFilter;
use std::sync::Arc;
use store::{Published, Store};
use uuid::Uuid;

/// The product, if the visitor may see it; else 404.
pub async fn visible(id: &str) -> Result<Product, AppError> {
    visible_to(server::partner().await?, id).await
}

/// The product, if a visitor who acts for `partner` may see it; else 404.
pub async fn visible_to(partner: Option<Uuid>, id: &str) -> Result<Product, AppError> {
    store()?.visible_product(id, partner).await?.ok_or_else(|| AppError::NotFound.raise())
}

/// The document in force of a product that the visitor may see; else 404.
pub async fn published(id: &str) -> Result<Arc<Published>, AppError> {
    visible(id).await?;
    store()?.published(id).await?.ok_or_else(|| AppError::NotFound.raise())
}

/// The visitor's test keys that work for a product, as (prefix, name), and whether they may make one.
pub async fn test_keys(product: &str) -> Result<(Vec<(String, String)>, bool), AppError> {
    let (Some(actor), Some(partner)) = (server::actor().await?, server::partner().await?) else { return Ok((Vec::new(), false)) };
    let now = server::now();
    let usable = |key: &Key| key.environment == Environment::Test && key.works(now) && key.scope.covers(product);
    let keys = store()?.keys(partner).await?.into_iter().filter(usable).map(|key| (key.prefix, key.name)).collect();
    Ok((keys, may(&actor, Action::ManageKeys, Some(partner))))
}

/// Live calls answered in the last 30 days, by product id: what "popular" means.
pub async fn calls_by_product(store: &Store, now: DateTime<Utc>) -> Result<Vec<(String, i64)>, AppError> {
    let overview = store.overview(&live(None, now, TimeDelta::days(30))).await?;
    Ok(overview.by_product.into_iter().map(|(id, counts)| (id, counts.answered())).collect())
}

/// The live calls of a product in the last 24 hours, over all partners.
pub fn last_day(product: &str, now: DateTime<Utc>) -> UsageFilter {
    live(Some(product), now, TimeDelta::hours(24))
}

fn live(product: Option<&str>, now: DateTime<Utc>, span: TimeDelta) -> UsageFilter {
    UsageFilter { partner_id: None, environment: Environment::Live, product_id: product.map(str::to_owned), from: now - span, to: now }
}

/// The card of a product with the plans that are offered for it.
pub fn card(product: Product, plans: &[Plan]) -> ProductCard {
    ProductCard {
        offer: offer(plans.iter().filter(|plan| plan.product_id == product.id)),
        id: product.id,
        name: product.name,
        description: product.description,
        version: product.version,
        category: product.category,
        status: product.status,
        tags: product.tags,
        icon: product.icon,
        operations: product.operations,
        matches: Vec::new(),
        created_at: product.created_at,
    }
}

/// The cheapest ways in, in a few words.
fn offer<'a>(plans: impl Iterator<Item = &'a Plan>) -> String {
    let (free, paid): (Vec<&Plan>, Vec<&Plan>) = plans.partition(|plan| plan.price_minor == 0);
    let free = free.iter().map(|plan| plan.included).max().map(free_words);
    let paid = paid.iter().min_by_key(|plan| plan.price_minor).map(|plan| plan.price().short());
    match (free, paid) {
        (Some(free), Some(paid)) => format!("{free} · from {paid}"),
        (Some(free), None) => free,
        (None, Some(paid)) => format!("From {paid}"),
        (None, None) => "No plan yet".to_owned(),
    }
}

fn free_words(included: i64) -> String {
    format!("Free {}", grouped(included.unsigned_abs()))
}

/// A revision as readers see it.
pub fn entry(revision: Revision, product_name: String) -> Entry {
    Entry {
        product_id: revision.product_id,
        product_name,
        number: revision.number,
        version: revision.version,
        at: revision.created_at,
        changes: revision.changes,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::money::Currency;
    use domain::plan::{Beyond, PlanStatus};

    fn plan(price_minor: i64, included: i64, beyond: Beyond) -> Plan {
        Plan {
            id: uuid::Uuid::nil(),
            product_id: "rates".to_owned(),
            slug: "x".to_owned(),
            name: "X".to_owned(),
            currency: Currency::Usd,
            price_minor,
            included,
            beyond,
            rate_per_second: 2,
            status: PlanStatus::Offered,
            version: 1,
        }
    }

    #[test]
    fn an_offer_names_the_cheapest_ways_in() {
        let free = plan(0, 1_000, Beyond::Stop);
        let starter = plan(4_900, 10_000, Beyond::Overage(300.into()));
        let big = plan(29_900, 100_000, Beyond::Overage(150.into()));
        assert_eq!(offer([&big, &free, &starter].into_iter()), "Free 1,000 · from $49");
        assert_eq!(offer([&big].into_iter()), "From $299");
        assert_eq!(offer([&free].into_iter()), "Free 1,000");
        assert_eq!(offer(std::iter::empty()), "No plan yet");
    }
}
