//! What the tests call: a product, a partner with a plan, keys.

use crate::entry::Entry;
use crate::northwind::partner;
use crate::offer::{key, offer};
use domain::plan::Beyond;
use store::{PasswordCost, Store};

/// A product of 500 calls a month, a partner that may call it, and keys.
pub async fn found(url: &str, beyond: Beyond, keys: usize) -> Vec<Entry> {
    let store = Store::open_with(url, PasswordCost::Cheap).await.unwrap();
    let partner = partner(&store).await;
    offer(&store, partner, "parcels", 500, beyond).await;
    let mut ledger = Vec::with_capacity(keys);
    for n in 0..keys {
        ledger.push(Entry::new(key(&store, partner, format!("Key {n}")).await));
    }
    store.close().await;
    ledger
}
