//! `cargo xtask chaos`: two nodes under load for as long as wanted, one disaster after another, and a table of what it came to.

use std::process::Stdio;

use anyhow::{Context, Result, ensure};
use clap::Args;

use crate::packages::{self, Need};
use crate::process::{end_in_order_when_interrupted, say, wait};
use crate::workspace::{SERVER_HALF, Workspace};

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

/// Installs what is missing, and plays the scenarios; the test prints the table.
///
/// # Errors
/// When something cannot be installed or compiled, or a promise was broken.
pub fn chaos(workspace: &Workspace, options: &Chaos) -> Result<()> {
    end_in_order_when_interrupted()?;
    packages::ensure(&[Need::Postgres, Need::Redis])?;
    prepare();
    let report = workspace.reports()?.join("chaos.json");
    let _ = std::fs::remove_file(&report);
    say(format!("breaking things for {} minutes", options.minutes));
    let mut test = workspace.cargo();
    test.arg("test").args(SERVER_HALF).args(["--test", "chaos", "--", "--nocapture"]).stdin(Stdio::null());
    test.env("PORTICO_TEST_REDIS", "1").env("PORTICO_CHAOS_MINUTES", options.minutes.to_string()).env("PORTICO_CHAOS_REPORT", &report);
    if !options.only.is_empty() {
        test.env("PORTICO_CHAOS_ONLY", options.only.join(","));
    }
    let status = wait(test.spawn().context("cannot start the test")?)?;
    ensure!(status.success(), "a promise was broken");
    ensure!(report.is_file(), "the test ended without a report");
    say(format!("{} has the numbers", report.display()));
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
