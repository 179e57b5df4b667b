//! Fills an empty database with what the benchmark calls: a product before an upstream, a partner with a plan, a live key.
//!
//! `furnish DATABASE-URL UPSTREAM-URL` prints the key.

#![expect(clippy::unwrap_used, reason = "a tool of the benchmark: whatever fails ends it")]

use chrono::Utc;
use domain::event::By;
use domain::key::{Environment, Scope};
use domain::money::Currency;
use domain::plan::{Beyond, PlanTerms};
use domain::product::{Category, Status, Visibility};
use rust_decimal::Decimal;
use store::{NewKey, NewProduct, PasswordCost, SignUp, Store, Visitor};
use uuid::Uuid;

const DOCUMENT: &str = "openapi: 3.1.0
info: { title: Parcels, version: 1.0.0 }
paths:
  /shipments: { get: { operationId: listShipments, responses: { '200': { description: All. } } } }
  /shipments/{id}:
    get:
      operationId: getShipment
      parameters: [{ name: id, in: path, required: true, schema: { type: string } }]
      responses: { '200': { description: One. } }
  /quotes: { post: { operationId: makeQuote, responses: { '200': { description: A price. } } } }
";

#[tokio::main]
async fn main() {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let [database, upstream] = &words[..] else { panic!("usage: furnish DATABASE-URL UPSTREAM-URL") };
    let (store, by, now) = (Store::open_with(database, PasswordCost::Cheap).await.unwrap(), By::system(), Utc::now());
    store.create_product(product(upstream), &by, now).await.unwrap();
    store.publish("parcels", DOCUMENT, &by, now).await.unwrap();
    let plan = store.offer_plan("parcels", terms(), &by, now).await.unwrap().unwrap();
    let partner = partner(&store).await;
    store.subscribe(partner, "parcels", plan.id, &by, now).await.unwrap();
    let new = NewKey {
        name: "Benchmark".to_owned(),
        environment: Environment::Live,
        scope: Scope::All,
        expires_at: None,
        addresses: Default::default(),
    };
    println!("{}", store.create_key(partner, new, true, &by, now).await.unwrap().secret.reveal());
    store.close().await;
}

fn product(upstream: &str) -> NewProduct {
    NewProduct {
        id: "parcels".to_owned(),
        name: "Parcels".to_owned(),
        description: "What the benchmark calls.".to_owned(),
        category: Category::Logistics,
        status: Status::Active,
        visibility: Visibility::Public,
        tags: Vec::new(),
        icon: "package".to_owned(),
        base_url: upstream.to_owned(),
        sandbox_url: None,
        spec_url: None,
    }
}

async fn partner(store: &Store) -> Uuid {
    let form = SignUp {
        email: "ana@northwind.example".to_owned(),
        password: "correct horse battery".to_owned(),
        organisation: "Northwind".to_owned(),
        name: None,
    };
    let (person, _) = store.sign_up(form, "http://portal.example", Utc::now()).await.unwrap();
    let cookie = store.start_session(person.id, &Visitor::default(), Utc::now()).await.unwrap();
    store.actor(cookie.reveal(), Utc::now()).await.unwrap().unwrap().membership.unwrap().partner.id
}

/// A pace and a month that no load reaches; the calls beyond it are billed.
fn terms() -> PlanTerms {
    PlanTerms {
        slug: "enterprise".to_owned(),
        name: "Enterprise".to_owned(),
        currency: Currency::Usd,
        price_minor: 29_900,
        included: 100_000,
        beyond: Beyond::Overage(Decimal::new(150, 0)),
        rate_per_second: 100_000,
    }
}
