//! What the clients call: a product without an end for thousands of keys, and for each round one with a quota.

use crate::client::Ledger;
use crate::entry::Entry;
use crate::northwind::partner;
use crate::offer::{key, offer};
use domain::plan::Beyond;
use std::sync::Arc;
use store::{PasswordCost, Store};
use uuid::Uuid;

/// Keys that are called in turn.
const KEYS: usize = 2_000;
/// Calls of the quota of each round.
pub const QUOTA: i64 = 200;

/// The partner and its keys.
pub async fn found(database: &str) -> Arc<Ledger> {
    let store = Store::open_with(database, PasswordCost::Cheap).await.unwrap();
    let partner = partner(&store).await;
    offer(&store, partner, "parcels", QUOTA, Beyond::Overage(300.into())).await;
    let mut keys = Vec::with_capacity(KEYS);
    for n in 0..KEYS {
        keys.push(Entry::new(key(&store, partner, format!("Key {n}")).await));
    }
    let limited = Entry::new(key(&store, partner, "Limited".to_owned()).await);
    store.close().await;
    Arc::new(Ledger { keys, limited })
}

/// A product with a fresh quota; returns its id.
pub async fn limited(database: &str, ledger: &Ledger) -> String {
    let store = Store::open_with(database, PasswordCost::Cheap).await.unwrap();
    let id = format!("parcels-{}", &Uuid::new_v4().simple().to_string()[..8]);
    offer(&store, ledger.limited.key.key.partner_id, &id, QUOTA, Beyond::Stop).await;
    store.close().await;
    id
}
