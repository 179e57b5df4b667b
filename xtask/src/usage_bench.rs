//! `cargo xtask usage-bench`: the dashboard's questions and the ingest of events, measured over generated usage.

use std::path::Path;

use anyhow::Result;
use clap::{Args, ValueEnum};

use crate::packages::{self, Need};
use crate::process::{end_in_order_when_interrupted, run, say};
use crate::services::Postgres;
use crate::workspace::Workspace;

/// How much, and where.
#[derive(Args)]
pub struct UsageBench {
    /// Rows of `usage_hourly`, about; a hundred million take 70 to 90 GB of the temporary folder
    #[arg(long, default_value_t = 1_000_000)]
    rows: u64,
    /// The days that they lie in; 412 hold a hundred million of this portal, no fewer do
    #[arg(long, default_value_t = 730, value_parser = clap::value_parser!(u64).range(1..))]
    days: u64,
    #[arg(long, value_enum, default_value_t = Database::Sqlite)]
    database: Database,
}

#[derive(Clone, Copy, ValueEnum)]
enum Database {
    Sqlite,
    Postgres,
}

/// Fills a database in a temporary folder, asks each question 20 times, and writes `target/bench/usage-sqlite.json` or
/// `target/bench/usage-postgres.json`.
///
/// # Errors
/// When a server cannot be started, or the store refuses a question.
pub fn usage_bench(workspace: &Workspace, options: &UsageBench) -> Result<()> {
    end_in_order_when_interrupted()?;
    let folder = tempfile::tempdir()?;
    let reports = workspace.reports()?;
    match options.database {
        Database::Sqlite => {
            let url = format!("sqlite:{}", folder.path().join("portico.db").display());
            // SQLite's own connections make no file that is not there.
            std::fs::File::create(folder.path().join("portico.db"))?;
            measure(workspace, &url, options, &reports.join("usage-sqlite.json"))
        }
        Database::Postgres => {
            packages::ensure(&[Need::Postgres])?;
            let postgres = Postgres::start(folder.path())?;
            measure(workspace, &postgres.url, options, &reports.join("usage-postgres.json"))
        }
    }
}

fn measure(workspace: &Workspace, url: &str, options: &UsageBench, report: &Path) -> Result<()> {
    let mut program = workspace.cargo();
    program.args(["run", "--release", "--quiet", "--package", "store", "--example", "usage_bench", "--", url]);
    run(program.args([options.rows.to_string(), options.days.to_string()]).arg(report))?;
    say(format!("{} has the numbers", report.display()));
    Ok(())
}
