//! The products of Parcelry, read from the embedded documents and `catalogue.toml`, and published one by one.

use super::{DemoError, found};
use chrono::{DateTime, TimeDelta, Utc};
use domain::event::By;
use domain::money::{Currency, to_minor};
use domain::plan::{Beyond, PlanTerms};
use domain::product::{BUILT_IN_UPSTREAM, Category, Status, Visibility};
use rust_decimal::Decimal;
use serde::Deserialize;
use std::collections::BTreeMap;
use store::{NewProduct, PublishOutcome, Store};
use yaml_serde::Value;

const CATALOGUE: &str = include_str!("../../demo/catalogue.toml");

/// The documents by product.
const DOCUMENTS: [(&str, &str); 8] = [
    ("shipment-tracking", include_str!("../../demo/shipment-tracking.yaml")),
    ("routing", include_str!("../../demo/routing.yaml")),
    ("rates", include_str!("../../demo/rates.yaml")),
    ("address-validation", include_str!("../../demo/address-validation.yaml")),
    ("labels", include_str!("../../demo/labels.yaml")),
    ("customs", include_str!("../../demo/customs.yaml")),
    ("pickups", include_str!("../../demo/pickups.yaml")),
    ("notifications", include_str!("../../demo/notifications.yaml")),
];

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Catalogue {
    product: Vec<Entry>,
    /// What every product costs, by the plan's slug.
    plans: BTreeMap<String, Terms>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    id: String,
    name: String,
    description: String,
    category: Category,
    status: Status,
    tags: Vec<String>,
    icon: String,
    /// What differs from the plans that every product has.
    #[serde(default)]
    plans: BTreeMap<String, Terms>,
    before: Option<Before>,
}

/// An earlier version of a document, told by what it did not have.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Before {
    version: String,
    /// When today's document took over.
    days_ago: i64,
    /// JSON pointers into today's document.
    without: Vec<String>,
}

/// A plan's numbers; the absent ones are as in the plan of every product.
#[derive(Deserialize, Clone, Copy, Default)]
#[serde(deny_unknown_fields)]
struct Terms {
    /// Major units a month.
    price: Option<Decimal>,
    /// Calls a month, after which the gateway stops.
    monthly_quota: Option<i64>,
    /// Calls a month that the price includes, after which each costs.
    included: Option<i64>,
    /// Major units.
    overage_per_1000: Option<Decimal>,
    /// Calls a second.
    rate: Option<i64>,
}

impl Terms {
    fn or(self, other: Self) -> Self {
        Self {
            price: self.price.or(other.price),
            monthly_quota: self.monthly_quota.or(other.monthly_quota),
            included: self.included.or(other.included),
            overage_per_1000: self.overage_per_1000.or(other.overage_per_1000),
            rate: self.rate.or(other.rate),
        }
    }

    fn plan(self, slug: &str) -> PlanTerms {
        let minor = |major: Decimal| major * Decimal::ONE_HUNDRED;
        PlanTerms {
            slug: slug.to_owned(),
            name: titled(slug),
            currency: Currency::Usd,
            price_minor: to_minor(minor(self.price.unwrap_or_default())),
            included: self.monthly_quota.or(self.included).unwrap_or_default(),
            beyond: self.overage_per_1000.map_or(Beyond::Stop, |price| Beyond::Overage(minor(price))),
            rate_per_second: self.rate.unwrap_or(1),
        }
    }
}

impl Entry {
    fn product(&self) -> NewProduct {
        NewProduct {
            id: self.id.clone(),
            name: self.name.clone(),
            description: self.description.clone(),
            category: self.category,
            status: self.status,
            visibility: Visibility::Public,
            tags: self.tags.clone(),
            icon: self.icon.clone(),
            base_url: BUILT_IN_UPSTREAM.to_owned(),
            sandbox_url: None,
            spec_url: None,
        }
    }

    /// Its plans, cheapest first.
    fn plans(&self, of_all: &BTreeMap<String, Terms>) -> Vec<PlanTerms> {
        let own = |slug| self.plans.get(slug).copied().unwrap_or_default();
        let mut plans: Vec<_> = of_all.iter().map(|(slug, terms)| own(slug.as_str()).or(*terms).plan(slug)).collect();
        plans.sort_by_key(|plan| plan.price_minor);
        plans
    }
}

