//! npm packages: `npm ci` from a lock file, done again only when the lock file changes.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result};
use sha2::{Digest, Sha256};

use crate::packages::{self, Need};
use crate::process::{find_program, run, say};

/// Installs the packages that a folder's lock file names.
///
/// # Errors
/// When Node is missing and cannot be installed, or when npm fails.
pub fn install(folder: &Path) -> Result<()> {
    packages::ensure(&[Need::Node])?;
    let lock = std::fs::read(folder.join("package-lock.json")).with_context(|| format!("{} has no package-lock.json", folder.display()))?;
    let wanted = format!("{:x}", Sha256::digest(&lock));
    let stamp = folder.join("node_modules/.installed-lock");
    if std::fs::read_to_string(&stamp).is_ok_and(|installed| installed == wanted) {
        return Ok(());
    }
    let name = folder.file_name().unwrap_or_default().to_string_lossy();
    say(format!("installing the npm packages of {name}"));
    let mut npm = Command::new("npm");
    npm.current_dir(folder).args(["ci", "--no-audit", "--no-fund", "--loglevel=error"]);
    run(&mut npm)?;
    std::fs::write(stamp, wanted)?;
    Ok(())
}

/// A Node program from a package, by its file: it works where `npx` is not.
///
/// # Errors
/// When Node or the file is missing.
pub fn script(folder: &Path, file: &str) -> Result<Command> {
    let node = find_program("node", &[]).context("node is missing")?;
    let script: PathBuf = folder.join("node_modules").join(file);
    anyhow::ensure!(script.is_file(), "{} is missing: run npm ci", script.display());
    let mut command = Command::new(node);
    command.arg(script).current_dir(folder);
    Ok(command)
}
