//! Finding the key: from the header to the record it belongs to, if it opens this door.

use super::known::Known;
use crate::problem::{ADDRESS, INVALID_KEY, Problem, SUSPENDED};
use axum::http::{HeaderMap, HeaderName, HeaderValue, header};
use chrono::{DateTime, Utc};
use domain::account::PartnerStatus;
use domain::key::{Environment, Key, KeyStatus, Presented, present};
use std::net::IpAddr;
use std::sync::Arc;
use store::KeyRecord;

/// Where keys come that are no bearer's.
pub const API_KEY: HeaderName = HeaderName::from_static("x-api-key");

/// Why nobody was let in.
pub enum Denied {
    /// Nobody knows this key.
    Stranger(Problem),
    /// The key is known, and does not work here or no longer.
    Known(Arc<KeyRecord>, Problem),
    /// The database is away, and the key was not used lately.
    Unanswered(Problem),
}

/// For whoever counts nothing: what it says.
impl From<Denied> for Problem {
    fn from(denied: Denied) -> Self {
        match denied {
            Denied::Stranger(problem) | Denied::Known(_, problem) | Denied::Unanswered(problem) => problem,
        }
    }
}

/// Finds the working key that a request carries.
///
/// # Errors
/// [`Denied`], which tells the state of a key only to those who have its secret.
pub async fn find(known: &Known, headers: &HeaderMap, door: Environment, now: DateTime<Utc>) -> Result<Arc<KeyRecord>, Denied> {
    let Some(text) = sent(headers) else { return Err(Denied::Stranger(missing(door))) };
    let Some(presented) = present(text) else { return Err(Denied::Stranger(unknown())) };
    check(known, &presented, door, now).await
}

/// Finds the working key with this text.
///
/// # Errors
/// As [`find`].
pub async fn check(known: &Known, presented: &Presented<'_>, door: Environment, now: DateTime<Utc>) -> Result<Arc<KeyRecord>, Denied> {
    let record = known.key(presented).await.map_err(Denied::Unanswered)?;
    let Some(record) = record.filter(|record| record.matches(presented, now)) else { return Err(Denied::Stranger(unknown())) };
    let why = match record.key.status(now) {
        KeyStatus::Revoked => "This key was revoked. Make a new one on the keys page.",
        KeyStatus::Expired => "This key has expired. Make a new one on the keys page.",
        KeyStatus::Active | KeyStatus::Rotating if record.key.environment == door => return Ok(record),
        KeyStatus::Active | KeyStatus::Rotating => other_door(door),
    };
    Err(Denied::Known(record, refused(why)))
}

/// Whether the key's partner may call at all.
///
/// # Errors
/// 403.
pub fn check_partner(record: &KeyRecord) -> Result<(), Problem> {
    match record.partner_status {
        PartnerStatus::Active => Ok(()),
        PartnerStatus::Suspended => Err(Problem::new(&SUSPENDED, "Your organisation is suspended here. Write to the portal's admin.")),
    }
}

/// Whether a key may be used from where the call came from. A place that is not known is none of the key's.
///
/// # Errors
/// 403 that names the address.
pub fn check_place(key: &Key, address: Option<IpAddr>) -> Result<(), Problem> {
    if key.addresses.is_empty() || address.is_some_and(|address| key.addresses.admit(address)) {
        return Ok(());
    }
    let prefix = &key.prefix;
    Err(Problem::new(
        &ADDRESS,
        match address.map(|address| address.to_canonical()) {
            Some(from) => format!("The key {prefix} may not be used from {from}. Add the address to it on the keys page."),
            None => format!("The key {prefix} may be used from some addresses only. Say where the call came from as `address`."),
        },
    ))
}

/// The text after `Bearer`, else `X-Api-Key`.
pub fn sent(headers: &HeaderMap) -> Option<&str> {
    bearer(headers).or_else(|| headers.get(API_KEY).and_then(|value| value.to_str().ok()).map(str::trim))
}

/// The header that [`sent`] finds the key in.
pub fn carrier(headers: &HeaderMap) -> Option<HeaderName> {
    sent(headers).map(|_| if bearer(headers).is_some() { header::AUTHORIZATION } else { API_KEY })
}

/// What follows `Bearer` (RFC 6750, 2.1).
pub fn bearer(headers: &HeaderMap) -> Option<&str> {
    let (scheme, key) = headers.get(header::AUTHORIZATION)?.to_str().ok()?.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| key.trim())
}

fn other_door(door: Environment) -> &'static str {
    match door {
        Environment::Live => "This is a test key, and the gateway takes live keys. Send it to /sandbox/ instead of /gateway/.",
        Environment::Test => "This is a live key, and the sandbox takes test keys. Send it to /gateway/ instead of /sandbox/.",
    }
}

fn missing(door: Environment) -> Problem {
    let kind = door.as_str();
    refused(&format!("Send a {kind} key as `Authorization: Bearer sk_{kind}_…` or as `X-Api-Key`."))
}

/// 401 for a text that is no key of ours.
pub fn unknown() -> Problem {
    refused("This key is not known. Copy it again, or make a new one on the keys page.")
}

fn refused(detail: &str) -> Problem {
    Problem::new(&INVALID_KEY, detail).header(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer realm=\"portico\""))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_comes_in_either_header() {
        let headers = |pairs: &[(&'static str, &'static str)]| -> HeaderMap {
            pairs.iter().map(|(name, value)| (HeaderName::from_static(name), HeaderValue::from_static(value))).collect()
        };
        assert_eq!(sent(&headers(&[("authorization", "bearer  sk_live_1")])), Some("sk_live_1"));
        assert_eq!(sent(&headers(&[("x-api-key", "sk_live_2")])), Some("sk_live_2"));
        assert_eq!(sent(&headers(&[("authorization", "Bearer a"), ("x-api-key", "b")])), Some("a"));
        assert_eq!(sent(&headers(&[("authorization", "Basic a"), ("x-api-key", "b")])), Some("b"));
        assert_eq!(sent(&headers(&[("authorization", "Bearer")])), None);
        let carrier = |pairs: &[(&'static str, &'static str)]| carrier(&headers(pairs));
        assert_eq!(carrier(&[("authorization", "Bearer a"), ("x-api-key", "b")]), Some(header::AUTHORIZATION));
        assert_eq!(carrier(&[("authorization", "Basic a"), ("x-api-key", "b")]), Some(API_KEY));
        assert_eq!(carrier(&[("authorization", "Basic a")]), None);
    }
}
