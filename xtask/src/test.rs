//! `cargo xtask test`: every test there is, on servers of its own, ending in one line.

use std::io::{BufRead, BufReader, Read};
use std::process::{Command, Stdio};
use std::time::Instant;

use anyhow::{Context, Result, bail};
use clap::Args;

use crate::packages::{self, Need};
use crate::process::{capture, end_in_order_when_interrupted, say, wait};
use crate::services::Services;
use crate::tally::Tally;
use crate::wasm::Profile;
use crate::workspace::{SERVER_HALF, Workspace};
use crate::{browser, chaos, npm, server, site};

/// Which half of the tests.
#[derive(Args)]
pub struct Test {
    /// Only the Rust tests
    #[arg(long, conflicts_with = "browser")]
    pub rust: bool,
    /// Only the browser's journeys
    #[arg(long)]
    pub browser: bool,
}

/// Installs what is missing, builds, runs all tests and prints the sum.
///
/// # Errors
/// When something cannot be installed or built, or when a test fails.
pub fn test(workspace: &Workspace, options: &Test) -> Result<()> {
    end_in_order_when_interrupted()?;
    let start = Instant::now();
    let mut tally = Tally::default();
    let mut broken = Vec::new();
    if !options.browser {
        let (counted, ended_well) = rust_tests(workspace)?;
        tally += counted;
        if !ended_well {
            broken.push("the Rust tests");
        }
    }
    if !options.rust {
        let (counted, ended_well) = browser_tests(workspace)?;
        tally += counted;
        if !ended_well {
            broken.push("the browser's journeys");
        }
    }
    say(format!("took {} s", start.elapsed().as_secs()));
    println!("{tally}");
    if !broken.is_empty() || tally.failed > 0 {
        bail!("{} did not hold", broken.join(" and "));
    }
    Ok(())
}

fn rust_tests(workspace: &Workspace) -> Result<(Tally, bool)> {
    let services = Services::start()?;
    chaos::prepare();
    let mut tally = Tally::default();
    let mut ended_well = true;
    for mut runner in runners(workspace) {
        runner.env("PORTICO_TEST_POSTGRES", &services.postgres.url).env("PORTICO_TEST_REDIS", &services.redis);
        let (counted, well) = watch(&mut runner)?;
        tally += counted;
        ended_well &= well;
    }
    Ok((tally, ended_well))
}

/// nextest and then the documentation's examples, which it cannot run; else `cargo test`, which runs both.
fn runners(workspace: &Workspace) -> Vec<Command> {
    let has_nextest = capture(workspace.cargo().args(["nextest", "--version"])).is_ok();
    let subcommands: &[&[&str]] = if has_nextest { &[&["nextest", "run"], &["test", "--doc"]] } else { &[&["test"]] };
    subcommands
        .iter()
        .map(|words| {
            let mut runner = workspace.cargo();
            runner.args(*words).args(SERVER_HALF).arg("--no-fail-fast");
            runner
        })
        .collect()
}

/// Runs a test runner, shows its output as it comes, and counts.
fn watch(runner: &mut Command) -> Result<(Tally, bool)> {
    // Summaries come on stdout from `cargo test` and on stderr from nextest: a shell-like 2>&1 keeps their order too.
    let (reader, writer) = std::io::pipe()?;
    let child = runner.stdout(writer.try_clone()?).stderr(writer).stdin(Stdio::null()).spawn().context("cannot start the test runner")?;
    // The command keeps copies of the pipe's writing end, which would hold the reader open for ever.
    runner.stdout(Stdio::null()).stderr(Stdio::null());
    let shown = std::thread::spawn(move || show(reader));
    let status = wait(child)?;
    let output = shown.join().unwrap_or_default();
    Ok((Tally::of_cargo(&output), status.success()))
}

/// Prints what comes out of a pipe and keeps it.
fn show(reader: impl Read) -> String {
    let mut output = String::new();
    for line in BufReader::new(reader).lines().map_while(Result::ok) {
        println!("{line}");
        output.push_str(&line);
        output.push('\n');
    }
    output
}

fn browser_tests(workspace: &Workspace) -> Result<(Tally, bool)> {
    packages::ensure(&[Need::Chromium, Need::Node])?;
    npm::install(&workspace.browser_suite())?;
    site::build(workspace, Profile::Release)?;
    let program = server::compile_as_tested(workspace)?;
    let portal = server::Portal::start(&program)?;
    browser::journeys(workspace, &portal)
}
