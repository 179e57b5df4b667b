//! Who is compared, and how each is started on its core with what it needs.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use anyhow::{Context, Result};

use super::load::Target;
use super::{CONTENDER_CORE, LOAD_CORE, nginx};
use crate::process::{Server, capture, mortal};
use crate::server::{answers, free_port};
use crate::services::Services;

/// Whatever stands between the caller and the upstream.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Contender {
    /// Nothing: the upstream alone.
    Upstream,
    /// nginx as a plain reverse proxy.
    Nginx,
    /// nginx with Lua that checks a key and a rate and counts in Redis.
    NginxLua,
    /// Portico with nothing installed.
    Embedded,
    /// Portico with Redis and PostgreSQL.
    Fleet,
}

impl Contender {
    /// In the order of their turns.
    pub const ALL: [Self; 5] = [Self::Upstream, Self::Nginx, Self::NginxLua, Self::Embedded, Self::Fleet];

    /// As reports name it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Upstream => "upstream",
            Self::Nginx => "nginx",
            Self::NginxLua => "nginx-lua-redis",
            Self::Embedded => "portico-embedded",
            Self::Fleet => "portico-redis-postgres",
        }
    }
}

/// A server on a core of its choice.
pub struct Pinned {
    pub server: Server,
    pub port: u16,
}

/// What all turns share: the upstream, and what is built.
pub struct Ground<'a> {
    folder: &'a Path,
    program: &'a Path,
    furnish: &'a Path,
    upstream: Pinned,
}

/// A contender at work, with the servers that are its own.
pub struct Standing {
    url: String,
    key: Option<String>,
    /// Processes whose processor time is the contender's.
    roots: Vec<u32>,
    // Dropped in this order: the contender before what it depends on.
    _own: Option<Pinned>,
    _services: Option<Services>,
    _data: Option<tempfile::TempDir>,
}

impl Standing {
    pub fn target(&self) -> Target {
        Target { url: self.url.clone(), key: self.key.clone() }
    }

    pub fn roots(&self) -> &[u32] {
        &self.roots
    }
}

impl<'a> Ground<'a> {
    /// Starts the upstream.
    ///
    /// # Errors
    /// When it does not start.
    pub fn prepare(folder: &'a Path, program: &'a Path, furnish: &'a Path) -> Result<Self> {
        Ok(Self { folder, program, furnish, upstream: nginx::upstream(folder, LOAD_CORE)? })
    }

    /// Starts a contender, with data of its own that begins empty.
    ///
    /// # Errors
    /// When one of its servers does not start.
    pub fn start(&self, contender: Contender) -> Result<Standing> {
        match contender {
            Contender::Upstream => {
                let (url, roots) = (format!("http://127.0.0.1:{}/", self.upstream.port), vec![self.upstream.server.id()]);
                Ok(Standing { url, key: None, roots, _own: None, _services: None, _data: None })
            }
            Contender::Nginx => Ok(standing(nginx::proxy(self.folder, CONTENDER_CORE, self.upstream.port)?, None, None, None)),
            Contender::NginxLua => self.lua(),
            Contender::Embedded => self.portico(None),
            Contender::Fleet => self.portico(Some(services()?)),
        }
    }

    fn lua(&self) -> Result<Standing> {
        let (services, key) = (services()?, "sk_live_0a1b2c3d_c2VjcmV0LXNlY3JldC1zZWNyZXQtc2Vj".to_owned());
        let redis = services.redis.rsplit_once(':').and_then(|(_, port)| port.parse().ok()).context("Redis has no port")?;
        let own = nginx::lua(self.folder, CONTENDER_CORE, self.upstream.port, &key, redis)?;
        Ok(standing(own, Some(key), Some(services), None))
    }

    /// The portal with one product, one partner and one key, on its own data or on those of `services`.
    fn portico(&self, services: Option<Services>) -> Result<Standing> {
        let data = tempfile::tempdir_in(self.folder)?;
        let file = || format!("sqlite:{}", data.path().join("portico.db").display());
        let database = services.as_ref().map_or_else(file, |services| services.postgres.url.clone());
        let upstream = format!("http://127.0.0.1:{}", self.upstream.port);
        let key = capture(Command::new(self.furnish).args([&database, &upstream]))?.trim().to_owned();
        let port = free_port()?;
        let mut server = pinned(CONTENDER_CORE, self.program, |command| {
            crate::server::without_settings(command);
            command.current_dir(data.path()).args(["serve", "--no-demo", "--port", &port.to_string(), "--data"]);
            command.arg(data.path()).stdout(std::process::Stdio::null());
            if let Some(services) = &services {
                command.env("DATABASE_URL", &services.postgres.url).env("REDIS_URL", &services.redis);
            }
        })?;
        server.wait_until(Duration::from_secs(60), || answers(port, "/readyz"))?;
        Ok(standing(Pinned { server, port }, Some(key), services, Some(data)))
    }
}

/// PostgreSQL and Redis, on the contender's core.
fn services() -> Result<Services> {
    let services = Services::start()?;
    for root in services.roots() {
        capture(Command::new("taskset").args(["-a", "-c", "-p", &CONTENDER_CORE.to_string(), &root.to_string()]))?;
    }
    Ok(services)
}

fn standing(own: Pinned, key: Option<String>, services: Option<Services>, data: Option<tempfile::TempDir>) -> Standing {
    let roots = std::iter::once(own.server.id()).chain(services.iter().flat_map(Services::roots)).collect();
    let url = format!("http://127.0.0.1:{}/gateway/parcels/shipments/shp_4711", own.port);
    Standing { url, key, roots, _own: Some(own), _services: services, _data: data }
}

/// Starts a program that stays on one core, and ends with us.
///
/// # Errors
/// When it cannot be started.
pub fn pinned(core: usize, program: &Path, configure: impl FnOnce(&mut Command)) -> Result<Server> {
    let mut command = mortal(&PathBuf::from("taskset"), None);
    command.args(["-c", &core.to_string()]).arg(program);
    configure(&mut command);
    Server::spawn(&program.file_name().unwrap_or_default().to_string_lossy(), &mut command)
}
