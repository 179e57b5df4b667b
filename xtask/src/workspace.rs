//! Where things lie: the checkout, the build folder, the site.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result};

/// The packages of the server half, in cargo's words. The browser half turns leptos features on that they must not have.
pub const SERVER_HALF: [&str; 3] = ["--workspace", "--exclude", "frontend"];

/// The checkout that the command was started in.
pub struct Workspace {
    /// The folder with the root `Cargo.toml`.
    pub root: PathBuf,
    /// Cargo's build folder; `CARGO_TARGET_DIR` moves it.
    pub target: PathBuf,
}

impl Workspace {
    /// Finds the checkout from the place of this crate, so that the command works from any folder in it.
    ///
    /// # Errors
    /// When the crate has no parent folder, which means that it was moved by hand.
    pub fn find() -> Result<Self> {
        let root =
            Path::new(env!("CARGO_MANIFEST_DIR")).parent().context("xtask must lie one folder below the project's root")?.to_path_buf();
        let target = match std::env::var_os("CARGO_TARGET_DIR") {
            Some(dir) => root.join(dir),
            None => root.join("target"),
        };
        Ok(Self { root, target })
    }

    /// The finished site. Always below the root: the server embeds it from there at compile time.
    pub fn site(&self) -> PathBuf {
        self.root.join("target/site")
    }

    /// The folder where benchmarks leave what they measured.
    ///
    /// # Errors
    /// When it cannot be made.
    pub fn reports(&self) -> Result<PathBuf> {
        let folder = self.root.join("target/bench");
        std::fs::create_dir_all(&folder)?;
        Ok(folder)
    }

    /// The build folder of the browser half, apart from the server's, so that neither evicts the other.
    pub fn front_target(&self) -> PathBuf {
        self.target.join("front")
    }

    /// The npm packages that the site is made from: fonts, icons, charts.
    pub fn front_packages(&self) -> PathBuf {
        self.root.join("frontend/npm")
    }

    /// The browser suite and its npm packages.
    pub fn browser_suite(&self) -> PathBuf {
        self.root.join("end2end")
    }

    /// The ordinary cargo, run in the root of the checkout.
    pub fn cargo(&self) -> Command {
        let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
        let mut command = Command::new(cargo);
        command.current_dir(&self.root);
        command
    }
}
