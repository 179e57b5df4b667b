//! `cargo xtask dev`: rebuild and restart whenever a source file changes.

use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use anyhow::Result;

use crate::process::{Server, say};
use crate::run::{self, Run};
use crate::wasm::Profile;
use crate::workspace::Workspace;
use crate::{server, site};

/// What both halves are made from.
const SOURCES: [&str; 9] = ["Cargo.toml", "app", "domain", "frontend", "migrations", "server", "spec", "store", "style"];

/// Builds unoptimised, starts the server, and does it again after each change until it is interrupted.
///
/// # Errors
/// When the first start fails for another reason than a compile error.
pub fn dev(workspace: &Workspace, options: &Run) -> Result<()> {
    let mut running: Option<Server> = None;
    loop {
        let built_from = newest(workspace);
        match build(workspace) {
            Ok(program) => {
                // The old server keeps answering while the new one is compiled, and leaves the port just before.
                drop(running.take());
                running = Some(Server::spawn("portico", &mut run::serve(&program, options))?);
            }
            Err(error) => say(format!("{error:#}")),
        }
        say("waiting for a change");
        while newest(workspace) == built_from {
            std::thread::sleep(Duration::from_millis(400));
        }
    }
}

fn build(workspace: &Workspace) -> Result<PathBuf> {
    site::build(workspace, Profile::Dev)?;
    server::compile(workspace, server::Profile::Dev)
}

/// When a source file last changed, and how many there are: a removed file counts as a change too.
fn newest(workspace: &Workspace) -> (usize, Option<SystemTime>) {
    let mut times = Vec::new();
    for source in SOURCES {
        collect(&workspace.root.join(source), &mut times);
    }
    (times.len(), times.into_iter().max())
}

fn collect(path: &Path, times: &mut Vec<SystemTime>) {
    if path.ends_with("node_modules") {
        return;
    }
    let Ok(metadata) = path.metadata() else { return };
    if metadata.is_dir() {
        for entry in std::fs::read_dir(path).into_iter().flatten().flatten() {
            collect(&entry.path(), times);
        }
    } else {
        times.extend(metadata.modified());
    }
}
