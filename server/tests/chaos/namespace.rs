//! A network of its own for one node, with a cable to Redis that can be cut apart from the one to everybody else. Linux, and for root only.

use std::process::Command;

/// A network namespace with two cables: the first to PostgreSQL and the clients, the second to Redis.
pub struct Namespace {
    name: String,
    /// The second byte of its addresses, so that two runs do not meet.
    net: u32,
}

impl Namespace {
    /// `None` where this user may not make one.
    pub fn create() -> Option<Self> {
        let id = std::process::id();
        let namespace = Self { name: format!("pt{id}"), net: 64 + id % 128 };
        if !ip(&["netns", "add", &namespace.name]) {
            eprintln!("No network is cut: `ip netns add` needs root.");
            return None;
        }
        (namespace.plug(1) && namespace.plug(2)).then_some(namespace)
    }

    fn plug(&self, cable: u32) -> bool {
        let (here, there) = (format!("pt{}h{cable}", self.net), format!("pt{}n{cable}", self.net));
        let [ours, theirs] = [1, 2].map(|end| format!("10.{}.{cable}.{end}/24", self.net));
        ip(&["link", "add", &here, "type", "veth", "peer", "name", &there, "netns", &self.name])
            && ip(&["addr", "add", &ours, "dev", &here])
            && ip(&["link", "set", &here, "up"])
            && ip(&["-n", &self.name, "addr", "add", &theirs, "dev", &there])
            && ip(&["-n", &self.name, "link", "set", &there, "up"])
    }

    /// The words that run a program inside.
    pub fn enter(&self) -> [&str; 4] {
        ["ip", "netns", "exec", &self.name]
    }

    /// Where the node inside answers.
    pub fn node(&self) -> String {
        format!("10.{}.1.2", self.net)
    }

    /// Where it finds PostgreSQL.
    pub fn database(&self) -> String {
        format!("10.{}.1.1", self.net)
    }

    /// Where it finds Redis.
    pub fn redis(&self) -> String {
        format!("10.{}.2.1", self.net)
    }

    /// From now on nothing passes between the node and Redis, and nobody is told.
    pub fn cut(&self) {
        assert!(ip(&["link", "set", &format!("pt{}h2", self.net), "down"]));
    }

    /// The cable is whole again.
    pub fn mend(&self) {
        assert!(ip(&["link", "set", &format!("pt{}h2", self.net), "up"]));
    }
}

impl Drop for Namespace {
    fn drop(&mut self) {
        // The cables go with it.
        ip(&["netns", "del", &self.name]);
    }
}

fn ip(words: &[&str]) -> bool {
    Command::new("ip").args(words).stderr(std::process::Stdio::null()).status().is_ok_and(|status| status.success())
}
