//! `cargo xtask chaos`: two nodes under load for as long as wanted, one disaster after another, and a table of what it came to.

use std::path::Path;
use std::process::Stdio;

use anyhow::{Context, Result, ensure};
use clap::Args;
use serde::Deserialize;

use crate::packages::{self, Need};
use crate::process::{end_in_order_when_interrupted, say, wait};
use crate::workspace::Workspace;

/// How long, and what.
#[derive(Args)]
pub struct Chaos {
    /// Goes on with whole rounds until this time is over
    #[arg(long, default_value_t = 60)]
    minutes: u64,
    /// Only these scenarios, such as `redis emptied`
    #[arg(long, value_delimiter = ',')]
    only: Vec<String>,
}

/// What one scenario came to, as the test writes it.
#[derive(Deserialize)]
struct Row {
    scenario: String,
    rounds: u64,
    calls: u64,
    complete: u64,
    metered: u64,
    differences: u64,
    faults: u64,
    quota_exceeded_by: u64,
    silence_ms: u64,
    skipped: bool,
    holds: bool,
}

/// Installs what is missing, plays the scenarios and prints the table.
///
/// # Errors
/// When something cannot be installed or compiled, or a promise was broken.
pub fn chaos(workspace: &Workspace, options: &Chaos) -> Result<()> {
    end_in_order_when_interrupted()?;
    packages::ensure(&[Need::Postgres, Need::Redis])?;
    prepare();
    let report = workspace.root.join("target/chaos/report.json");
    std::fs::create_dir_all(report.parent().context("the report has no folder")?)?;
    let _ = std::fs::remove_file(&report);
    say(format!("breaking things for {} minutes", options.minutes));
    let mut test = workspace.cargo();
    test.args(["test", "--package", "server", "--test", "chaos", "--", "--nocapture"]).stdin(Stdio::null());
    test.env("PORTICO_TEST_REDIS", "1").env("PORTICO_CHAOS_MINUTES", options.minutes.to_string()).env("PORTICO_CHAOS_REPORT", &report);
    if !options.only.is_empty() {
        test.env("PORTICO_CHAOS_ONLY", options.only.join(","));
    }
    let status = wait(test.spawn().context("cannot start the test")?)?;
    let rows = read(&report)?;
    println!("{}", table(&rows));
    ensure!(status.success() && rows.iter().all(|row| row.holds), "a promise was broken; {} has the numbers", report.display());
    Ok(())
}

/// Installs what single scenarios need; without it they are skipped.
pub fn prepare() {
    for need in [Need::Faketime, Need::Ip] {
        if let Err(error) = packages::ensure(&[need]) {
            say(format!("some scenarios will be skipped: {error:#}"));
        }
    }
}

fn read(report: &Path) -> Result<Vec<Row>> {
    let text = std::fs::read(report).context("the test ended without a report")?;
    serde_json::from_slice(&text).context("the report cannot be read")
}

fn table(rows: &[Row]) -> String {
    let head = "| scenario | rounds | calls | complete | metered | differences | 5xx | beyond the quota | longest silence | |\n\
                | --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | --- |\n";
    rows.iter().fold(head.to_owned(), |table, row| table + &line(row) + "\n")
}

fn line(row: &Row) -> String {
    let Row { scenario, rounds, calls, complete, metered, differences, faults, quota_exceeded_by, silence_ms, .. } = row;
    let verdict = match (row.skipped, row.holds) {
        (true, _) => "skipped",
        (_, true) => "holds",
        (_, false) => "BROKEN",
    };
    format!(
        "| {scenario} | {rounds} | {calls} | {complete} | {metered} | {differences} | {faults} | {quota_exceeded_by} | {silence_ms} ms | {verdict} |"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_says_whether_the_promise_was_kept() {
        let row = serde_json::json!({
            "scenario": "redis emptied", "rounds": 2, "calls": 12, "complete": 11, "metered": 11, "differences": 0, "faults": 0,
            "quota_exceeded_by": 3, "silence_ms": 40, "skipped": false, "holds": false, "refused": 7,
        });
        let rows: Vec<Row> = serde_json::from_value(serde_json::json!([row])).unwrap();
        assert!(table(&rows).ends_with("| redis emptied | 2 | 12 | 11 | 11 | 0 | 0 | 3 | 40 ms | BROKEN |\n"), "{}", table(&rows));
    }
}
