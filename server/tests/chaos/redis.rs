//! A Redis server of the test's own that keeps its data on disk, for as long as it is let.

use crate::cluster::{child, free_port, until};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

/// A running server, or one that was killed.
pub struct Redis {
    folder: PathBuf,
    pub port: u16,
    process: Child,
}

impl Redis {
    pub fn start(folder: &Path) -> Self {
        let folder = folder.join("redis");
        std::fs::create_dir(&folder).unwrap();
        let port = free_port();
        let redis = Self { process: serve(&folder, port), folder, port };
        redis.wait();
        redis
    }

    pub fn kill(&mut self) {
        self.process.kill().unwrap();
        self.process.wait().unwrap();
    }

    /// Starts again with what is on its disk.
    pub fn restart(&mut self) {
        self.process = serve(&self.folder, self.port);
        self.wait();
    }

    /// Takes away what is on its disk.
    pub fn forget(&self) {
        std::fs::remove_dir_all(self.folder.join("appendonlydir")).unwrap();
    }

    /// What a command answers, as the command line client prints it.
    pub fn says(&self, words: &[&str]) -> String {
        let output = Command::new("redis-cli").args(["-p", &self.port.to_string()]).args(words).output().unwrap();
        String::from_utf8_lossy(&output.stdout).trim_end().to_owned()
    }

    fn wait(&self) {
        until("Redis answers", || self.says(&["PING"]) == "PONG");
    }
}

impl Drop for Redis {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

fn serve(folder: &Path, port: u16) -> Child {
    let mut command = child(&[]);
    command.args(["redis-server", "--port", &port.to_string(), "--bind", "*", "--protected-mode", "no"]);
    command.args(["--save", "", "--appendonly", "yes", "--logfile", "redis.log", "--dir"]).arg(folder);
    command.stdin(Stdio::null()).spawn().unwrap()
}
