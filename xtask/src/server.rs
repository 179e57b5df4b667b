//! The server half: compile it, start it for a test, know when it answers.

use std::io::{Read, Write};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use anyhow::Result;

use crate::process::{Server, say};
use crate::wasm::artifact;
use crate::workspace::{SERVER_HALF, Workspace};

/// How the server is compiled.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Profile {
    /// Quick to compile; reads the site from its folder.
    Dev,
    /// What is shipped; carries the site inside.
    Release,
}

impl Profile {
    const fn cargo_name(self) -> &'static str {
        match self {
            Self::Dev => "dev",
            Self::Release => "release",
        }
    }
}

/// Compiles the server and returns the path of the `portico` program.
///
/// # Errors
/// When it does not compile.
pub fn compile(workspace: &Workspace, profile: Profile) -> Result<PathBuf> {
    say("compiling the server");
    let mut cargo = workspace.cargo();
    cargo.args(["build", "--package", "server", "--bin", "portico", "--profile", profile.cargo_name()]);
    cargo.arg("--message-format=json-render-diagnostics");
    artifact(&mut cargo, |file| file.ends_with("/portico"))
}

/// Compiles what the Rust tests need, and returns the path of the `portico` program that they drive: after them nothing is left to compile.
/// Compiled by itself it would have other features of the packages that it is made of, and take as long again.
///
/// # Errors
/// When it does not compile.
pub fn compile_as_tested(workspace: &Workspace) -> Result<PathBuf> {
    say("compiling the server");
    let mut cargo = workspace.cargo();
    cargo.args(["test", "--no-run"]).args(SERVER_HALF).arg("--message-format=json-render-diagnostics");
    artifact(&mut cargo, |file| file.ends_with("/portico"))
}

/// Compiles an example of a package in release and returns its path.
///
/// # Errors
/// When it does not compile.
pub fn compile_example(workspace: &Workspace, package: &str, name: &str) -> Result<PathBuf> {
    say(format!("compiling the example {name}"));
    let mut cargo = workspace.cargo();
    cargo.args(["build", "--package", package, "--release", "--example", name, "--message-format=json-render-diagnostics"]);
    artifact(&mut cargo, |file| file.ends_with(&format!("/examples/{name}")))
}

/// A server with demo data of its own, for the browser suite.
pub struct Portal {
    /// Where it answers, such as `http://127.0.0.1:41234`.
    pub url: String,
    // Dropped in this order: the server first, then the folder that it writes to.
    _server: Server,
    _data: tempfile::TempDir,
}

impl Portal {
    /// Starts `portico serve` on a free port with a new data folder, and waits until it answers.
    ///
    /// # Errors
    /// When it ends at once or is not ready within two minutes.
    pub fn start(program: &Path) -> Result<Self> {
        let data = tempfile::tempdir()?;
        let port = free_port()?;
        let mut server = Server::start(program, None, |command| {
            command.current_dir(data.path());
            without_settings(command);
            command.args(["serve", "--port", &port.to_string(), "--data"]).arg(data.path());
        })?;
        server.wait_until(Duration::from_secs(120), || answers(port, "/readyz"))?;
        Ok(Self { url: format!("http://127.0.0.1:{port}"), _server: server, _data: data })
    }
}

/// Neither the developer's settings file nor her variables may reach a portal that is looked at: start it in a folder of its own, too.
pub fn without_settings(command: &mut Command) {
    for (name, _) in std::env::vars_os() {
        if is_setting(&name.to_string_lossy()) {
            command.env_remove(name);
        }
    }
}

/// Whether a variable would change what the portal does.
fn is_setting(name: &str) -> bool {
    const PREFIXES: [&str; 2] = ["PORTICO_", "OTEL_"];
    matches!(name, "DATABASE_URL" | "REDIS_URL" | "PORT" | "SITE_URL" | "SMTP_URL" | "MAIL_FROM")
        || PREFIXES.iter().any(|prefix| name.starts_with(prefix))
}

/// A port that nobody listens on now.
///
/// # Errors
/// When the system has none to give.
pub fn free_port() -> Result<u16> {
    Ok(TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()?.port())
}

/// Whether somebody listens on a port of this machine.
pub fn listens(port: u16) -> bool {
    TcpStream::connect((Ipv4Addr::LOCALHOST, port)).is_ok()
}

/// Whether a GET of `path` is answered with 200.
pub fn answers(port: u16, path: &str) -> bool {
    let ask = || -> std::io::Result<String> {
        let mut stream = TcpStream::connect((Ipv4Addr::LOCALHOST, port))?;
        stream.set_read_timeout(Some(Duration::from_secs(5)))?;
        write!(stream, "GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nConnection: close\r\n\r\n")?;
        let mut head = [0; 12];
        stream.read_exact(&mut head)?;
        Ok(String::from_utf8_lossy(&head).into_owned())
    };
    ask().is_ok_and(|head| head == "HTTP/1.1 200")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer_once(text: &'static str) -> u16 {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let port = listener.local_addr().unwrap().port();
        std::thread::spawn(move || {
            let (mut stream, _) = listener.accept().unwrap();
            let _ = stream.read(&mut [0; 512]);
            let _ = stream.write_all(text.as_bytes());
        });
        port
    }

    #[test]
    fn only_a_200_counts_as_ready() {
        assert!(answers(answer_once("HTTP/1.1 200 OK\r\n\r\n"), "/readyz"));
        assert!(!answers(answer_once("HTTP/1.1 503 Service Unavailable\r\n\r\n"), "/readyz"));
    }

    #[test]
    fn a_closed_port_is_not_ready() {
        assert!(!answers(free_port().unwrap(), "/readyz"));
    }
}
