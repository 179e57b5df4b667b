//! PostgreSQL and Redis of our own, on free ports in a temporary folder, for the tests that need either.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use anyhow::{Context, Result};

use crate::packages::{self, Need};
use crate::process::{Server, capture, find_program, mortal, run, say};
use crate::server::{free_port, listens};

/// Both servers; they end, and their folder goes, when this value is dropped.
pub struct Services {
    pub postgres: Postgres,
    /// Such as `redis://127.0.0.1:40124`.
    pub redis: String,
    redis_server: Server,
    _folder: tempfile::TempDir,
}

impl Services {
    /// Installs what is missing and starts both.
    ///
    /// # Errors
    /// When a server cannot be installed or started.
    pub fn start() -> Result<Self> {
        packages::ensure(&[Need::Postgres, Need::Redis])?;
        let folder = tempfile::tempdir()?;
        let postgres = Postgres::start(folder.path())?;
        let (redis, redis_server) = start_redis(folder.path())?;
        say(format!("{} and {redis} are ready", postgres.url));
        Ok(Self { postgres, redis, redis_server, _folder: folder })
    }

    /// Their process ids.
    pub fn roots(&self) -> [u32; 2] {
        [self.postgres.server.id(), self.redis_server.id()]
    }
}

/// A PostgreSQL server with an empty database; it ends when this value is dropped.
pub struct Postgres {
    /// Such as `postgres://portico@127.0.0.1:40123/portico`.
    pub url: String,
    server: Server,
}

impl Postgres {
    /// Starts one whose data lies in a folder that goes with it.
    ///
    /// # Errors
    /// When it cannot be started.
    pub fn start(folder: &Path) -> Result<Self> {
        let (url, server) = start_postgres(folder)?;
        Ok(Self { url, server })
    }
}

fn start_postgres(folder: &Path) -> Result<(String, Server)> {
    let initdb = packages::postgres("initdb").context("initdb is missing")?;
    let postgres = packages::postgres("postgres").context("postgres is missing")?;
    let data = folder.join("postgres");
    std::fs::create_dir(&data)?;
    let user = unprivileged(folder, &data)?;
    run(mortal(&initdb, user)
        .current_dir("/")
        .args(["--username=portico", "--auth=trust", "--encoding=UTF8", "--no-sync", "-D"])
        .arg(&data)
        .stdout(Stdio::null()))?;
    let port = free_port()?;
    let mut server = Server::start(&postgres, user, |command| {
        command
            .current_dir("/")
            .args(["-p", &port.to_string(), "-D"])
            .arg(&data)
            .arg("-k")
            .arg(&data)
            .args(["-c", "listen_addresses=127.0.0.1", "-c", "max_connections=300"])
            // The data lives for one run: nothing is gained by waiting for the disk.
            .args(["-c", "fsync=off", "-c", "log_min_messages=fatal"]);
    })?;
    let ready = packages::postgres("pg_isready").context("pg_isready is missing")?;
    server.wait_until(Duration::from_secs(60), || {
        capture(Command::new(&ready).args(["-h", "127.0.0.1", "-p", &port.to_string(), "-U", "portico"])).is_ok()
    })?;
    let createdb = packages::postgres("createdb").context("createdb is missing")?;
    run(Command::new(createdb).args(["-h", "127.0.0.1", "-p", &port.to_string(), "-U", "portico", "portico"]))?;
    Ok((format!("postgres://portico@127.0.0.1:{port}/portico"), server))
}

/// PostgreSQL refuses to run as root: hands its folder to the user `postgres` and names that user.
fn unprivileged(folder: &Path, data: &Path) -> Result<Option<&'static str>> {
    if capture(Command::new("id").arg("-u"))?.trim() != "0" {
        return Ok(None);
    }
    run(Command::new("chown").arg("postgres").arg(data))?;
    run(Command::new("chmod").arg("711").arg(folder))?;
    Ok(Some("postgres"))
}

fn start_redis(folder: &Path) -> Result<(String, Server)> {
    let redis: PathBuf = find_program("redis-server", &[]).context("redis-server is missing")?;
    let port = free_port()?;
    let mut server = Server::start(&redis, None, |command| {
        command
            .args(["--port", &port.to_string(), "--bind", "127.0.0.1"])
            .args(["--save", "", "--appendonly", "no", "--logfile", "redis.log", "--dir"])
            .arg(folder);
    })?;
    server.wait_until(Duration::from_secs(30), || listens(port))?;
    Ok((format!("redis://127.0.0.1:{port}"), server))
}
