//! The connection to Redis, one server or a cluster: one for everything, short patience, and a plain "away" instead of waiting in line.

use crate::{Error, Result};
use domain::Invalid;
use redis::aio::{MultiplexedConnection, PubSub};
use redis::cluster::ClusterClient;
use redis::cluster_async::ClusterConnection;
use redis::{AsyncConnectionConfig, Client, Cmd, ErrorKind, FromRedisValue, RedisError, ScriptInvocation};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{PoisonError, RwLock};
use std::time::Duration;

/// How long an answer may take. A Redis that is slower than this is away: calls go on without it.
const PATIENCE: Duration = Duration::from_millis(500);
/// How often a command is sent again that a cluster moves elsewhere, within that time.
const RETRIES: u32 = 3;

/// A connection that is there or not. Whoever finds it broken takes it away for all; [`Link::connect`] brings it back.
#[derive(Debug)]
pub struct Link {
    urls: Vec<String>,
    /// Of each URL, in their order.
    clients: Vec<Client>,
    current: RwLock<Option<Connected>>,
    /// Whether Redis answers, but refuses what needs memory.
    full: AtomicBool,
    outages: AtomicU64,
}

#[derive(Clone)]
struct Connected {
    connection: Connection,
    /// Outages before this connection: tells it from the ones before and after.
    number: u64,
}

#[derive(Clone)]
enum Connection {
    Server(MultiplexedConnection),
    /// Finds the server of each key.
    Cluster(ClusterConnection),
}

impl std::fmt::Debug for Connected {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Connected").field("number", &self.number).finish_non_exhaustive()
    }
}

impl Link {
    /// Reads the URLs, separated by commas; nothing is connected yet.
    pub fn open(urls: &str) -> Result<Self> {
        const SHAPE: &str =
            "Use `redis://host:port` or `rediss://user:password@host:port`; of a cluster, several of them with commas between.";
        let urls: Vec<String> = urls.split(',').map(|url| url.trim().to_owned()).collect();
        let open = |url: &String| Client::open(url.as_str()).map_err(|_| Invalid::new("redis_url", SHAPE));
        let clients = urls.iter().map(open).collect::<Result<_, _>>()?;
        Ok(Self { urls, clients, current: RwLock::default(), full: false.into(), outages: AtomicU64::new(0) })
    }

    /// Connects to the first server that answers, and to all of its cluster where it is part of one.
    pub async fn connect(&self) -> Result<()> {
        let mut server = self.server().await?;
        let about: String = redis::cmd("INFO").arg("cluster").query_async(&mut server).await?;
        let connection =
            if about.contains("cluster_enabled:1") { Connection::Cluster(self.cluster(server).await?) } else { Connection::Server(server) };
        let connected = Connected { connection, number: self.outages() };
        *self.current.write().unwrap_or_else(PoisonError::into_inner) = Some(connected);
        self.has_room();
        Ok(())
    }

    /// A server with a sign of life: one that still loads its data is not there yet.
    async fn server(&self) -> Result<MultiplexedConnection> {
        let config = AsyncConnectionConfig::new().set_connection_timeout(Some(PATIENCE)).set_response_timeout(Some(PATIENCE));
        let mut last = away();
        for client in &self.clients {
            let connected = async {
                let mut server = client.get_multiplexed_async_connection_with_config(&config).await?;
                redis::cmd("PING").query_async::<()>(&mut server).await?;
                Ok(server)
            };
            match connected.await {
                Ok(server) => return Ok(server),
                Err(error) => last = error,
            }
        }
        Err(last.into())
    }

    /// A cluster that lacks some of its keys is away as a whole: nobody knows which calls it would miss.
    async fn cluster(&self, mut server: MultiplexedConnection) -> Result<ClusterConnection> {
        let state: String = redis::cmd("CLUSTER").arg("INFO").query_async(&mut server).await?;
        if !state.contains("cluster_state:ok") {
            return Err(away().into());
        }
        let builder = ClusterClient::builder(self.urls.iter().map(String::as_str)).retries(RETRIES).min_retry_wait(5).max_retry_wait(50);
        let client = builder.connection_timeout(PATIENCE).response_timeout(PATIENCE).build()?;
        Ok(client.get_async_connection().await?)
    }

