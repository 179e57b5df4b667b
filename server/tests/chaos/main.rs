//! Proof by breaking it: two real nodes under load, and one disaster after another, judged by the clients' own ledger.
//!
//! One round of every scenario takes about three minutes; `PORTICO_CHAOS_MINUTES` makes it go on for that long, `PORTICO_CHAOS_ONLY`
//! names the scenarios that are wanted, with commas, and `PORTICO_CHAOS_REPORT` the file where the table goes as JSON.
#![expect(clippy::unwrap_used, reason = "a test whose beginnings fail has failed")]

mod client;
mod cluster;
#[path = "../entry/mod.rs"]
mod entry;
mod founding;
mod judging;
mod namespace;
#[path = "../northwind/mod.rs"]
mod northwind;
#[path = "../offer/mod.rs"]
mod offer;
#[path = "../parcels/mod.rs"]
mod parcels;
mod postgres;
#[path = "../program/mod.rs"]
mod program;
mod redis;
mod report;
mod rounds;
mod scenarios;

use cluster::Cluster;
use report::Report;
use scenarios::Scenario;
use std::time::{Duration, Instant};

const MINUTES: &str = "PORTICO_CHAOS_MINUTES";
const ONLY: &str = "PORTICO_CHAOS_ONLY";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whatever_breaks_every_answer_is_counted_once() {
    let Some(mut cluster) = Cluster::start() else { return };
    let wanted = wanted();
    let ledger = founding::found(&cluster.database()).await;
    let minutes = std::env::var(MINUTES).ok().map_or(0, |minutes| minutes.parse().unwrap());
    let (begun, limit) = (Instant::now(), Duration::from_secs(60 * minutes));
    let mut report = Report::default();
    loop {
        for &scenario in &wanted {
            let row = rounds::play(scenario, &mut cluster, &ledger).await;
            eprintln!("{row}");
            report.add(row);
        }
        if begun.elapsed() >= limit {
            break;
        }
    }
    report.save();
    println!("{report}");
    assert!(report.holds(), "a promise was broken:\n{report}");
}

/// The scenarios that [`ONLY`] names.
fn wanted() -> Vec<Scenario> {
    let Ok(names) = std::env::var(ONLY) else { return Scenario::ALL.to_vec() };
    let all = Scenario::ALL.map(Scenario::name);
    let find = |name| Scenario::ALL.into_iter().find(|scenario| scenario.name() == name);
    names.split(',').map(|name| find(name).unwrap_or_else(|| panic!("no scenario `{name}`; there are {}", all.join(", ")))).collect()
}
