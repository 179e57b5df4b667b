//! What the rounds come to: medians, as a table and as JSON.

use std::fmt::Write;
use std::path::Path;

use anyhow::Result;
use serde::Serialize;

use super::contender::Contender;
use super::load::Round;

/// A contender's rounds.
pub struct Run {
    pub contender: Contender,
    pub rounds: Vec<Round>,
}

/// Their medians.
#[derive(Serialize)]
struct Medians {
    name: &'static str,
    /// Calls a second.
    rps: f64,
    p50_us: f64,
    p99_us: f64,
    cpu_us_per_call: f64,
}

#[derive(Serialize)]
struct Report {
    runs: Vec<Medians>,
}

impl Run {
    pub fn new(contender: Contender) -> Self {
        Self { contender, rounds: Vec::new() }
    }

    fn medians(&self) -> Medians {
        let of = |number: fn(&Round) -> f64| median(self.rounds.iter().map(number).collect());
        Medians {
            name: self.contender.name(),
            rps: of(Round::rate),
            p50_us: of(|round| round.p50.as_secs_f64() * 1e6),
            p99_us: of(|round| round.p99.as_secs_f64() * 1e6),
            cpu_us_per_call: of(Round::cpu_per_call),
        }
    }
}

/// The middle one, or the upper of the two in the middle; zero of none.
fn median(mut numbers: Vec<f64>) -> f64 {
    numbers.sort_by(f64::total_cmp);
    numbers.get(numbers.len() / 2).copied().unwrap_or_default()
}

/// Writes the medians as JSON.
///
/// # Errors
/// When the file cannot be written.
pub fn write(path: &Path, runs: &[Run]) -> Result<()> {
    let report = Report { runs: runs.iter().map(Run::medians).collect() };
    std::fs::write(path, serde_json::to_string_pretty(&report)? + "\n")?;
    Ok(())
}

/// The medians for people, each beside those of nginx with Lua, where that ran.
pub fn table(runs: &[Run]) -> String {
    let medians: Vec<_> = runs.iter().map(Run::medians).collect();
    let peer = medians.iter().find(|run| run.name == Contender::NginxLua.name()).map(|run| run.rps);
    let mut table = format!("{:<26} {:>9} {:>9} {:>9} {:>12} {:>8}", "", "calls/s", "p50 µs", "p99 µs", "CPU µs/call", "x peer");
    for run in &medians {
        let times = peer.map_or_else(String::new, |peer| format!("{:.2}", run.rps / peer));
        let (name, rps, p50, p99, cpu) = (run.name, run.rps, run.p50_us, run.p99_us, run.cpu_us_per_call);
        let _ = write!(table, "\n{name:<26} {rps:>9.0} {p50:>9.0} {p99:>9.0} {cpu:>12.1} {times:>8}");
    }
    table
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    #[test]
    fn the_middle_round_counts() {
        let round = |calls| {
            let [elapsed, p50, p99, cpu] = [1_000, 1, 2, 100].map(Duration::from_millis);
            Round { calls, elapsed, refused: 0, p50, p99, cpu }
        };
        let run = Run { contender: Contender::Nginx, rounds: vec![round(300), round(100), round(200)] };
        let medians = run.medians();
        assert_eq!((medians.rps, medians.p99_us, medians.cpu_us_per_call), (200.0, 2_000.0, 500.0));
        assert!(table(&[run]).contains("nginx"));
    }
}
