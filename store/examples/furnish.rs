//! Fills an empty database with what the benchmark calls: a product before an upstream, a partner with a plan, a live key.
//!
//! `furnish DATABASE-URL UPSTREAM-URL` prints the key.

#![expect(clippy::print_stdout, reason = "it is a command")]

mod founding;

use chrono::Utc;
use domain::event::By;
use domain::key::Environment;
use domain::money::Currency;
use domain::plan::{Beyond, PlanTerms};
use rust_decimal::Decimal;
use std::error::Error;
use store::{NewKey, PasswordCost, Store};

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
async fn main() -> Result<(), Box<dyn Error>> {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let [database, upstream] = &words[..] else { return Err("usage: furnish DATABASE-URL UPSTREAM-URL".into()) };
    let (store, by, now) = (Store::open_with(database, PasswordCost::Cheap).await?, By::system(), Utc::now());
    store.create_product(founding::product("parcels", upstream), &by, now).await?;
    store.publish("parcels", DOCUMENT, &by, now).await?;
    let plan = store.offer_plan("parcels", terms(), &by, now).await?.ok_or("the product was made and is not there")?;
    let partner = founding::partner(&store, "ana@northwind.example", "Northwind", now).await?;
    store.subscribe(partner, "parcels", plan.id, &by, now).await?;
    let new = NewKey::new("Benchmark", Environment::Live);
    println!("{}", store.create_key(partner, new, true, &by, now).await?.secret.reveal());
    store.close().await;
    Ok(())
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
