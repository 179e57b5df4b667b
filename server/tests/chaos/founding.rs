//! What the clients call: a product without an end for thousands of keys, and for each round one with a quota.

use crate::client::{Entry, Ledger};
use crate::northwind::partner;
use crate::parcels::product;
use chrono::Utc;
use domain::event::By;
use domain::key::{Environment, Scope};
use domain::money::Currency;
use domain::plan::{Beyond, PlanTerms};
use std::sync::Arc;
use store::{NewKey, NewProduct, PasswordCost, Store};
use uuid::Uuid;

/// Keys that are called in turn.
const KEYS: usize = 2_000;
/// Calls of the quota of each round.
pub const QUOTA: i64 = 200;

const DOCUMENT: &str = "openapi: 3.1.0
info: { title: Parcels, version: 1.0.0 }
paths:
  /parcels:
    get: { operationId: listParcels, responses: { '200': { description: All., content: { application/json: { example: [1, 2, 3] } } } } }
";

/// The partner and its keys.
pub async fn found(database: &str) -> Arc<Ledger> {
    let store = Store::open_with(database, PasswordCost::Cheap).await.unwrap();
    let partner = partner(&store).await;
    offer(&store, partner, "parcels", Beyond::Overage(300.into())).await;
    let mut keys = Vec::with_capacity(KEYS);
    for n in 0..KEYS {
        keys.push(key(&store, partner, format!("Key {n}")).await);
    }
    let limited = key(&store, partner, "Limited".to_owned()).await;
    store.close().await;
    Arc::new(Ledger { keys, limited })
}

/// A product with a fresh quota; returns its id.
pub async fn limited(database: &str, ledger: &Ledger) -> String {
    let store = Store::open_with(database, PasswordCost::Cheap).await.unwrap();
    let id = format!("parcels-{}", &Uuid::new_v4().simple().to_string()[..8]);
    offer(&store, ledger.limited.key.key.partner_id, &id, Beyond::Stop).await;
    store.close().await;
    id
}

async fn offer(store: &Store, partner: Uuid, id: &str, beyond: Beyond) {
    let (by, now) = (By::system(), Utc::now());
    let terms = PlanTerms {
        slug: "starter".to_owned(),
        name: "Starter".to_owned(),
        currency: Currency::Usd,
        price_minor: if beyond == Beyond::Stop { 0 } else { 4_900 },
        included: QUOTA,
        beyond,
        rate_per_second: 100_000,
    };
    store.create_product(NewProduct { id: id.to_owned(), ..product() }, &by, now).await.unwrap();
    store.publish(id, DOCUMENT, &by, now).await.unwrap();
    let plan = store.offer_plan(id, terms, &by, now).await.unwrap().unwrap();
    store.subscribe(partner, id, plan.id, &by, now).await.unwrap();
}

async fn key(store: &Store, partner: Uuid, name: String) -> Entry {
    let new = NewKey { name, environment: Environment::Live, scope: Scope::All, expires_at: None, addresses: Default::default() };
    Entry::new(store.create_key(partner, new, true, &By::system(), Utc::now()).await.unwrap())
}
