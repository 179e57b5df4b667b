//! What the tests need from the system, installed through its package manager where that is allowed.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Result, bail};

use crate::process::{capture, find_program, run, say};

/// A program that must be there, and how to know.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Need {
    /// The `postgres` server and `initdb`.
    Postgres,
    /// `redis-server`.
    Redis,
    /// Chromium or Chrome.
    Chromium,
    /// `node` and `npm`.
    Node,
    /// Debian's `rustc-web` with the source of its standard library.
    DebianRust,
    /// The library that gives a program another clock.
    Faketime,
    /// `ip`, which makes networks.
    Ip,
    /// `nginx` with its Lua module, and Lua's client for Redis.
    Nginx,
    /// `wrk`, and `taskset` to keep it on one core.
    Wrk,
    /// `wasm-ld` of one LLVM release.
    WasmLinker(u32),
}

impl Need {
    /// Whether it is already here.
    pub fn is_met(self) -> bool {
        match self {
            Self::Postgres => postgres("initdb").is_some() && postgres("postgres").is_some(),
            Self::Redis => find_program("redis-server", &[]).is_some(),
            Self::Chromium => chromium().is_some(),
            Self::Node => find_program("node", &[]).is_some() && find_program("npm", &[]).is_some(),
            Self::DebianRust => {
                PathBuf::from("/usr/bin/rustc").is_file()
                    && PathBuf::from("/usr/bin/cargo").is_file()
                    && std::fs::read_dir("/usr/src").is_ok_and(|mut entries| {
                        entries.any(|entry| entry.is_ok_and(|it| it.file_name().to_string_lossy().starts_with("rustc-")))
                    })
            }
            Self::Faketime => ["x86_64", "aarch64"]
                .iter()
                .any(|machine| Path::new(&format!("/usr/lib/{machine}-linux-gnu/faketime/libfaketimeMT.so.1")).is_file()),
            Self::Ip => find_program("ip", &["/usr/sbin".into()]).is_some(),
            Self::Nginx => {
                find_program("nginx", &["/usr/sbin".into()]).is_some()
                    && nginx_modules().is_some()
                    && ["redis", "sha256"]
                        .iter()
                        .all(|name| Path::new("/usr/share/lua/5.1/nginx").join(name).with_extension("lua").is_file())
            }
            Self::Wrk => find_program("wrk", &[]).is_some() && find_program("taskset", &[]).is_some(),
            Self::WasmLinker(major) => find_program(&format!("wasm-ld-{major}"), &["/usr/bin".into()]).is_some(),
        }
    }

    fn debian(self) -> Vec<String> {
        match self {
            Self::Postgres => vec!["postgresql".into()],
            Self::Redis => vec!["redis-server".into()],
            Self::Chromium => vec!["chromium".into()],
            Self::Node => vec!["nodejs".into(), "npm".into()],
            Self::DebianRust => {
                vec!["rustc-web".into(), "cargo-web".into(), "rust-web-src".into()]
            }
            Self::Faketime => vec!["faketime".into()],
            Self::Ip => vec!["iproute2".into()],
            Self::Nginx => ["nginx", "libnginx-mod-http-lua", "lua-nginx-redis", "lua-nginx-string"].map(String::from).to_vec(),
            Self::Wrk => vec!["wrk".into(), "util-linux".into()],
            Self::WasmLinker(major) => vec![format!("lld-{major}")],
        }
    }

    fn fedora(self) -> Vec<String> {
        match self {
            Self::Postgres => vec!["postgresql-server".into()],
            Self::Redis => vec!["redis".into()],
            Self::Chromium => vec!["chromium".into()],
            Self::Node => vec!["nodejs".into(), "nodejs-npm".into()],
            Self::DebianRust | Self::Faketime | Self::Ip | Self::Nginx | Self::Wrk | Self::WasmLinker(_) => Vec::new(),
        }
    }

    fn homebrew(self) -> Vec<String> {
        match self {
            Self::Postgres => vec!["postgresql@17".into()],
            Self::Redis => vec!["redis".into()],
            Self::Chromium => vec!["chromium".into()],
            Self::Node => vec!["node".into()],
            Self::DebianRust | Self::Faketime | Self::Ip | Self::Nginx | Self::Wrk | Self::WasmLinker(_) => Vec::new(),
        }
    }
}

/// Installs whatever of `needs` is missing; says so first.
///
/// # Errors
/// When something is missing and cannot be installed; the sentence names it.
pub fn ensure(needs: &[Need]) -> Result<()> {
    let missing: Vec<Need> = needs.iter().copied().filter(|need| !need.is_met()).collect();
    if missing.is_empty() {
        return Ok(());
    }
    let (manager, packages) = plan(&missing)?;
    say(format!("installing {} with {}", packages.join(", "), manager.name()));
    manager.install(&packages)?;
    match missing.iter().find(|need| !need.is_met()) {
        Some(need) => bail!("{need:?} is still missing after installing {}", packages.join(", ")),
        None => Ok(()),
    }
}

