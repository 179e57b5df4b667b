//! The real program, started and killed.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};

/// A running server; a test that fails leaves none behind.
pub struct Server {
    process: Child,
    pub url: String,
}

impl Server {
    /// SIGKILL: nothing is flushed, nobody says goodbye.
    pub fn kill(&mut self) {
        self.process.kill().unwrap();
        self.process.wait().unwrap();
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// Starts the real program on a free port and waits until it says that it is ready.
pub fn start(folder: &Path, settings: &[(&str, &str)]) -> Server {
    let program = std::env::var("PORTICO_TEST_SERVER").unwrap_or_else(|_| env!("CARGO_BIN_EXE_portico").to_owned());
    let mut command = Command::new(program);
    command.args(["serve", "--no-demo", "--log", "error", "--port", "0", "--data"]).arg(folder);
    command.env_remove("DATABASE_URL").env_remove("REDIS_URL").envs(settings.iter().copied());
    let mut process = command.stdin(Stdio::null()).stdout(Stdio::piped()).spawn().unwrap();
    let lines = BufReader::new(process.stdout.take().unwrap()).lines().map_while(Result::ok);
    let said: Vec<_> = lines.take_while(|line| line != "Ready").collect();
    let url = said.iter().find_map(|line| line.strip_prefix("Portico is at ")).unwrap().to_owned();
    Server { process, url }
}
