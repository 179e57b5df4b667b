//! Tokens for machines.

use crate::{Result, Secret, Store};
use chrono::{DateTime, Utc};
use domain::event::By;
use uuid::Uuid;

/// What a token allows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub enum TokenScope {
    /// Publish documents.
    Publish,
}

/// A token without its secret.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
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
    pub async fn tokens(&self) -> Result<Vec<Token>> {
        todo!()
    }
    /// The secret is `pt_<32 base64url>`.
    pub async fn create_token(
        &self,
        name: &str,
        scope: TokenScope,
        expires_at: Option<DateTime<Utc>>,
        by: &By,
        now: DateTime<Utc>,
    ) -> Result<(Token, Secret)> {
        todo!()
    }
    pub async fn revoke_token(&self, id: Uuid, by: &By, now: DateTime<Utc>) -> Result<bool> {
        todo!()
    }
    /// The working token with this secret; notes its use.
    pub async fn authenticate_token(&self, secret: &str, now: DateTime<Utc>) -> Result<Option<Token>> {
        todo!()
    }
}
