//! Events that other gateways report.

use crate::now;
use crate::portal::Portal;
use crate::timing::{Timing, of};
use chrono::TimeDelta;
use domain::report::Reported;
use domain::usage::Outcome;
use std::error::Error;
use std::time::{Duration, Instant};
use store::Store;

/// Batches that are measured, each of as many events as a request may have.
const BATCHES: usize = 20;
const EVENTS: usize = 5_000;

/// Reports events of the hour, of every key; then the last batch again, which counts nothing.
pub async fn measure(store: &Store, portal: &Portal) -> Result<Vec<Timing>, Box<dyn Error>> {
    let mut taken = Vec::with_capacity(BATCHES);
    for batch in 0..BATCHES {
        let events: Vec<_> = (0..EVENTS).map(|n| event(portal, batch * EVENTS + n)).collect();
        let start = Instant::now();
        store.record_reported(&events, now()).await?;
        taken.push(start.elapsed());
    }
    let again: Vec<_> = (0..EVENTS).map(|n| event(portal, n)).collect();
    let start = Instant::now();
    store.record_reported(&again, now()).await?;
    let again = start.elapsed();
    Ok(vec![of("events reported, 5,000 a batch", taken, EVENTS), of("the same events again", vec![again], EVENTS)])
}

fn event(portal: &Portal, n: usize) -> Reported {
    let (key, product) = &portal.keys[n % portal.keys.len()];
    Reported {
        source: "/gateways/edge-1".to_owned(),
        id: format!("event-{n}"),
        at: now() - TimeDelta::milliseconds((n % 1_000_000) as i64),
        key_id: *key,
        product_id: product.clone(),
        operation: format!("operation-{}", n % 3),
        method: "GET".to_owned(),
        path: format!("/parcels/{n}"),
        status: 200,
        outcome: Outcome::Success,
        latency: Duration::from_micros(8_000 + (n % 40_000) as u64),
        bytes_in: 100,
        bytes_out: 2_000,
    }
}
