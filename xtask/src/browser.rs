//! The browser suite in `end2end`: the journeys, and the gallery of pictures.

use std::process::Command;

use anyhow::{Context, Result, ensure};

use crate::packages::{self, Need};
use crate::process::{end_in_order_when_interrupted, run, say};
use crate::server::Portal;
use crate::tally::Tally;
use crate::wasm::Profile;
use crate::workspace::Workspace;
use crate::{npm, server, site};

/// Runs every journey against a running portal; the second value says whether the suite ended well.
///
/// # Errors
/// When the suite cannot be started or leaves no report.
pub fn journeys(workspace: &Workspace, portal: &Portal) -> Result<(Tally, bool)> {
    let report = tempfile::NamedTempFile::new()?;
    let mut playwright = playwright(workspace, portal)?;
    playwright
        .args(["--project=hydrated", "--project=nojs", "--project=phone", "--reporter=list,json"])
        .env("PLAYWRIGHT_JSON_OUTPUT_NAME", report.path());
    let ended_well = run(&mut playwright).is_ok();
    let report = std::fs::read(report.path())?;
    let report = serde_json::from_slice(&report).context("the browser suite left no report")?;
    Ok((Tally::of_playwright(&report), ended_well))
}

/// `cargo xtask gallery`: every page and state, both themes, 1440 and 390 wide, demo data loaded.
///
/// # Errors
/// When something does not build, or a page cannot be pictured.
pub fn gallery(workspace: &Workspace) -> Result<()> {
    end_in_order_when_interrupted()?;
    packages::ensure(&[Need::Chromium, Need::Node])?;
    npm::install(&workspace.browser_suite())?;
    site::build(workspace, Profile::Release)?;
    let program = server::compile(workspace, server::Profile::Dev)?;
    let portal = Portal::start(&program)?;
    run(playwright(workspace, &portal)?.args(["--project=gallery", "--reporter=list"]))?;
    let pictures = workspace.browser_suite().join("gallery");
    let count = std::fs::read_dir(&pictures).map_or(0, Iterator::count);
    ensure!(count > 0, "the suite ended well but took no picture");
    say(format!("{count} pictures in {}", pictures.display()));
    Ok(())
}

fn playwright(workspace: &Workspace, portal: &Portal) -> Result<Command> {
    let chromium = packages::chromium().context("no Chromium found")?;
    let mut command = npm::script(&workspace.browser_suite(), "@playwright/test/cli.js")?;
    command.arg("test").env("PORTICO_URL", &portal.url).env("PORTICO_CHROMIUM", chromium);
    Ok(command)
}
