//! Nodes of the real program.

use crate::program::{Server, portico};
use std::path::Path;

/// Starts one on a free port and waits until it says that it is ready.
pub fn start(folder: &Path, settings: &[(&str, &str)]) -> Server {
    let mut command = portico(&["serve", "--no-demo", "--log", "error", "--port", "0", "--data"]);
    Server::start(command.arg(folder).envs(settings.iter().copied()))
}
