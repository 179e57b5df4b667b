//! A Redis server of a test's own, that it may kill.

use std::net::TcpListener;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

/// Set where the tests on Redis are wanted; each starts a server of its own, because it kills it or counts what it holds.
const WANTED: &str = "PORTICO_TEST_REDIS";

/// A running server; a test that fails leaves none behind.
pub struct TestRedis {
    process: Child,
    port: u16,
    folder: tempfile::TempDir,
    options: &'static [&'static str],
}

impl TestRedis {
    /// Starts a server that keeps nothing on disk; `None` with a message where Redis is not wanted.
    pub fn start() -> Option<Self> {
        Self::start_with(&[])
    }

    /// Starts a cluster of one node: it refuses what touches two slots at once.
    pub fn start_cluster() -> Option<Self> {
        let redis = Self::start_with(&["--cluster-enabled", "yes"])?;
        assert_eq!(redis.says(&["CLUSTER", "ADDSLOTSRANGE", "0", "16383"]), "OK");
        while !redis.says(&["CLUSTER", "INFO"]).contains("cluster_state:ok") {
            std::thread::sleep(Duration::from_millis(20));
        }
        Some(redis)
    }

    fn start_with(options: &'static [&'static str]) -> Option<Self> {
        if std::env::var_os(WANTED).is_none() {
            eprintln!("The Redis half is skipped: set {WANTED}, and have redis-server in the path.");
            return None;
        }
        // The servers of a cluster talk to each other 10,000 ports higher.
        let mut ports = std::iter::repeat_with(|| TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port());
        let port = ports.find(|port| *port < 55_000).unwrap();
        let folder = tempfile::tempdir().unwrap();
        Some(Self { process: spawn(port, folder.path(), options), port, folder, options })
    }

    pub fn url(&self) -> String {
        format!("redis://127.0.0.1:{}", self.port)
    }

    /// SIGKILL: what it held is gone.
    pub fn kill(&mut self) {
        self.process.kill().unwrap();
        self.process.wait().unwrap();
    }

    /// Starts again where it was, empty.
    pub fn restart(&mut self) {
        self.process = spawn(self.port, self.folder.path(), self.options);
    }

    /// Stops it in the middle of whatever it does: connections stay open, and nobody answers.
    pub fn hang(&self) {
        self.signal("-STOP");
    }

    /// Lets it go on with what came meanwhile.
    pub fn go_on(&self) {
        self.signal("-CONT");
    }

    fn signal(&self, signal: &str) {
        assert!(Command::new("kill").args([signal, &self.process.id().to_string()]).status().unwrap().success());
    }

    /// What a command answers, as the command line client prints it.
    pub fn says(&self, words: &[&str]) -> String {
        let output = Command::new("redis-cli").args(["-p", &self.port.to_string()]).args(words).output().unwrap();
        String::from_utf8_lossy(&output.stdout).trim_end().to_owned()
    }
}

/// A cluster of three servers; each has a third of the slots.
pub struct TestCluster(pub [TestRedis; 3]);

impl TestCluster {
    /// Starts it; `None` with a message where Redis is not wanted.
    pub fn start() -> Option<Self> {
        // A server that nobody hears of for a second is gone.
        let server = || TestRedis::start_with(&["--cluster-enabled", "yes", "--cluster-node-timeout", "1000"]);
        let servers = [server()?, server()?, server()?];
        for (server, (first, last)) in servers.iter().zip([("0", "5460"), ("5461", "10922"), ("10923", "16383")]) {
            assert_eq!(server.says(&["CLUSTER", "ADDSLOTSRANGE", first, last]), "OK");
            assert_eq!(server.says(&["CLUSTER", "MEET", "127.0.0.1", &servers[0].port.to_string()]), "OK");
        }
        let cluster = Self(servers);
        cluster.wait_until("cluster_state:ok");
        Some(cluster)
    }

    /// Waits until every server that runs says this of the cluster.
    pub fn wait_until(&self, state: &str) {
        let known = |server: &TestRedis| {
            let said = server.says(&["CLUSTER", "INFO"]);
            said.is_empty() || (said.contains(state) && said.contains("cluster_known_nodes:3"))
        };
        for _ in 0..500 {
            if self.0.iter().all(known) {
                return;
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        panic!("the cluster never came to {state}");
    }
}

impl Drop for TestRedis {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

fn spawn(port: u16, folder: &Path, options: &[&str]) -> Child {
    let mut command = Command::new("redis-server");
    command
        .args(["--port", &port.to_string(), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no", "--dir"])
        .arg(folder)
        .args(options);
    let process = command.stdout(Stdio::null()).spawn().unwrap();
    let answers = || std::net::TcpStream::connect(("127.0.0.1", port)).is_ok();
    // Nothing else uses the port: it answers soon, or the test fails at its first question.
    for _ in 0..200 {
        if answers() {
            break;
        }
        std::thread::sleep(Duration::from_millis(10));
    }
    process
}
