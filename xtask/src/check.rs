//! `cargo xtask check`: what must hold before a commit, in about a minute once things are compiled.

use anyhow::Result;

use crate::process::{run, say};
use crate::wasm;
use crate::workspace::{SERVER_HALF, Workspace};

/// Checks the format, the lints of both halves, and the tests that need no server.
///
/// # Errors
/// With the first check that fails.
pub fn check(workspace: &Workspace) -> Result<()> {
    say("format");
    run(workspace.cargo().args(["fmt", "--all", "--check"]))?;
    say("lints of the server half");
    run(workspace.cargo().arg("clippy").args(SERVER_HALF).arg("--all-targets").args(["--", "-D", "warnings"]))?;
    say("lints of the browser half");
    run(wasm::cargo(workspace)?
        .args(["clippy", "--package", "frontend", "--package", "app", "--features", "app/hydrate"])
        .args(["--target", "wasm32-unknown-unknown", "--target-dir"])
        .arg(workspace.front_target())
        .args(["--", "-D", "warnings"]))?;
    say("fast tests");
    run(workspace.cargo().args(["test", "--quiet", "--package", "domain", "--package", "spec", "--package", "xtask"]))?;
    say("all checks hold");
    Ok(())
}
