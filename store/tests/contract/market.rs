//! What tests of products, plans and calls begin with.

use crate::portal::{by, noon, product};
use chrono::{DateTime, TimeDelta, Utc};
use domain::key::Environment;
use domain::money::Currency;
use domain::plan::{Beyond, Plan, PlanTerms};
use domain::usage::{Call, Outcome, Source, UsageFilter};
use rust_decimal::Decimal;
use std::time::Duration;
use store::Store;
use uuid::{NoContext, Timestamp, Uuid};

/// A document with one operation per path.
pub fn document(version: &str, paths: &[&str]) -> String {
    let paths: Vec<_> = paths
        .iter()
        .map(|path| {
            format!(
                r#""{path}": {{"get": {{"summary": "Read {path}", "tags": ["Reading"], "responses": {{"200": {{"description": "OK"}}}}}}}}"#
            )
        })
        .collect();
    format!(r#"{{"openapi": "3.1.0", "info": {{"title": "Parcels", "version": "{version}"}}, "paths": {{{}}}}}"#, paths.join(", "))
}

/// Free: 500 calls, then nothing.
pub fn free() -> PlanTerms {
    PlanTerms {
        slug: "free".to_owned(),
        name: "Free".to_owned(),
        currency: Currency::Usd,
        price_minor: 0,
        included: 500,
        beyond: Beyond::Stop,
        rate_per_second: 2,
    }
}

/// Starter: $49 for 10 calls, $3 for each 1,000 over. Few are included, so that tests reach the overage.
pub fn starter() -> PlanTerms {
    PlanTerms {
        slug: "starter".to_owned(),
        name: "Starter".to_owned(),
        price_minor: 4_900,
        included: 10,
        beyond: Beyond::Overage(Decimal::from(300)),
        rate_per_second: 20,
        ..free()
    }
}

/// Enterprise: $299 for 100 calls, $1.50 for each 1,000 over.
pub fn enterprise() -> PlanTerms {
    PlanTerms {
        slug: "enterprise".to_owned(),
        name: "Enterprise".to_owned(),
        price_minor: 29_900,
        included: 100,
        beyond: Beyond::Overage(Decimal::from(150)),
        ..starter()
    }
}

/// Puts a plan on offer.
pub async fn offer(store: &Store, product: &str, terms: PlanTerms) -> Plan {
    store.offer_plan(product, terms, &by(), noon()).await.unwrap().unwrap()
}

/// A product with the plans free, starter and enterprise, in this order.
pub async fn product_with_plans(store: &Store, id: &str) -> [Plan; 3] {
    product(store, id).await;
    [offer(store, id, free()).await, offer(store, id, starter()).await, offer(store, id, enterprise()).await]
}

/// A live call through the gateway that the upstream answered with 200 in 20 ms.
pub fn call(partner: Uuid, product: &str, at: DateTime<Utc>) -> Call {
    Call {
        id: Uuid::now_v7(),
        at,
        partner_id: partner,
        product_id: product.to_owned(),
        key_id: Uuid::from_u128(7),
        environment: Environment::Live,
        source: Source::Gateway,
        method: "GET".to_owned(),
        path: "/parcels/1".to_owned(),
        operation: "getParcel".to_owned(),
        status: 200,
        outcome: Outcome::Success,
        latency: Duration::from_millis(20),
        bytes_in: 10,
        bytes_out: 1_000,
    }
}

/// Records `count` such calls, a millisecond apart.
pub async fn calls(store: &Store, count: i64, partner: Uuid, product: &str, at: DateTime<Utc>) {
    let calls: Vec<_> = (0..count).map(|n| call(partner, product, at + TimeDelta::milliseconds(n))).collect();
    store.record_batch(Uuid::new_v4(), &calls, at).await.unwrap();
}

/// Live calls of a partner from one moment to another.
pub fn live(partner: Uuid, from: DateTime<Utc>, to: DateTime<Utc>) -> UsageFilter {
    UsageFilter { partner_id: Some(partner), environment: Environment::Live, product_id: None, from, to }
}

/// A call whose id is of its moment, as the gateway makes them.
pub fn dated(partner: Uuid, at: DateTime<Utc>) -> Call {
    let moment = Timestamp::from_unix(NoContext, at.timestamp().unsigned_abs(), at.timestamp_subsec_nanos());
    Call { id: Uuid::new_v7(moment), ..call(partner, "labels", at) }
}
