//! The site: everything the browser fetches, under names that change with the content, with a manifest for the server.
//!
//! `target/site/manifest.json` maps a logical name to the path it is served under, and each lazy page to the pieces of
//! WASM that it needs (see [`bundle`]):
//!
//! ```json
//! { "files": { "portico.js": "/pkg/1f0c…/portico.js", "style.css": "/pkg/style.77ab….css" },
//!   "lazy":  { "__dash_view_1702…": ["chunk_4", "split___dash_view_1702…"] } }
//! ```
//!
//! Logical names: `portico.js`, `portico.wasm`, `split.js`, `style.css`, and where Node is there `geist.woff2`,
//! `geist-mono.woff2`, `icons.svg`, `charts.mjs`. Files of `style/assets` keep their own name.

pub mod bundle;
mod icons;
mod packaged;
mod press;
mod style;

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::process::say;
use crate::wasm::{self, Profile};
use crate::workspace::Workspace;

/// Which path each logical name is served under, and what a lazy page loads.
#[derive(Default, Serialize, Deserialize)]
pub struct Manifest {
    files: BTreeMap<String, String>,
    lazy: BTreeMap<String, Vec<String>>,
}

/// A site being put together: what it holds so far, and what it refers to.
pub struct Site {
    root: PathBuf,
    manifest: Manifest,
    kept: BTreeSet<PathBuf>,
}

/// Builds the whole site. A second run without changes compiles nothing and writes nothing.
///
/// # Errors
/// When the browser half does not compile, or a stylesheet or an icon is not there.
pub fn build(workspace: &Workspace, profile: Profile) -> Result<()> {
    let wasm = wasm::compile(workspace, profile)?;
    let packages = packaged::Packages::install(workspace);
    let mut site = Site::open(workspace.site())?;
    bundle::add(&mut site, &wasm, profile, &packages)?;
    packaged::add_fonts(&mut site, &packages)?;
    packaged::add_charts(&mut site, workspace, &packages)?;
    icons::add(&mut site, workspace, &packages)?;
    style::add(&mut site, workspace)?;
    if profile == Profile::Release {
        press::press(&site)?;
    }
    site.finish()
}

impl Site {
    fn open(root: PathBuf) -> Result<Self> {
        std::fs::create_dir_all(root.join("pkg"))?;
        Ok(Self { root, manifest: Manifest::default(), kept: BTreeSet::new() })
    }

    /// Adds one file under a name with its hash; `icons.svg` becomes `/pkg/icons.<hash>.svg`.
    fn add(&mut self, name: &str, content: &[u8]) -> Result<()> {
        let (stem, extension) = name.rsplit_once('.').unwrap_or((name, "bin"));
        let path = format!("pkg/{stem}.{}.{extension}", digest(content));
        self.keep(&path, content)?;
        self.manifest.files.insert(name.to_owned(), format!("/{path}"));
        Ok(())
    }

    /// Writes a file where it differs from what lies there: an untouched file lets cargo skip the server.
    fn keep(&mut self, path: &str, content: &[u8]) -> Result<()> {
        let file = self.root.join(path);
        write_if_changed(&file, content)?;
        self.kept.insert(file);
        Ok(())
    }

    /// Removes what an earlier build left and writes the manifest.
    fn finish(mut self) -> Result<()> {
        let manifest = serde_json::to_vec_pretty(&self.manifest)?;
        self.keep("manifest.json", &manifest)?;
        let mut bytes = 0;
        for file in files_below(&self.root)? {
            if self.kept.contains(&press::original(&file)) {
                bytes += file.metadata()?.len();
            } else {
                std::fs::remove_file(&file)?;
            }
        }
        say(format!("site ready: {} files, {} kB", self.kept.len(), bytes / 1000));
        Ok(())
    }
}

/// The first 16 hex digits of the SHA-256: enough for a file name.
fn digest(content: &[u8]) -> String {
    format!("{:x}", Sha256::digest(content))[..16].to_owned()
}

fn write_if_changed(file: &Path, content: &[u8]) -> Result<()> {
    if std::fs::read(file).is_ok_and(|old| old == content) {
        return Ok(());
    }
    if let Some(folder) = file.parent() {
        std::fs::create_dir_all(folder)?;
    }
    std::fs::write(file, content).with_context(|| format!("cannot write {}", file.display()))
}

fn files_below(folder: &Path) -> Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    for entry in std::fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            files.extend(files_below(&path)?);
        } else {
            files.push(path);
        }
    }
    files.sort();
    Ok(files)
}
