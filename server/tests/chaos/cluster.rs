//! Two nodes with a PostgreSQL and a Redis of their own; each part can be broken.

use crate::namespace::Namespace;
use crate::postgres::Postgres;
use crate::program::{Server, portico};
use crate::redis::Redis;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::{Arc, RwLock};
use std::time::{Duration, Instant};

/// Set where the tests on Redis are wanted.
const WANTED: &str = "PORTICO_TEST_REDIS";
/// How long anything that has to come may take on a slow machine.
const LIMIT: Duration = Duration::from_secs(60);

/// Where the nodes answer at the moment.
pub type Addresses = Arc<[RwLock<String>; 2]>;

/// Everything that runs. Dropped in this order.
pub struct Cluster {
    nodes: [Server; 2],
    pub addresses: Addresses,
    pub postgres: Postgres,
    pub redis: Redis,
    /// Of the second node.
    pub namespace: Option<Namespace>,
    /// The first node's data folder, where it is a small disk.
    pub disk: Option<Disk>,
    folder: tempfile::TempDir,
}

impl Cluster {
    /// `None` with a message where Redis is not wanted, or PostgreSQL is not there.
    pub fn start() -> Option<Self> {
        if std::env::var_os(WANTED).is_none() {
            eprintln!("Skipped: set {WANTED}, and have redis-server in the path.");
            return None;
        }
        let folder = tempfile::tempdir().unwrap();
        // PostgreSQL runs as somebody else.
        assert!(Command::new("chmod").arg("711").arg(folder.path()).status().unwrap().success());
        let postgres = Postgres::start(folder.path())?;
        let redis = Redis::start(folder.path());
        let (namespace, disk) = (Namespace::create(), Disk::mount(&folder.path().join("node-0")));
        let places = Places { folder: folder.path(), postgres: &postgres, redis: &redis, namespace: namespace.as_ref() };
        let nodes = [0, 1].map(|node| places.start(node, &[]));
        let addresses = Arc::new(nodes.each_ref().map(|node| RwLock::new(node.url())));
        Some(Self { nodes, addresses, postgres, redis, namespace, disk, folder })
    }

    /// The database as this process reaches it.
    pub fn database(&self) -> String {
        format!("postgres://portico@127.0.0.1:{}/portico", self.postgres.port)
    }

    /// Ends a node by a signal.
    pub fn end(&mut self, node: usize, signal: &str) {
        self.nodes[node].end(signal);
    }

    /// Starts a node that was ended, with these variables.
    pub fn restart(&mut self, node: usize, variables: &[(&str, &str)]) {
        let (folder, namespace) = (self.folder.path(), self.namespace.as_ref());
        let places = Places { folder, postgres: &self.postgres, redis: &self.redis, namespace };
        self.nodes[node] = places.start(node, variables);
        *self.addresses[node].write().unwrap() = self.nodes[node].url();
    }

    /// Waits until every call is in SQL: no node has a spool, and nothing waits in Redis.
    pub fn settle(&self) {
        let nothing_waits = || self.redis.says(&["EXISTS", "rollup:partners"]) == "0";
        until("every call is in SQL", || self.spooled() == 0 && nothing_waits());
    }

    /// Files of calls in the spools.
    pub fn spooled(&self) -> usize {
        let spools = [0, 1].map(|node| self.folder.path().join(format!("node-{node}/spool")));
        let files = spools.iter().filter_map(|spool| std::fs::read_dir(spool).ok()).flatten().flatten();
        files.filter(|file| file.path().extension().is_some_and(|end| end == "spool")).count()
    }

    /// A file that is the test's own.
    pub fn file(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }
}

/// What a node is told.
struct Places<'a> {
    folder: &'a Path,
    postgres: &'a Postgres,
    redis: &'a Redis,
    namespace: Option<&'a Namespace>,
}

impl Places<'_> {
    /// The second node runs in the namespace, where there is one.
    fn start(&self, node: usize, variables: &[(&str, &str)]) -> Server {
        let namespace = self.namespace.filter(|_| node == 1);
        let here = || "127.0.0.1".to_owned();
        let host = namespace.map_or_else(here, Namespace::node);
        let database = format!("postgres://portico@{}:{}/portico", namespace.map_or_else(here, Namespace::database), self.postgres.port);
        let redis = format!("redis://{}:{}", namespace.map_or_else(here, Namespace::redis), self.redis.port);
        let log = std::env::var("PORTICO_CHAOS_LOG").unwrap_or_else(|_| "error".to_owned());
        let mut plain = portico(&["serve", "--no-demo", "--log", &log, "--drain", "0", "--port", "0", "--host", &host, "--data"]);
        plain.arg(self.folder.join(format!("node-{node}")));
        let mut command = namespace.map_or_else(|| child(&[]), inside);
        command.arg(plain.get_program()).args(plain.get_args());
        for (name, value) in plain.get_envs() {
            assert!(value.is_none(), "only taken away");
            command.env_remove(name);
        }
        command.env("DATABASE_URL", database).env("REDIS_URL", redis).envs(variables.iter().copied());
        Server::start(&mut command)
    }
}

fn inside(namespace: &Namespace) -> Command {
    let mut command = child(&[]);
    command.args(namespace.enter());
    command
}

/// A small disk of its own in memory, for root only.
pub struct Disk(PathBuf);

impl Disk {
    const SIZE: &str = "size=16m";

    /// `None` where this user may not mount one.
    fn mount(folder: &Path) -> Option<Self> {
        std::fs::create_dir(folder).unwrap();
        let mounted = Command::new("mount").args(["-t", "tmpfs", "-o", Self::SIZE, "tmpfs"]).arg(folder).output();
        if mounted.is_ok_and(|output| output.status.success()) {
            return Some(Self(folder.to_owned()));
        }
        eprintln!("No disk is filled: `mount -t tmpfs` needs root.");
        None
    }

    /// Leaves no byte free.
    pub fn fill(&self) {
        let mut file = std::fs::File::create(self.0.join("filling")).unwrap();
        for size in [1 << 16, 1] {
            while std::io::Write::write_all(&mut file, &vec![0; size]).is_ok() {}
        }
    }

    /// Gives the room back.
    pub fn free(&self) {
        std::fs::remove_file(self.0.join("filling")).unwrap();
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg(&self.0).status();
    }
}

/// A command that dies with this thread, so that a test that is ended leaves nothing behind; with more options of `setpriv`.
pub fn child(options: &[&str]) -> Command {
    let mut command = Command::new("setpriv");
    command.args(["--pdeathsig", "KILL"]).args(options).arg("--");
    command
}

/// The processes that a process started.
pub fn children(parent: u32) -> Vec<u32> {
    let listed = std::fs::read_to_string(format!("/proc/{parent}/task/{parent}/children")).unwrap_or_default();
    listed.split_whitespace().filter_map(|id| id.parse().ok()).collect()
}

/// Whether this is root.
pub fn is_root() -> bool {
    Command::new("id").arg("-u").output().is_ok_and(|output| output.stdout == b"0\n")
}

/// A port that nobody listens on.
pub fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

/// Asks again and again until it holds.
pub fn until(what: &str, holds: impl Fn() -> bool) {
    let begun = Instant::now();
    while !holds() {
        assert!(begun.elapsed() < LIMIT, "after {LIMIT:?} it does not hold that {what}");
        std::thread::sleep(Duration::from_millis(50));
    }
}
