//! What the site takes from npm: the typefaces, the chart library, and the tools that make files smaller.
//!
//! Without Node the site goes on without them: system typefaces, no icons, and a chart shows its table.

use std::path::PathBuf;
use std::process::Command;

use anyhow::{Context, Result};

use super::{Site, digest};
use crate::npm;
use crate::process::{capture, say};
use crate::workspace::Workspace;

/// The installed npm packages of the site, or none.
pub struct Packages {
    folder: Option<PathBuf>,
}

impl Packages {
    /// Installs the packages; where that cannot be done, says in one line what the site will lack.
    pub fn install(workspace: &Workspace) -> Self {
        let folder = workspace.front_packages();
        match npm::install(&folder) {
            Ok(()) => Self { folder: Some(folder) },
            Err(error) => {
                say(format!("going on with system typefaces, without icons and charts: {error:#}"));
                Self { folder: None }
            }
        }
    }

    /// A file of a package.
    pub fn file(&self, path: &str) -> Option<PathBuf> {
        let file = self.folder.as_ref()?.join("node_modules").join(path);
        file.exists().then_some(file)
    }

    /// A Node program of a package.
    pub fn script(&self, path: &str) -> Option<Command> {
        npm::script(self.folder.as_ref()?, path).ok()
    }

    /// A native program of a package.
    pub fn program(&self, name: &str) -> Option<Command> {
        let mut command = Command::new(self.file(&format!(".bin/{name}"))?);
        command.current_dir(self.folder.as_ref()?);
        Some(command)
    }

    /// Differs when the packages do.
    pub fn fingerprint(&self) -> String {
        self.folder
            .as_ref()
            .and_then(|folder| std::fs::read(folder.join("package-lock.json")).ok())
            .map_or_else(|| "none".to_owned(), |lock| digest(&lock))
    }
}

const FONTS: [(&str, &str); 2] = [
    ("geist.woff2", "@fontsource-variable/geist/files/geist-latin-wght-normal.woff2"),
    ("geist-mono.woff2", "@fontsource-variable/geist-mono/files/geist-mono-latin-wght-normal.woff2"),
];

/// Adds the two typefaces, latin subset.
///
/// # Errors
/// When a package lacks its file.
pub(super) fn add_fonts(site: &mut Site, packages: &Packages) -> Result<()> {
    for (name, path) in FONTS {
        let Some(file) = packages.file(path) else { continue };
        site.add(name, &std::fs::read(file)?)?;
    }
    Ok(())
}

/// Bundles the parts of the chart library that `frontend/npm/charts.js` names.
///
/// # Errors
/// When the bundler refuses the file.
pub(super) fn add_charts(site: &mut Site, workspace: &Workspace, packages: &Packages) -> Result<()> {
    let Some(mut esbuild) = packages.program("esbuild") else {
        return Ok(());
    };
    esbuild
        .args(["--bundle", "--minify", "--format=esm", "--log-level=error", "--legal-comments=none"])
        .arg(workspace.front_packages().join("charts.js"));
    let bundle = capture(&mut esbuild).context("cannot bundle frontend/npm/charts.js")?;
    site.add("charts.mjs", bundle.as_bytes())
}
