//! Who calls `/api/v1`: the token in the request.

use crate::problem::{INVALID_TOKEN, Problem};
use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{HeaderValue, header};
use domain::event::By;
use store::{Store, Token, TokenScope};

/// A working token that may publish.
pub struct Publisher(Token);

impl Publisher {
    /// As the audit log names it.
    pub fn by(&self) -> By {
        By::token(self.0.id, &self.0.name)
    }
}

impl FromRequestParts<Store> for Publisher {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, store: &Store) -> Result<Self, Problem> {
        let sent = parts.headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
        let secret = sent.and_then(|text| text.split_once(' ')).filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer"));
        let Some((_, secret)) = secret else { return Err(refused("Send a token as `Authorization: Bearer pt_…`.")) };
        match store.authenticate_token(secret.trim(), chrono::Utc::now()).await? {
            Some(token) if token.scope == TokenScope::Publish => Ok(Self(token)),
            _ => Err(refused("This token is not known, has expired or was revoked. An admin makes a new one under Publish from CI.")),
        }
    }
}

fn refused(detail: &str) -> Problem {
    Problem::new(&INVALID_TOKEN, detail).header(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer realm=\"portico\""))
}