    /// Whether Redis answers, and takes what it is given.
    pub fn is_connected(&self) -> bool {
        !self.full.load(Ordering::Acquire) && self.answers()
    }

    /// Whether Redis answers; while its memory is full, it does what needs none.
    pub fn answers(&self) -> bool {
        self.current.read().unwrap_or_else(PoisonError::into_inner).is_some()
    }

    /// Redis took all that it was given.
    pub fn has_room(&self) {
        self.full.store(false, Ordering::Release);
    }

    /// Connections that were lost so far.
    pub fn outages(&self) -> u64 {
        self.outages.load(Ordering::Acquire)
    }

    /// A connection of its own for messages, which all servers of a cluster pass on to each other.
    pub async fn messages(&self) -> Result<PubSub> {
        let mut last = away();
        for client in &self.clients {
            match tokio::time::timeout(PATIENCE, client.get_async_pubsub()).await {
                Ok(Ok(messages)) => return Ok(messages),
                Ok(Err(error)) => last = error,
                Err(_) => {}
            }
        }
        Err(last.into())
    }

    /// Runs one command.
    pub async fn run<T: FromRedisValue>(&self, command: &Cmd) -> Result<T> {
        let mut connected = self.connected()?;
        let answer = match &mut connected.connection {
            Connection::Server(server) => command.query_async(server).await,
            Connection::Cluster(cluster) => command.query_async(cluster).await,
        };
        self.judge(&connected, answer)
    }

    /// Runs one script, which Redis is given first where it does not know it.
    pub async fn script<T: FromRedisValue>(&self, script: &ScriptInvocation<'_>) -> Result<T> {
        let mut connected = self.connected()?;
        let answer = match &mut connected.connection {
            Connection::Server(server) => script.invoke_async(server).await,
            Connection::Cluster(cluster) => script.invoke_async(cluster).await,
        };
        self.judge(&connected, answer)
    }

    fn connected(&self) -> Result<Connected> {
        let current = self.current.read().unwrap_or_else(PoisonError::into_inner).clone();
        current.ok_or_else(|| away().into())
    }

    /// Whatever Redis cannot do now (it loads, it lost its master) leaves this node as alone as a broken connection. A full memory does so
    /// too, but for the roll-up, which empties it.
    fn judge<T>(&self, connected: &Connected, answer: Result<T, RedisError>) -> Result<T> {
        answer.map_err(|error| {
            if is_full(&error) {
                if !self.full.swap(true, Ordering::AcqRel) {
                    self.outages.fetch_add(1, Ordering::AcqRel);
                    tracing::warn!(%error, "Redis' memory is full; this node goes on alone until the roll-up made room");
                }
                return Error::Redis(error);
            }
            let mut current = self.current.write().unwrap_or_else(PoisonError::into_inner);
            if current.take_if(|current| current.number == connected.number).is_some() {
                self.outages.fetch_add(1, Ordering::AcqRel);
                tracing::warn!(%error, "Redis is away; this node goes on alone until it answers");
            }
            Error::Redis(error)
        })
    }
}

/// Redis before 7 wraps what a command in a script was told.
fn is_full(error: &RedisError) -> bool {
    error.code() == Some("OOM") || error.detail().is_some_and(|detail| detail.contains("OOM command not allowed"))
}

/// What is said where nobody can be asked.
pub(super) fn away() -> RedisError {
    RedisError::from((ErrorKind::Io, "Redis is away"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use redis::{Value, parse_redis_value};

    /// What Redis answers with, on the wire.
    fn error(line: &str) -> RedisError {
        let value = parse_redis_value(format!("-{line}\r\n").as_bytes()).unwrap();
        let Value::ServerError(error) = value else { panic!("{value:?}") };
        error.into()
    }

    #[test]
    fn a_full_memory_is_known_by_what_each_version_says() {
        assert!(is_full(&error("OOM command not allowed when used memory > 'maxmemory'.")));
        assert!(is_full(&error(
            "ERR Error running script (call to f_a91): @user_script:4: @user_script: 4: -OOM command not allowed when used memory > 'maxmemory'."
        )));
        assert!(!is_full(&error("LOADING Redis is loading the dataset in memory")));
        assert!(!is_full(&away()));
    }
}
