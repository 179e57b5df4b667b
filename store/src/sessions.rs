//! Sessions: stored hashed, listed and ended.

use crate::{Result, Secret, Store};
use chrono::{DateTime, Utc};
use domain::access::Actor;
use domain::account::SessionInfo;
use uuid::Uuid;

/// The browser that signs in.
#[derive(Debug, Clone, Default)]
pub struct Visitor {
    pub user_agent: String,
    pub address: String,
}

impl Store {
    /// Starts a session acting for the person's first partner; the secret goes into the cookie.
    pub async fn start_session(&self, person: Uuid, visitor: &Visitor, now: DateTime<Utc>) -> Result<Secret> {
        todo!()
    }
    /// Who the cookie belongs to; touches `last_seen_at` at most once a minute.
    pub async fn actor(&self, cookie: &str, now: DateTime<Utc>) -> Result<Option<Actor>> {
        todo!()
    }
    pub async fn end_session(&self, cookie: &str) -> Result<()> {
        todo!()
    }
    pub async fn sessions(&self, actor: &Actor, now: DateTime<Utc>) -> Result<Vec<SessionInfo>> {
        todo!()
    }
    /// Ends one of the person's own sessions; false where it is not theirs.
    pub async fn revoke_session(&self, person: Uuid, id: Uuid) -> Result<bool> {
        todo!()
    }
    pub async fn revoke_other_sessions(&self, person: Uuid, keep: Uuid) -> Result<u64> {
        todo!()
    }
    /// Acts for another of the person's partners; false where they are no member.
    pub async fn switch_partner(&self, actor: &Actor, partner: Uuid) -> Result<bool> {
        todo!()
    }
}