/// Adds every product with its plans at `opening`, and publishes its documents up to `now`.
pub async fn publish(store: &Store, by: &By, opening: DateTime<Utc>, now: DateTime<Utc>) -> Result<(), DemoError> {
    let catalogue = read()?;
    for (entry, hours) in catalogue.product.iter().zip(1..) {
        let at = opening + TimeDelta::hours(hours);
        store.create_product(entry.product(), by, at).await?;
        for plan in entry.plans(&catalogue.plans) {
            store.offer_plan(&entry.id, plan, by, at).await?;
        }
        let document = document(&entry.id)?;
        match &entry.before {
            Some(before) => {
                accept(store, &entry.id, &earlier(document, before)?, by, at).await?;
                accept(store, &entry.id, document, by, now - TimeDelta::days(before.days_ago)).await?;
            }
            None => accept(store, &entry.id, document, by, at).await?,
        }
    }
    Ok(())
}

/// Sends a broken document of Labels, so that there is a refusal to read about; the one before stays in force.
pub async fn refuse(store: &Store, by: &By, at: DateTime<Utc>) -> Result<(), DemoError> {
    let broken = document("labels")?.replacen("#/components/schemas/NewLabel", "#/components/schemas/Lable", 1);
    match store.publish("labels", &broken, by, at).await? {
        PublishOutcome::Refused(_) => Ok(()),
        other => Err(DemoError::Catalogue(format!("labels: a document with a dangling reference was answered with {other:?}"))),
    }
}

async fn accept(store: &Store, product: &str, document: &str, by: &By, at: DateTime<Utc>) -> Result<(), DemoError> {
    match store.publish(product, document, by, at).await? {
        PublishOutcome::Accepted(_) => Ok(()),
        PublishOutcome::Refused(refused) => Err(DemoError::Catalogue(format!("{product}: {}: {}", refused.pointer, refused.message))),
        other => Err(DemoError::Catalogue(format!("{product}: {other:?}"))),
    }
}

fn read() -> Result<Catalogue, DemoError> {
    toml::from_str(CATALOGUE).map_err(|error| DemoError::Catalogue(error.to_string()))
}

fn document(product: &str) -> Result<&'static str, DemoError> {
    found(DOCUMENTS.iter().find(|(id, _)| *id == product).map(|(_, text)| *text), "a document for every product")
}

/// Today's document as it was before.
fn earlier(document: &str, before: &Before) -> Result<String, DemoError> {
    let broken = |error: yaml_serde::Error| DemoError::Catalogue(error.to_string());
    let mut value: Value = yaml_serde::from_str(document).map_err(broken)?;
    value["info"]["version"] = Value::String(before.version.clone());
    for pointer in &before.without {
        remove(&mut value, pointer).ok_or_else(|| DemoError::Catalogue(format!("nothing at {pointer}")))?;
    }
    yaml_serde::to_string(&value).map_err(broken)
}

/// Takes away what a JSON pointer names; `None` where there is nothing.
fn remove(value: &mut Value, pointer: &str) -> Option<Value> {
    let (parent, last) = pointer.rsplit_once('/')?;
    let unescaped = |name: &str| name.replace("~1", "/").replace("~0", "~");
    let parent = parent.split('/').skip(1).try_fold(value, |at, name| match at {
        Value::Sequence(items) => items.get_mut(name.parse::<usize>().ok()?),
        other => other.get_mut(unescaped(name)),
    })?;
    match parent {
        Value::Mapping(map) => map.remove(unescaped(last)),
        Value::Sequence(items) => last.parse().ok().filter(|index| *index < items.len()).map(|index| items.remove(index)),
        _ => None,
    }
}

/// `Starter` for `starter`.
fn titled(slug: &str) -> String {
    let mut letters = slug.chars();
    letters.next().map(|first| first.to_uppercase().chain(letters).collect()).unwrap_or_default()
}

#[cfg(test)]
#[path = "catalogue_tests.rs"]
mod tests;
