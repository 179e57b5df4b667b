//! The connection to Redis: one for everything, short patience, and a plain "away" instead of waiting in line.

use crate::{Error, Result};
use domain::Invalid;
use redis::aio::MultiplexedConnection;
use redis::{AsyncConnectionConfig, Client, Cmd, ErrorKind, FromRedisValue, RedisError, ScriptInvocation};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{PoisonError, RwLock};
use std::time::Duration;

/// How long an answer may take. A Redis that is slower than this is away: calls go on without it.
const PATIENCE: Duration = Duration::from_millis(500);

/// A connection that is there or not. Whoever finds it broken takes it away for all; [`Link::connect`] brings it back.
#[derive(Debug)]
pub struct Link {
    client: Client,
    current: RwLock<Option<Connected>>,
    outages: AtomicU64,
}

#[derive(Clone)]
struct Connected {
    connection: MultiplexedConnection,
    /// Outages before this connection: tells it from the ones before and after.
    number: u64,
}

impl std::fmt::Debug for Connected {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Connected").field("number", &self.number).finish_non_exhaustive()
    }
}

impl Link {
    /// Reads the URL; nothing is connected yet.
    pub fn open(url: &str) -> Result<Self> {
        let client =
            Client::open(url).map_err(|_| Invalid::new("redis_url", "Use `redis://host:port` or `rediss://user:password@host:port`."))?;
        Ok(Self { client, current: RwLock::default(), outages: AtomicU64::new(0) })
    }

    /// Connects, and asks for a sign of life: a Redis that still loads its data is not there yet.
    pub async fn connect(&self) -> Result<()> {
        let config = AsyncConnectionConfig::new().set_connection_timeout(Some(PATIENCE)).set_response_timeout(Some(PATIENCE));
        let mut connection = self.client.get_multiplexed_async_connection_with_config(&config).await?;
        redis::cmd("PING").query_async::<()>(&mut connection).await?;
        let connected = Connected { connection, number: self.outages() };
        *self.current.write().unwrap_or_else(PoisonError::into_inner) = Some(connected);
        Ok(())
    }

    pub fn is_connected(&self) -> bool {
        self.current.read().unwrap_or_else(PoisonError::into_inner).is_some()
    }

    /// Connections that were lost so far.
    pub fn outages(&self) -> u64 {
        self.outages.load(Ordering::Acquire)
    }

    /// A connection of its own for messages.
    pub async fn messages(&self) -> Result<redis::aio::PubSub> {
        let connecting = tokio::time::timeout(PATIENCE, self.client.get_async_pubsub());
        Ok(connecting.await.map_err(|_| away())??)
    }

    /// Runs one command.
    pub async fn run<T: FromRedisValue>(&self, command: &Cmd) -> Result<T> {
        let mut connected = self.connected()?;
        let answer = command.query_async(&mut connected.connection).await;
        self.judge(&connected, answer)
    }

    /// Runs one script, which Redis is given first where it does not know it.
    pub async fn script<T: FromRedisValue>(&self, script: &ScriptInvocation<'_>) -> Result<T> {
        let mut connected = self.connected()?;
        let answer = script.invoke_async(&mut connected.connection).await;
        self.judge(&connected, answer)
    }

    fn connected(&self) -> Result<Connected> {
        let current = self.current.read().unwrap_or_else(PoisonError::into_inner).clone();
        current.ok_or_else(|| away().into())
    }

    /// Whatever Redis cannot do now (it loads, it lost its master, its memory is full) leaves this node as alone as a broken connection.
    fn judge<T>(&self, connected: &Connected, answer: Result<T, RedisError>) -> Result<T> {
        answer.map_err(|error| {
            let mut current = self.current.write().unwrap_or_else(PoisonError::into_inner);
            if current.take_if(|current| current.number == connected.number).is_some() {
                self.outages.fetch_add(1, Ordering::AcqRel);
                tracing::warn!(%error, "Redis is away; this node goes on alone until it answers");
            }
            Error::Redis(error)
        })
    }
}

/// What is said where nobody can be asked.
pub(super) fn away() -> RedisError {
    RedisError::from((ErrorKind::Io, "Redis is away"))
}
