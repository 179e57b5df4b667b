//! The clock of one node jumps while the other's goes on.

use crate::client::Load;
use crate::cluster::Cluster;
use chrono::{Datelike, TimeDelta, Utc};
use std::path::Path;

/// Debian's `faketime`, by architecture.
const LIBRARIES: [&str; 2] =
    ["/usr/lib/x86_64-linux-gnu/faketime/libfaketimeMT.so.1", "/usr/lib/aarch64-linux-gnu/faketime/libfaketimeMT.so.1"];
/// Answers with a wrong clock.
const CALLS: u64 = 400;

/// Starts the first node with a clock that can be set, sets it, and sets it right again.
pub async fn jump(cluster: &mut Cluster, load: &Load, by: &str) -> Option<()> {
    let Some(library) = LIBRARIES.into_iter().find(|library| Path::new(library).exists()) else {
        eprintln!("No clock jumps: there is no libfaketime (Debian's package faketime).");
        return None;
    };
    let now = Utc::now();
    if [-2, 2].map(|hours| (now + TimeDelta::hours(hours)).month()) != [now.month(); 2] {
        eprintln!("No clock jumps: a month ends within two hours, and its calls would be counted in another one.");
        return None;
    }
    let clock = cluster.file("clock");
    std::fs::write(&clock, "+0").unwrap();
    cluster.end(0, "TERM");
    // Looks at the file at most a second later; what measures spans of time is left alone, as a real jump does.
    let file = clock.to_str().unwrap().to_owned();
    let settings =
        [("LD_PRELOAD", library), ("FAKETIME_TIMESTAMP_FILE", &file), ("FAKETIME_CACHE_DURATION", "1"), ("DONT_FAKE_MONOTONIC", "1")];
    cluster.restart(0, &settings);
    load.goes_on(CALLS).await;
    for offset in [by, "+0", by] {
        std::fs::write(&clock, offset).unwrap();
        load.goes_on(CALLS).await;
    }
    cluster.end(0, "TERM");
    cluster.restart(0, &[]);
    Some(())
}
