//! What the tests call: a product, a partner with a plan, keys.

use crate::ledger::Entry;
use crate::northwind::partner;
use crate::parcels::product;
use chrono::Utc;
use domain::event::By;
use domain::key::{Environment, Scope};
use domain::money::Currency;
use domain::plan::{Beyond, PlanTerms};
use store::{NewKey, PasswordCost, Store};

const DOCUMENT: &str = "openapi: 3.1.0
info: { title: Parcels, version: 1.0.0 }
paths:
  /parcels:
    get: { operationId: listParcels, responses: { '200': { description: All., content: { application/json: { example: [1, 2, 3] } } } } }
";

/// A product that answers by itself, a partner with a plan, and keys.
pub async fn found(url: &str, beyond: Beyond, keys: usize) -> Vec<Entry> {
    let (store, by, now) = (Store::open_with(url, PasswordCost::Cheap).await.unwrap(), By::system(), Utc::now());
    store.create_product(product(), &by, now).await.unwrap();
    store.publish("parcels", DOCUMENT, &by, now).await.unwrap();
    let plan = store.offer_plan("parcels", terms(beyond), &by, now).await.unwrap().unwrap();
    let partner = partner(&store).await;
    store.subscribe(partner, "parcels", plan.id, &by, now).await.unwrap();
    let mut ledger = Vec::with_capacity(keys);
    for n in 0..keys {
        let new = NewKey {
            name: format!("Key {n}"),
            environment: Environment::Live,
            scope: Scope::All,
            expires_at: None,
            addresses: Default::default(),
        };
        let key = store.create_key(partner, new, true, &by, now).await.unwrap();
        ledger.push(Entry::new(key));
    }
    store.close().await;
    ledger
}

/// 500 calls a month, at a pace that nobody reaches.
fn terms(beyond: Beyond) -> PlanTerms {
    PlanTerms {
        slug: "starter".to_owned(),
        name: "Starter".to_owned(),
        currency: Currency::Usd,
        price_minor: if beyond == Beyond::Stop { 0 } else { 4_900 },
        included: 500,
        beyond,
        rate_per_second: 100_000,
    }
}
