//! Who calls: the token or the key in the request.

use super::Machines;
use crate::connections;
use crate::gateway::keys;
use crate::problem::{FORBIDDEN, INVALID_TOKEN, Problem};
use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, header};
use domain::event::By;
use domain::key::present;
use std::sync::Arc;
use store::{KeyRecord, Store, Token, TokenScope};

/// A working token that may publish.
pub struct Publisher(Token);

/// A working token of another gateway.
pub struct OtherGateway;

/// Who may read usage.
pub enum Reader {
    /// A key reads what its partner called in its environment, of the products that it may call.
    Key(Arc<KeyRecord>),
    /// A token for usage reads everything.
    Token,
}

impl Publisher {
    /// As the audit log names it.
    pub fn by(&self) -> By {
        By::token(self.0.id, &self.0.name)
    }
}

impl FromRequestParts<Machines> for Publisher {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, machines: &Machines) -> Result<Self, Problem> {
        token(&parts.headers, &machines.store, TokenScope::Publish).await.map(Self)
    }
}

impl FromRequestParts<Machines> for OtherGateway {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, machines: &Machines) -> Result<Self, Problem> {
        token(&parts.headers, &machines.store, TokenScope::Gateway).await.map(|_| Self)
    }
}

impl FromRequestParts<Machines> for Reader {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, machines: &Machines) -> Result<Self, Problem> {
        let Some(presented) = keys::sent(&parts.headers).and_then(present) else {
            return token(&parts.headers, &machines.store, TokenScope::Usage).await.map(|_| Self::Token);
        };
        let record = keys::check(&machines.gateway.known, &presented, presented.environment, chrono::Utc::now()).await?;
        keys::check_place(&record.key, connections::visitor(&parts.extensions))?;
        keys::check_partner(&record)?;
        Ok(Self::Key(record))
    }
}

/// The working token that a request carries, if it is for this.
async fn token(headers: &HeaderMap, store: &Store, scope: TokenScope) -> Result<Token, Problem> {
    let Some(secret) = keys::bearer(headers) else { return Err(refused(missing(scope))) };
    match store.authenticate_token(secret, chrono::Utc::now()).await? {
        Some(token) if token.scope == scope => Ok(token),
        Some(token) => {
            let (has, wants) = (token.scope.as_str(), scope.as_str());
            Err(Problem::new(
                &FORBIDDEN,
                format!("This token is for `{has}`, and this address takes one for `{wants}`. An admin makes it under Access tokens."),
            ))
        }
        None => Err(refused(unknown(scope))),
    }
}

/// What to send where nothing was; usage is for keys too.
fn missing(scope: TokenScope) -> &'static str {
    match scope {
        TokenScope::Usage => {
            "Send an API key as `Authorization: Bearer sk_…` or as `X-Api-Key`, or a token for `usage` as `Authorization: Bearer pt_…`."
        }
        TokenScope::Publish | TokenScope::Gateway => "Send a token as `Authorization: Bearer pt_…`.",
    }
}

/// What to do about a text that is no working token.
fn unknown(scope: TokenScope) -> &'static str {
    match scope {
        TokenScope::Usage => {
            "This is neither an API key nor a token that works: it is not known, has expired or was revoked. \
             Make a new key on the keys page; an admin makes a token under Access tokens."
        }
        TokenScope::Publish | TokenScope::Gateway => {
            "This token is not known, has expired or was revoked. An admin makes a new one under Access tokens."
        }
    }
}

fn refused(detail: &str) -> Problem {
    Problem::new(&INVALID_TOKEN, detail).header(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer realm=\"portico\""))
}
