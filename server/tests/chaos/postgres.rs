//! A PostgreSQL server of the test's own, that it may stop and kill.

use crate::cluster::{child, children, free_port, is_root, until};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

/// A running server, or one that was stopped.
pub struct Postgres {
    programs: PathBuf,
    data: PathBuf,
    pub port: u16,
    process: Child,
}

impl Postgres {
    /// Makes a server in a folder and starts it; `None` with a message where there is no PostgreSQL.
    pub fn start(folder: &Path) -> Option<Self> {
        let Some(programs) = programs() else {
            eprintln!("Skipped: there is no /usr/lib/postgresql/*/bin.");
            return None;
        };
        let data = folder.join("postgres");
        std::fs::create_dir(&data).unwrap();
        if is_root() {
            // PostgreSQL refuses to run as root.
            assert!(Command::new("chown").arg("postgres").arg(&data).status().unwrap().success());
        }
        let mut init = owned(&programs.join("initdb"));
        init.args(["--username=portico", "--auth=trust", "--encoding=UTF8", "--no-sync", "-D"]).arg(&data);
        assert!(init.stdout(Stdio::null()).status().unwrap().success());
        // The node in a namespace comes from there.
        let access = data.join("pg_hba.conf");
        let known = std::fs::read_to_string(&access).unwrap();
        std::fs::write(&access, format!("{known}\nhost all all 10.0.0.0/8 trust\n")).unwrap();
        let port = free_port();
        let process = serve(&programs, &data, port);
        let server = Self { programs, data, port, process };
        server.wait();
        server.query("create database portico");
        Some(server)
    }

    /// A fast stop: sessions end in the middle of what they do, and what was committed is on disk.
    pub fn stop(&mut self) {
        assert!(Command::new("kill").args(["-INT", &self.process.id().to_string()]).status().unwrap().success());
        self.process.wait().unwrap();
    }

    /// SIGKILL to the server and all of its processes at once.
    pub fn kill(&mut self) {
        let mut all = children(self.process.id());
        all.push(self.process.id());
        let all: Vec<_> = all.iter().map(u32::to_string).collect();
        Command::new("kill").arg("-KILL").args(all).status().unwrap();
        self.process.wait().unwrap();
    }

    /// Starts again on the same data, and waits until it answers.
    pub fn restart(&mut self) {
        self.process = serve(&self.programs, &self.data, self.port);
        self.wait();
    }

    /// Runs one statement.
    fn query(&self, sql: &str) {
        let mut psql = Command::new(self.programs.join("psql"));
        psql.args(["-h", "127.0.0.1", "-p", &self.port.to_string(), "-U", "portico", "-qc", sql, "postgres"]);
        assert!(psql.status().unwrap().success());
    }

    fn wait(&self) {
        let port = self.port.to_string();
        let ready = || {
            let mut ask = Command::new(self.programs.join("pg_isready"));
            ask.args(["-q", "-h", "127.0.0.1", "-p", &port, "-U", "portico"]).status().unwrap().success()
        };
        until("PostgreSQL answers", ready);
    }
}

impl Drop for Postgres {
    fn drop(&mut self) {
        if matches!(self.process.try_wait(), Ok(None)) {
            self.kill();
        }
    }
}

/// The newest release's folder, where Debian keeps it.
fn programs() -> Option<PathBuf> {
    let releases = std::fs::read_dir("/usr/lib/postgresql").ok()?.flatten();
    let numbered = releases.filter_map(|release| Some((release.file_name().to_str()?.parse::<u32>().ok()?, release.path())));
    numbered.max().map(|(_, path)| path.join("bin"))
}

fn owned(program: &Path) -> Command {
    let mut command = child(if is_root() { &["--reuid", "postgres", "--regid", "postgres", "--init-groups"] } else { &[] });
    command.arg(program).current_dir("/");
    command
}

fn serve(programs: &Path, data: &Path, port: u16) -> Child {
    let mut command = owned(&programs.join("postgres"));
    command.args(["-p", &port.to_string(), "-D"]).arg(data).arg("-k").arg(data);
    // No fsync: it is the processes that die here, not the machine.
    command.args(["-c", "listen_addresses=*", "-c", "max_connections=100", "-c", "fsync=off", "-c", "log_min_messages=fatal"]);
    command.stdin(Stdio::null()).stderr(Stdio::null()).spawn().unwrap()
}
