//! `cargo xtask run`: build both halves in release, then become the server.

use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result};
use clap::Args;

use crate::process::say;
use crate::wasm::Profile;
use crate::workspace::Workspace;
use crate::{server, site};

/// How the server is started; whatever follows `--` goes to `portico serve` as it is.
#[derive(Args)]
pub struct Run {
    /// The port on 127.0.0.1
    #[arg(long, default_value_t = 3000)]
    pub port: u16,
    /// The folder that the data lies in [default: the server's own choice]
    #[arg(long, value_name = "DIR")]
    pub data: Option<PathBuf>,
    /// Start empty: no demo company
    #[arg(long)]
    pub no_demo: bool,
    /// More options for `portico serve`
    #[arg(last = true)]
    pub more: Vec<String>,
}

/// Builds and starts the portal; returns only when that fails, because the server takes over this process.
///
/// # Errors
/// When something does not build or the server cannot be started.
pub fn run(workspace: &Workspace, options: &Run) -> Result<()> {
    site::build(workspace, Profile::Release)?;
    let program = server::compile(workspace, server::Profile::Release)?;
    say(format!("starting http://127.0.0.1:{}", options.port));
    let error = serve(&program, options).exec();
    Err(error).with_context(|| format!("cannot start {}", program.display()))
}

/// The command line of the server.
pub fn serve(program: &Path, options: &Run) -> Command {
    let mut command = Command::new(program);
    command.args(["serve", "--port", &options.port.to_string()]);
    if let Some(data) = &options.data {
        command.arg("--data").arg(data);
    }
    if options.no_demo {
        command.arg("--no-demo");
    }
    command.args(&options.more);
    command
}
