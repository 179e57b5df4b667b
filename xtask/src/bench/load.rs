//! The load: wrk on a core of its own, and what it saw.

use std::fmt::{self, Display, Formatter};
use std::process::Command;
use std::time::Duration;

use anyhow::{Context, Result};

use super::LOAD_CORE;
use crate::process::capture;

/// What is called, and with which key.
pub struct Target {
    pub url: String,
    /// Sent as `Authorization: Bearer`.
    pub key: Option<String>,
}

/// What one turn of load came to.
#[derive(Clone)]
pub struct Round {
    pub calls: u64,
    pub elapsed: Duration,
    /// Calls without an answer, or with another one than 2xx or 3xx.
    pub refused: u64,
    pub p50: Duration,
    pub p99: Duration,
    /// Processor time of the contender.
    pub cpu: Duration,
}

impl Round {
    /// Calls a second.
    pub fn rate(&self) -> f64 {
        self.calls as f64 / self.elapsed.as_secs_f64()
    }

    /// Microseconds of the contender's processor time for one call.
    pub fn cpu_per_call(&self) -> f64 {
        self.cpu.as_secs_f64() * 1e6 / self.calls.max(1) as f64
    }
}

impl Display for Round {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let (p50, p99) = (self.p50.as_micros(), self.p99.as_micros());
        write!(f, "{:>7.0} calls/s, p50 {p50:>6} µs, p99 {p99:>6} µs, {:>5.1} µs of CPU a call", self.rate(), self.cpu_per_call())
    }
}

/// Calls `target` over and over, for so long.
///
/// # Errors
/// When wrk cannot be started, or prints something else than expected.
pub fn run(target: &Target, connections: usize, time: Duration) -> Result<Round> {
    let mut script = tempfile::NamedTempFile::new()?;
    std::io::Write::write_all(&mut script, include_bytes!("wrk/report.lua"))?;
    let mut wrk = Command::new("taskset");
    wrk.args(["-c", &LOAD_CORE.to_string(), "wrk", "--threads", "1", "--latency", "--timeout", "10s"]);
    wrk.args(["--connections", &connections.to_string(), "--duration", &format!("{}s", time.as_secs())]).arg("--script").arg(script.path());
    if let Some(key) = &target.key {
        wrk.args(["--header", &format!("Authorization: Bearer {key}")]);
    }
    let said = capture(wrk.arg(&target.url))?;
    parse(&said).with_context(|| format!("wrk printed something unexpected:\n{said}"))
}

fn parse(said: &str) -> Option<Round> {
    let line = said.lines().find_map(|line| line.strip_prefix("measured "))?;
    let numbers: Vec<u64> = line.split(' ').map(|word| word.parse().ok()).collect::<Option<_>>()?;
    let [calls, elapsed, refused, p50, p99] = numbers[..] else { return None };
    let [elapsed, p50, p99] = [elapsed, p50, p99].map(Duration::from_micros);
    Some(Round { calls, elapsed, refused, p50, p99, cpu: Duration::ZERO })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_line_of_the_script_is_read() {
        let round = parse("Running 8s test\nmeasured 1000 2000000 3 40 50\n").unwrap();
        assert_eq!((round.rate(), round.refused, round.p99), (500.0, 3, Duration::from_micros(50)));
        assert!(parse("measured 1 2\n").is_none());
    }
}
