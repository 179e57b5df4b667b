//! Tokens for machines.

use crate::db::{cut, known, on_pool, on_tx};
use crate::secret::sha256_hex;
use crate::{Error, Result, Secret, Store, events};
use chrono::{DateTime, TimeDelta, Utc};
use domain::Invalid;
use domain::account::display_name;
use domain::event::By;
use serde_json::json;
use uuid::Uuid;

/// What every token begins with.
pub const TOKEN_PREFIX: &str = "pt_";

/// How often a token's last use is written down.
const TOUCH_EVERY: TimeDelta = TimeDelta::minutes(1);

/// What a token allows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TokenScope {
    /// Publish documents.
    Publish,
    /// Read the usage of every partner.
    Usage,
    /// Verify keys and report calls, as a gateway does.
    Gateway,
}

impl TokenScope {
    /// Every scope, in the order that lists show.
    pub const ALL: [Self; 3] = [Self::Publish, Self::Usage, Self::Gateway];

    /// The name that the database and JSON use.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Publish => "publish",
            Self::Usage => "usage",
            Self::Gateway => "gateway",
        }
    }

    /// The scope with this name.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|scope| scope.as_str() == text)
    }
}

/// A token without its secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Token {
    pub id: Uuid,
    pub name: String,
    pub scope: TokenScope,
    pub created_at: DateTime<Utc>,
    pub created_by: String,
    pub expires_at: Option<DateTime<Utc>>,
    pub last_used_at: Option<DateTime<Utc>>,
    pub revoked_at: Option<DateTime<Utc>>,
}

impl Store {
    /// Newest first; revoked ones last.
    ///
    /// # Errors
    /// What the database said, or [`Error::Corrupt`].
    pub async fn tokens(&self) -> Result<Vec<Token>> {
        const SQL: &str = "select * from tokens order by (case when revoked_at is null then 0 else 1 end), created_at desc, id";
        let rows: Vec<TokenRow> = on_pool!(&self.db, |pool| sqlx::query_as(SQL).fetch_all(pool).await?);
        rows.into_iter().map(Token::try_from).collect()
    }

    /// The secret is `pt_<32 base64url>`.
    ///
    /// # Errors
    /// [`Invalid`] for `name` or `expires_at`.
    pub async fn create_token(
        &self,
        name: &str,
        scope: TokenScope,
        expires_at: Option<DateTime<Utc>>,
        by: &By,
        now: DateTime<Utc>,
    ) -> Result<(Token, Secret)> {
        const SQL: &str = "insert into tokens (id, name, token_hash, scope, created_at, created_by, expires_at)
            values ($1, $2, $3, $4, $5, $6, $7) returning *";
        let name = display_name("name", name)?;
        if expires_at.is_some_and(|at| at <= now) {
            return Err(Invalid::new("expires_at", "Choose a date in the future, or none.").into());
        }
        let secret = Secret::random(TOKEN_PREFIX)?;
        let mut tx = self.begin_write().await?;
        let row: TokenRow = on_tx!(tx, |conn| sqlx::query_as(SQL)
            .bind(Uuid::new_v4())
            .bind(&name)
            .bind(sha256_hex(secret.reveal()))
            .bind(scope.as_str())
            .bind(cut(now))
            .bind(&by.name)
            .bind(expires_at.map(cut))
            .fetch_one(conn)
            .await?);
        events::record(&mut tx, by, None, "token.created", &name, json!({ "scope": scope.as_str(), "expires_at": expires_at }), now)
            .await?;
        tx.commit().await?;
        Ok((row.try_into()?, secret))
    }

    /// Makes a token stop working; false where there is none or it was revoked before.
    ///
    /// # Errors
    /// What the database said.
    pub async fn revoke_token(&self, id: Uuid, by: &By, now: DateTime<Utc>) -> Result<bool> {
        const SQL: &str = "update tokens set revoked_at = $2 where id = $1 and revoked_at is null returning name";
        let mut tx = self.begin_write().await?;
        let name: Option<String> = on_tx!(tx, |conn| sqlx::query_scalar(SQL).bind(id).bind(cut(now)).fetch_optional(conn).await?);
        let Some(name) = name else { return Ok(false) };
        events::record(&mut tx, by, None, "token.revoked", &name, json!({}), now).await?;
        tx.commit().await?;
        Ok(true)
    }

    /// The working token with this secret; notes its use, at most once a minute.
    ///
    /// # Errors
    /// What the database said, or [`Error::Corrupt`].
    pub async fn authenticate_token(&self, secret: &str, now: DateTime<Utc>) -> Result<Option<Token>> {
        const FIND: &str = "select * from tokens where token_hash = $1 and revoked_at is null and (expires_at is null or expires_at > $2)";
        const TOUCH: &str = "update tokens set last_used_at = $2 where id = $1";
        let hash = sha256_hex(secret);
        let row: Option<TokenRow> = on_pool!(&self.db, |pool| sqlx::query_as(FIND).bind(&hash).bind(cut(now)).fetch_optional(pool).await?);
        let Some(mut token) = row.map(Token::try_from).transpose()? else { return Ok(None) };
        if token.last_used_at.is_none_or(|at| at + TOUCH_EVERY <= now) {
            let mut tx = self.begin_write().await?;
            on_tx!(tx, |conn| sqlx::query(TOUCH).bind(token.id).bind(cut(now)).execute(conn).await?.rows_affected());
            tx.commit().await?;
            token.last_used_at = Some(cut(now));
        }
        Ok(Some(token))
    }
}

#[derive(sqlx::FromRow)]
struct TokenRow {
    id: Uuid,
    name: String,
    scope: String,
    created_at: DateTime<Utc>,
    created_by: String,
    expires_at: Option<DateTime<Utc>>,
    last_used_at: Option<DateTime<Utc>>,
    revoked_at: Option<DateTime<Utc>>,
}

impl TryFrom<TokenRow> for Token {
    type Error = Error;

    fn try_from(row: TokenRow) -> Result<Self> {
        Ok(Self {
            id: row.id,
            name: row.name,
            scope: known("tokens", "scope", &row.scope, TokenScope::parse)?,
            created_at: row.created_at,
            created_by: row.created_by,
            expires_at: row.expires_at,
            last_used_at: row.last_used_at,
            revoked_at: row.revoked_at,
        })
    }
}
