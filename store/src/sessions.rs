//! Sessions: stored hashed, listed and ended.

use crate::db::{Tx, cut, on_pool, on_tx};
use crate::secret::sha256_hex;
use crate::{Result, Secret, Store};
use chrono::{DateTime, TimeDelta, Utc};
use domain::access::Actor;
use domain::account::{Person, SESSION_DAYS, SessionInfo};
use uuid::Uuid;

/// How often a session's last use is written down.
const TOUCH_EVERY: TimeDelta = TimeDelta::minutes(1);
/// Characters kept of what a browser says about itself.
const USER_AGENT_KEPT: usize = 300;

/// The browser that signs in.
#[derive(Debug, Clone, Default)]
pub struct Visitor {
    pub user_agent: String,
    pub address: String,
}

impl Store {
    /// Starts a session acting for the person's first partner; the secret goes into the cookie.
    ///
    /// # Errors
    /// What the database said, or [`crate::Error::Crypto`].
    pub async fn start_session(&self, person: Uuid, visitor: &Visitor, now: DateTime<Utc>) -> Result<Secret> {
        const SQL: &str = "insert into sessions
            (id, token_hash, person_id, partner_id, user_agent, address, created_at, last_seen_at, expires_at)
            values ($1, $2, $3, null, $4, $5, $6, $6, $7)";
        let cookie = Secret::random("")?;
        let user_agent: String = visitor.user_agent.chars().take(USER_AGENT_KEPT).collect();
        let mut tx = self.begin_write().await?;
        on_tx!(tx, |conn| sqlx::query(SQL)
            .bind(Uuid::new_v4())
            .bind(sha256_hex(cookie.reveal()))
            .bind(person)
            .bind(&user_agent)
            .bind(&visitor.address)
            .bind(cut(now))
            .bind(cut(now + TimeDelta::days(SESSION_DAYS)))
            .execute(conn)
            .await?
            .rows_affected());
        tx.commit().await?;
        Ok(cookie)
    }

    /// Who the cookie belongs to; touches `last_seen_at` at most once a minute.
    ///
    /// # Errors
    /// What the database said, or [`crate::Error::Corrupt`].
    pub async fn actor(&self, cookie: &str, now: DateTime<Utc>) -> Result<Option<Actor>> {
        const SQL: &str = "select s.id as session_id, s.partner_id, s.last_seen_at,
                p.id as person_id, p.email, p.name, p.platform_admin, p.verified_at, p.created_at
            from sessions s join people p on p.id = s.person_id
            where s.token_hash = $1 and s.expires_at > $2";
        let hash = sha256_hex(cookie);
        let row: Option<ActorRow> = on_pool!(&self.db, |pool| sqlx::query_as(SQL).bind(&hash).bind(cut(now)).fetch_optional(pool).await?);
        let Some(row) = row else { return Ok(None) };
        if row.last_seen_at + TOUCH_EVERY <= now {
            self.touch(row.session_id, now).await?;
        }
        let memberships = self.memberships(row.person_id).await?;
        let chosen = memberships.iter().find(|m| Some(m.partner.id) == row.partner_id).or(memberships.first());
        Ok(Some(Actor { membership: chosen.cloned(), session_id: row.session_id, person: row.into(), memberships }))
    }

    /// A session lives for [`SESSION_DAYS`] after its last use.
    async fn touch(&self, session: Uuid, now: DateTime<Utc>) -> Result<()> {
        const SQL: &str = "update sessions set last_seen_at = $2, expires_at = $3 where id = $1 and last_seen_at < $2";
        let expires = cut(now + TimeDelta::days(SESSION_DAYS));
        let mut tx = self.begin_write().await?;
        on_tx!(tx, |conn| sqlx::query(SQL).bind(session).bind(cut(now)).bind(expires).execute(conn).await?.rows_affected());
        tx.commit().await
    }

    /// Ends the session of this cookie, if there is one.
    ///
    /// # Errors
    /// What the database said.
    pub async fn end_session(&self, cookie: &str) -> Result<()> {
        const SQL: &str = "delete from sessions where token_hash = $1";
        let mut tx = self.begin_write().await?;
        on_tx!(tx, |conn| sqlx::query(SQL).bind(sha256_hex(cookie)).execute(conn).await?.rows_affected());
        tx.commit().await
    }

