//! The commands of the project: `cargo xtask run`, `test`, `check`, `dev`, `bench`, `usage-bench`, `chaos`, `gallery` and `site`.

mod bench;
mod browser;
mod chaos;
mod check;
mod dev;
mod npm;
mod packages;
mod process;
mod run;
mod server;
mod services;
mod site;
mod tally;
mod test;
mod usage_bench;
mod wasm;
mod workspace;

use std::process::ExitCode;

use anyhow::Result;
use clap::{Parser, Subcommand};
use workspace::Workspace;

/// Builds, starts and tests the portal.
#[derive(Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask")]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Build everything in release and start the portal.
    Run(run::Run),
    /// Run every test, the browser's included, on servers of its own.
    Test(test::Test),
    /// Check format, lints and the fast tests.
    Check,
    /// Rebuild and restart whenever a source file changes.
    Dev(run::Run),
    /// Take a picture of every page and state into end2end/gallery.
    Gallery,
    /// Measure a call through the portal beside nginx, with and without Lua.
    Bench(bench::Bench),
    /// Measure the dashboard's questions over generated usage.
    UsageBench(usage_bench::UsageBench),
    /// Break two nodes and what they need under load, for as long as wanted, and count.
    Chaos(chaos::Chaos),
    /// Build the browser half into target/site and stop.
    Site,
}

fn main() -> ExitCode {
    match Workspace::find().and_then(|workspace| obey(&workspace, Cli::parse().command)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn obey(workspace: &Workspace, command: Command) -> Result<()> {
    match command {
        Command::Run(options) => run::run(workspace, &options),
        Command::Test(options) => test::test(workspace, &options),
        Command::Check => check::check(workspace),
        Command::Dev(options) => dev::dev(workspace, &options),
        Command::Gallery => browser::gallery(workspace),
        Command::Bench(options) => bench::bench(workspace, &options),
        Command::UsageBench(options) => usage_bench::usage_bench(workspace, &options),
        Command::Chaos(options) => chaos::chaos(workspace, &options),
        Command::Site => site::build(workspace, wasm::Profile::Release),
    }
}
