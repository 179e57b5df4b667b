//! What programs under test sell: a product with one plan, and keys that call it.

use crate::parcels::product;
use chrono::Utc;
use domain::event::By;
use domain::key::Environment;
use domain::money::Currency;
use domain::plan::{Beyond, PlanTerms};
use store::{CreatedKey, NewKey, NewProduct, Store};
use uuid::Uuid;

const DOCUMENT: &str = "openapi: 3.1.0
info: { title: Parcels, version: 1.0.0 }
paths:
  /parcels:
    get: { operationId: listParcels, responses: { '200': { description: All., content: { application/json: { example: [1, 2, 3] } } } } }
";

/// Publishes a product that answers by itself, and subscribes a partner to its plan: so many calls a month, at a pace that nobody reaches.
pub async fn offer(store: &Store, partner: Uuid, id: &str, included: i64, beyond: Beyond) {
    let (by, now) = (By::system(), Utc::now());
    let terms = PlanTerms {
        slug: "starter".to_owned(),
        name: "Starter".to_owned(),
        currency: Currency::Usd,
        price_minor: if beyond == Beyond::Stop { 0 } else { 4_900 },
        included,
        beyond,
        rate_per_second: 100_000,
    };
    store.create_product(NewProduct { id: id.to_owned(), ..product() }, &by, now).await.unwrap();
    store.publish(id, DOCUMENT, &by, now).await.unwrap();
    let plan = store.offer_plan(id, terms, &by, now).await.unwrap().unwrap();
    store.subscribe(partner, id, plan.id, &by, now).await.unwrap();
}

/// Makes a live key.
pub async fn key(store: &Store, partner: Uuid, name: String) -> CreatedKey {
    store.create_key(partner, NewKey::new(name, Environment::Live), true, &By::system(), Utc::now()).await.unwrap()
}