    /// The actor's signed-in browsers, last used first.
    ///
    /// # Errors
    /// What the database said.
    pub async fn sessions(&self, actor: &Actor, now: DateTime<Utc>) -> Result<Vec<SessionInfo>> {
        const SQL: &str = "select id, user_agent, address, created_at, last_seen_at from sessions
            where person_id = $1 and expires_at > $2 order by last_seen_at desc, id";
        let person = actor.person.id;
        let rows: Vec<SessionRow> = on_pool!(&self.db, |pool| sqlx::query_as(SQL).bind(person).bind(cut(now)).fetch_all(pool).await?);
        Ok(rows.into_iter().map(|row| row.info(actor.session_id)).collect())
    }

    /// Ends one of the person's own sessions; false where it is not theirs.
    ///
    /// # Errors
    /// What the database said.
    pub async fn revoke_session(&self, person: Uuid, id: Uuid) -> Result<bool> {
        const SQL: &str = "delete from sessions where id = $1 and person_id = $2";
        let mut tx = self.begin_write().await?;
        let ended = on_tx!(tx, |conn| sqlx::query(SQL).bind(id).bind(person).execute(conn).await?.rows_affected());
        tx.commit().await?;
        Ok(ended == 1)
    }

    /// Ends every session but one; says how many.
    ///
    /// # Errors
    /// What the database said.
    pub async fn revoke_other_sessions(&self, person: Uuid, keep: Uuid) -> Result<u64> {
        let mut tx = self.begin_write().await?;
        let ended = end_all(&mut tx, person, Some(keep)).await?;
        tx.commit().await?;
        Ok(ended)
    }

    /// Acts for another of the person's partners; false where they are no member.
    ///
    /// # Errors
    /// What the database said.
    pub async fn switch_partner(&self, actor: &Actor, partner: Uuid) -> Result<bool> {
        const SQL: &str = "update sessions set partner_id = $2 where id = $1
            and exists (select 1 from memberships m where m.person_id = sessions.person_id and m.partner_id = $2)";
        let mut tx = self.begin_write().await?;
        let changed = on_tx!(tx, |conn| sqlx::query(SQL).bind(actor.session_id).bind(partner).execute(conn).await?.rows_affected());
        tx.commit().await?;
        Ok(changed == 1)
    }
}

/// Ends a person's sessions, all or all but one; says how many.
pub(crate) async fn end_all(tx: &mut Tx, person: Uuid, keep: Option<Uuid>) -> Result<u64> {
    const SQL: &str = "delete from sessions where person_id = $1 and ($2 is null or id <> $2)";
    Ok(on_tx!(tx, |conn| sqlx::query(SQL).bind(person).bind(keep).execute(conn).await?.rows_affected()))
}

#[derive(sqlx::FromRow)]
struct ActorRow {
    session_id: Uuid,
    partner_id: Option<Uuid>,
    last_seen_at: DateTime<Utc>,
    person_id: Uuid,
    email: String,
    name: String,
    platform_admin: bool,
    verified_at: Option<DateTime<Utc>>,
    created_at: DateTime<Utc>,
}

impl From<ActorRow> for Person {
    fn from(row: ActorRow) -> Self {
        Self {
            id: row.person_id,
            email: row.email,
            name: row.name,
            platform_admin: row.platform_admin,
            verified_at: row.verified_at,
            created_at: row.created_at,
        }
    }
}

#[derive(sqlx::FromRow)]
struct SessionRow {
    id: Uuid,
    user_agent: String,
    address: String,
    created_at: DateTime<Utc>,
    last_seen_at: DateTime<Utc>,
}

impl SessionRow {
    fn info(self, current: Uuid) -> SessionInfo {
        SessionInfo {
            current: self.id == current,
            id: self.id,
            user_agent: self.user_agent,
            address: self.address,
            created_at: self.created_at,
            last_seen_at: self.last_seen_at,
        }
    }
}
