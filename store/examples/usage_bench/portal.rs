//! A large portal: fifteen products, three hundred partners of very different size, their keys and subscriptions.

use crate::{founding, now};
use chrono::TimeDelta;
use domain::event::By;
use domain::key::Environment;
use domain::money::Currency;
use domain::plan::{Beyond, PlanTerms};
use std::error::Error;
use store::{NewKey, Store};
use uuid::Uuid;

/// Products.
const PRODUCTS: usize = 15;
/// Partners, their products and their keys, the largest first.
const SIZES: [(usize, usize, usize); 4] = [(5, 8, 5), (25, 5, 3), (70, 3, 2), (200, 1, 1)];

/// Whom questions are asked about.
pub struct Portal {
    pub largest: Uuid,
    pub middling: Uuid,
    pub product: String,
    /// Keys of every partner.
    pub keys: Vec<(Uuid, String)>,
}

/// Founds it in an empty database.
pub async fn found(store: &Store) -> Result<Portal, Box<dyn Error>> {
    let began = now() - TimeDelta::days(730);
    let mut plans = Vec::new();
    for number in 0..PRODUCTS {
        let id = format!("product-{number:02}");
        store.create_product(founding::product(&id, "https://api.portal.example"), &By::system(), began).await?;
        let plan = store.offer_plan(&id, terms(), &By::system(), began).await?.ok_or("the product is there")?;
        plans.push((id, plan.id));
    }
    let (mut partners, mut keys) = (Vec::new(), Vec::new());
    let sizes = SIZES.iter().flat_map(|(count, products, keys)| std::iter::repeat_n((*products, *keys), *count));
    for (rank, (products, own_keys)) in sizes.enumerate() {
        // The generator tells a partner's size by its name.
        let partner = founding::partner(store, &format!("owner@partner-{rank:03}.example"), &format!("Partner {rank:03}"), began).await?;
        partners.push(partner);
        for number in 0..products {
            let (product, plan) = &plans[(rank + number) % PRODUCTS];
            store.subscribe(partner, product, *plan, &By::system(), now() - TimeDelta::days(80)).await?;
        }
        for number in 0..own_keys {
            let new = NewKey::new(format!("Key {number}"), Environment::Live);
            let key = store.create_key(partner, new, true, &By::system(), began).await?.key.id;
            keys.push((key, plans[rank % PRODUCTS].0.clone()));
        }
    }
    Ok(Portal { largest: partners[0], middling: partners[50], product: plans[0].0.clone(), keys })
}

fn terms() -> PlanTerms {
    PlanTerms {
        slug: "starter".to_owned(),
        name: "Starter".to_owned(),
        currency: Currency::Usd,
        price_minor: 4_900,
        included: 10_000,
        beyond: Beyond::Overage(300.into()),
        rate_per_second: 20,
    }
}