fn plan(missing: &[Need]) -> Result<(Manager, Vec<String>)> {
    let Some(manager) = Manager::find() else {
        bail!("{missing:?} missing, and no package manager that this user may call: install them and try again");
    };
    let packages: Vec<String> = missing
        .iter()
        .flat_map(|need| match manager {
            Manager::Apt { .. } => need.debian(),
            Manager::Dnf { .. } => need.fedora(),
            Manager::Homebrew => need.homebrew(),
        })
        .collect();
    if packages.is_empty() {
        bail!("{missing:?} missing, and {} has no package for it", manager.name());
    }
    Ok((manager, packages))
}

/// A PostgreSQL program. Debian keeps them out of `PATH`, one folder per release; the newest wins.
pub fn postgres(program: &str) -> Option<PathBuf> {
    let mut releases: Vec<(u32, PathBuf)> = std::fs::read_dir("/usr/lib/postgresql")
        .into_iter()
        .flatten()
        .flatten()
        .filter_map(|entry| Some((entry.file_name().to_str()?.parse().ok()?, entry.path().join("bin"))))
        .collect();
    releases.sort_by(|a, b| b.cmp(a));
    let folders: Vec<PathBuf> = releases.into_iter().map(|(_, folder)| folder).collect();
    find_program(program, &folders)
}

/// Where nginx keeps its modules, if the one for Lua is among them.
pub fn nginx_modules() -> Option<PathBuf> {
    ["/usr/lib/nginx/modules", "/usr/share/nginx/modules"]
        .map(PathBuf::from)
        .into_iter()
        .find(|folder| folder.join("ngx_http_lua_module.so").is_file())
}

/// The browser: `PORTICO_CHROMIUM`, else the first of the usual names.
pub fn chromium() -> Option<PathBuf> {
    if let Some(named) = std::env::var_os("PORTICO_CHROMIUM") {
        return Some(named.into());
    }
    let application = PathBuf::from("/Applications/Google Chrome.app/Contents/MacOS/Google Chrome");
    ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"]
        .iter()
        .find_map(|name| find_program(name, &[]))
        .or_else(|| application.is_file().then_some(application))
}

enum Manager {
    Apt { sudo: bool },
    Dnf { sudo: bool },
    Homebrew,
}

/// Debian starts a server when its package is installed; ours must be the only ones that run, so that is forbidden
/// for the time of the installation. The loop outlasts another process that holds the package lock.
const APT: &str = r#"
policy=/usr/sbin/policy-rc.d
if [ ! -e "$policy" ]; then
  printf '#!/bin/sh\nexit 101\n' > "$policy" && chmod +x "$policy" && trap 'rm -f "$policy"' EXIT
fi
export DEBIAN_FRONTEND=noninteractive
for attempt in 1 2 3; do
  apt-get -qq -o DPkg::Lock::Timeout=120 update &&
    apt-get -qq -o DPkg::Lock::Timeout=120 install -y --no-install-recommends "$@" && exit 0
  echo "apt-get failed, attempt $attempt of 3" >&2
  sleep $((attempt * 5))
done
exit 1
"#;

impl Manager {
    fn find() -> Option<Self> {
        let has = |name| find_program(name, &[]).is_some();
        if cfg!(target_os = "macos") && has("brew") {
            return Some(Self::Homebrew);
        }
        let sudo = match capture(Command::new("id").arg("-u")) {
            Ok(id) if id.trim() == "0" => false,
            _ if capture(Command::new("sudo").args(["-n", "true"])).is_ok() => true,
            _ => return None,
        };
        if has("apt-get") {
            return Some(Self::Apt { sudo });
        }
        has("dnf").then_some(Self::Dnf { sudo })
    }

    const fn name(&self) -> &'static str {
        match self {
            Self::Apt { .. } => "apt-get",
            Self::Dnf { .. } => "dnf",
            Self::Homebrew => "brew",
        }
    }

    fn install(&self, packages: &[String]) -> Result<()> {
        match self {
            Self::Apt { sudo } => run(privileged("sh", *sudo).args(["-c", APT, "install"]).args(packages)),
            Self::Dnf { sudo } => run(privileged("dnf", *sudo).args(["install", "-y"]).args(packages)),
            Self::Homebrew => run(Command::new("brew").arg("install").args(packages)),
        }
    }
}

fn privileged(program: &str, sudo: bool) -> Command {
    if sudo {
        let mut command = Command::new("sudo");
        command.args(["-n", program]);
        command
    } else {
        Command::new(program)
    }
}
