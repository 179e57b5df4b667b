//! The real program under test: started, and ended by a signal.

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};

/// Settings of whoever runs the tests; none may reach the program under test.
const SETTINGS: [&str; 9] = [
    "PORT",
    "DATABASE_URL",
    "REDIS_URL",
    "SITE_URL",
    "PORTICO_DATA",
    "PORTICO_CONFIG",
    "PORTICO_MOVE_TO",
    "PORTICO_SERVER",
    "PORTICO_TOKEN",
];

/// The program that was built with the test (`PORTICO_TEST_SERVER` names another), with these arguments and nobody's settings.
pub fn portico(words: &[&str]) -> Command {
    let program = std::env::var("PORTICO_TEST_SERVER").unwrap_or_else(|_| env!("CARGO_BIN_EXE_portico").to_owned());
    let mut command = Command::new(program);
    SETTINGS.iter().for_each(|name| {
        command.env_remove(name);
    });
    command.args(words).stdin(Stdio::null());
    command
}

/// A running server; a test that fails leaves none behind.
pub struct Server {
    process: Child,
    /// The lines that it said up to `Ready`.
    pub said: Vec<String>,
}

impl Server {
    /// Starts a command that serves, and waits until it says that it is ready.
    pub fn start(command: &mut Command) -> Self {
        let mut process = command.stdout(Stdio::piped()).spawn().unwrap();
        let lines = BufReader::new(process.stdout.take().unwrap()).lines().map_while(Result::ok);
        let said = lines.take_while(|line| line != "Ready").collect();
        Self { process, said }
    }

    /// Where it answers.
    pub fn url(&self) -> String {
        self.said
            .iter()
            .find_map(|line| line.strip_prefix("Portico is at "))
            .unwrap_or_else(|| panic!("it said {:?}", self.said))
            .to_owned()
    }

    /// Sends it a signal, such as `TERM` or `KILL`, and waits for its end; returns its exit code, where it had one.
    pub fn end(&mut self, signal: &str) -> Option<i32> {
        Command::new("kill").args([format!("-{signal}"), self.process.id().to_string()]).status().unwrap();
        self.process.wait().unwrap().code()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
