//! How long things took, as a table and as JSON.

use crate::fill::Filled;
use serde_json::json;
use std::error::Error;
use std::time::{Duration, Instant};

/// How often each question is asked.
const TIMES: usize = 20;

/// One question.
pub struct Timing {
    pub name: String,
    pub median: Duration,
    pub max: Duration,
    /// What was done each time, where there is more than one of it.
    pub events: usize,
}

/// Asks a question again and again.
pub async fn ask<T, E: Into<Box<dyn Error>>>(name: &str, question: impl AsyncFn() -> Result<T, E>) -> Result<Timing, Box<dyn Error>> {
    let mut taken = Vec::with_capacity(TIMES);
    for _ in 0..TIMES {
        let start = Instant::now();
        question().await.map_err(Into::into)?;
        taken.push(start.elapsed());
    }
    Ok(of(name, taken, 1))
}

/// The median and the maximum of what was measured.
pub fn of(name: &str, mut taken: Vec<Duration>, events: usize) -> Timing {
    taken.sort_unstable();
    let median = taken.get(taken.len() / 2).copied().unwrap_or_default();
    Timing { name: name.to_owned(), median, max: taken.last().copied().unwrap_or_default(), events }
}

/// Prints the table.
pub fn print(timings: &[Timing]) {
    println!("{:<64} {:>10} {:>10}", "question", "median ms", "max ms");
    for timing in timings {
        let rate = if timing.events > 1 { format!("  {:.0} events/s", timing.rate()) } else { String::new() };
        println!("{:<64} {:>10.1} {:>10.1}{rate}", timing.name, ms(timing.median), ms(timing.max));
    }
}

/// The report's JSON.
pub fn report(url: &str, filled: &Filled, timings: &[Timing]) -> String {
    let line = |timing: &Timing| {
        let rate = (timing.events > 1).then(|| timing.rate().round());
        json!({ "name": timing.name, "median_ms": ms(timing.median), "max_ms": ms(timing.max), "events_per_second": rate })
    };
    let database = if url.starts_with("sqlite:") { "sqlite" } else { "postgres" };
    let lines: Vec<_> = timings.iter().map(line).collect();
    json!({ "database": database, "usage_rows": filled.usage, "latency_rows": filled.latency, "questions": lines }).to_string()
}

impl Timing {
    fn rate(&self) -> f64 {
        self.events as f64 / self.median.as_secs_f64()
    }
}

fn ms(span: Duration) -> f64 {
    (span.as_secs_f64() * 10_000.0).round() / 10.0
}
