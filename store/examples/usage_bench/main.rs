//! Fills an empty database with generated usage and measures what pages, quotas, bills and programs ask of it, through the store itself.
//! `cargo xtask usage-bench` gives it a database of its own.
#![expect(clippy::print_stdout, reason = "it is a command")]

mod asked;
mod fill;
#[path = "../founding/mod.rs"]
mod founding;
mod ingest;
mod portal;
mod raw;
mod timing;

use chrono::{DateTime, Utc};
use std::error::Error;
use std::time::Instant;
use store::{PasswordCost, Store};

/// The moment at which the portal is looked at.
fn now() -> DateTime<Utc> {
    DateTime::from_timestamp(1_795_523_640, 0).unwrap_or_default()
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let [url, rows, days, report] = &words[..] else { return Err("usage: usage_bench DATABASE_URL ROWS DAYS REPORT".into()) };
    let rows: i64 = rows.parse().map_err(|_| format!("`{rows}` is no number of rows"))?;
    let days: i64 = days.parse().map_err(|_| format!("`{days}` is no number of days"))?;
    let store = Store::open_with(url, PasswordCost::Cheap).await?;
    let portal = portal::found(&store).await?;
    let filling = Instant::now();
    let filled = fill::fill(url, rows, days).await?;
    println!("{} usage rows and {} latency rows in {:.0?}", filled.usage, filled.latency, filling.elapsed());
    let folding = Instant::now();
    store.fold_usage_alone(now()).await?;
    println!("folded in {:.0?}", folding.elapsed());
    raw::Raw::open(url).await?.settle().await?;
    let mut timings = asked::measure(&store, &portal).await?;
    timings.extend(ingest::measure(&store, &portal).await?);
    timing::print(&timings);
    std::fs::write(report, timing::report(url, &filled, &timings))?;
    store.close().await;
    Ok(())
}
