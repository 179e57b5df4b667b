//! A month's quota over all nodes: used is what SQL has, what waits for the roll-up, and what nodes hold for calls under way.
//!
//! Each node leases calls before it makes them and holds them until the meter has them, in one step with which they become waiting
//! calls; so the three never sum to more than the quota. A node that died is forgotten with what it held.

use super::connection::away;
use super::names;
use crate::{Result, Store};
use chrono::{DateTime, Utc};
use domain::period::Period;
use redis::Script;
use std::sync::LazyLock;
use uuid::Uuid;

/// A node that did not ask for this long counts as gone, in milliseconds.
const GONE: u64 = 60_000;

static LEASE: LazyLock<Script> = LazyLock::new(|| Script::new(include_str!("scripts/lease.lua")));

/// What a node asks for.
#[derive(Debug, Clone, Copy)]
pub struct LeaseAsked<'a> {
    pub partner: Uuid,
    pub product: &'a str,
    /// A moment in the month.
    pub at: DateTime<Utc>,
    pub quota: i64,
    /// The most calls that are of use; fewer come where little is left.
    pub calls: i64,
    /// Calls that were leased and not made.
    pub back: i64,
    /// What the node holds apart from `back`, where what Redis believes may be wrong: after an outage, and when nothing is under way.
    pub holds: Option<i64>,
    /// Whether what Redis believes is in SQL may be wrong too: after an outage it may have come back with older data.
    pub afresh: bool,
}

/// What it got.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Grant {
    pub leased: i64,
    /// Calls that are left for everybody after these.
    pub left: i64,
}

impl Store {
    /// Leases calls of a quota; `None` outside a fleet.
    ///
    /// # Errors
    /// What Redis said, or the database where it had to be asked. After an outage Redis stays away until the spool was replayed.
    pub async fn lease_quota(&self, asked: LeaseAsked<'_>) -> Result<Option<Grant>> {
        let Some(fleet) = &self.fleet else { return Ok(None) };
        if !fleet.is_caught_up() {
            return Err(away().into());
        }
        if !asked.afresh
            && let Some(grant) = self.ask_quota(asked, None).await?
        {
            return Ok(Some(grant));
        }
        let settled = self.billable_calls(asked.partner, asked.product, Period::month_of(asked.at)).await?;
        self.ask_quota(asked, Some(settled)).await
    }

    /// `None` where Redis needs to be told what is in SQL.
    async fn ask_quota(&self, asked: LeaseAsked<'_>, settled: Option<i64>) -> Result<Option<Grant>> {
        let Some(fleet) = &self.fleet else { return Ok(None) };
        let mut script = LEASE.key(names::quota(asked.partner, asked.at));
        script.key(names::held(asked.partner, asked.at, asked.product));
        script.arg(fleet.node.to_string()).arg(asked.product).arg(asked.quota).arg(asked.calls).arg(asked.back);
        script.arg(asked.holds.unwrap_or(-1)).arg(settled.unwrap_or(-1)).arg(GONE);
        let (leased, left): (i64, i64) = fleet.link.script(&script).await?;
        Ok((leased >= 0).then_some(Grant { leased, left }))
    }
}
