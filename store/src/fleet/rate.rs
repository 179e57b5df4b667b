//! The pace of a key over all nodes: each node takes a few calls at a time and hands them out by itself.

use super::names;
use crate::{Result, Store};
use redis::Script;
use std::sync::LazyLock;
use std::time::Duration;
use uuid::Uuid;

static PACE: LazyLock<Script> = LazyLock::new(|| Script::new(include_str!("scripts/pace.lua")));

/// What a node asks for.
#[derive(Debug, Clone, Copy)]
pub struct PaceAsked<'a> {
    pub partner: Uuid,
    /// The partner, or one of its test keys.
    pub whose: Uuid,
    pub product: &'a str,
    /// Calls a second, over all nodes; the burst is one second of it.
    pub per_second: u64,
    pub calls: u64,
}

/// What it got. Calls that it does not make are not given back: the pace makes up for them within a second.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pace {
    pub leased: u64,
    /// Calls that may be leased after these.
    pub left: u64,
    /// Until the next call may be leased; zero where one may.
    pub retry_after: Duration,
    /// Until the full burst is there again.
    pub reset_after: Duration,
}

impl Store {
    /// Leases calls of a pace; `None` outside a fleet.
    ///
    /// # Errors
    /// [`crate::Error::Redis`] where Redis is away.
    pub async fn lease_pace(&self, asked: PaceAsked<'_>) -> Result<Option<Pace>> {
        let Some(fleet) = &self.fleet else { return Ok(None) };
        let per_second = asked.per_second.max(1) as f64;
        let interval = 1_000_000.0 / per_second;
        let mut script = PACE.key(names::rate(asked.partner, asked.whose, asked.product));
        script.arg(interval).arg(1_000_000).arg(asked.calls);
        let (leased, left, wait, reset) = fleet.link.script(&script).await?;
        let [retry_after, reset_after] = [wait, reset].map(Duration::from_micros);
        Ok(Some(Pace { leased, left, retry_after, reset_after }))
    }
}
