//! API keys: their text, their states, and what they may call.

use crate::addresses::Addresses;
use crate::{Invalid, names};
use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// Random bytes in a key's prefix; written as 8 hex digits.
pub const PREFIX_BYTES: usize = 4;
/// Random bytes in a key's secret; written as 32 base64url characters.
pub const SECRET_BYTES: usize = 24;
/// Longest overlap of a rotation, in hours.
pub const OVERLAP_HOURS_MAX: i64 = 24 * 30;

/// Longest life that a key or token can be given, in days.
pub const EXPIRY_DAYS_MAX: i64 = 3_650;

/// The end of a life of so many days; `None` lives until it is revoked.
///
/// # Errors
/// [`Invalid`] for field `expires_at` where it is not 1 to [`EXPIRY_DAYS_MAX`] days.
pub fn expiry(days: Option<i64>, now: DateTime<Utc>) -> Result<Option<DateTime<Utc>>, Invalid> {
    match days {
        None => Ok(None),
        Some(days @ 1..=EXPIRY_DAYS_MAX) => Ok(Some(now + TimeDelta::days(days))),
        Some(_) => Err(Invalid::new("expires_at", format!("Choose 1 to {EXPIRY_DAYS_MAX} days, or never."))),
    }
}

/// Which side of the house a key opens.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Environment {
    /// The sandbox: never billed.
    Test,
    /// The gateway: limited by plan and billed.
    Live,
}

names!(Environment { Test => "test", Live => "live" });

/// A key without its secret, as lists show it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Key {
    pub id: Uuid,
    pub partner_id: Uuid,
    pub name: String,
    /// `sk_test_1a2b3c4d` or `sk_live_…`: all that is kept of the text, besides a hash.
    pub prefix: String,
    pub environment: Environment,
    pub scope: Scope,
    /// Where it may be used from.
    pub addresses: Addresses,
    pub created_at: DateTime<Utc>,
    pub expires_at: Option<DateTime<Utc>>,
    pub revoked_at: Option<DateTime<Utc>>,
    /// Until when the secret before the last rotation works.
    pub overlap_until: Option<DateTime<Utc>>,
    pub last_used_at: Option<DateTime<Utc>>,
}

/// What a key may call.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "kind", content = "products")]
pub enum Scope {
    /// Every product, also those that come later.
    All,
    /// The products with these ids.
    Only(Vec<String>),
}

/// What a list says about a key at a moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum KeyStatus {
    Active,
    /// Two secrets work until the overlap ends.
    Rotating,
    Expired,
    Revoked,
}

impl Scope {
    pub fn covers(&self, product: &str) -> bool {
        match self {
            Self::All => true,
            Self::Only(products) => products.iter().any(|id| id == product),
        }
    }
}

impl Key {
    pub fn status(&self, now: DateTime<Utc>) -> KeyStatus {
        if self.revoked_at.is_some() {
            KeyStatus::Revoked
        } else if self.expires_at.is_some_and(|at| at <= now) {
            KeyStatus::Expired
        } else if self.overlap_until.is_some_and(|at| at > now) {
            KeyStatus::Rotating
        } else {
            KeyStatus::Active
        }
    }

    pub fn works(&self, now: DateTime<Utc>) -> bool {
        matches!(self.status(now), KeyStatus::Active | KeyStatus::Rotating)
    }
}

/// The text of a key that somebody presented, taken apart.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Presented<'a> {
    /// `sk_test_1a2b3c4d`: what the key is looked up by.
    pub prefix: &'a str,
    pub environment: Environment,
    /// The whole text: what is hashed and compared.
    pub text: &'a str,
}

impl std::fmt::Debug for Presented<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}_…", self.prefix)
    }
}

/// Takes `sk_<environment>_<8 hex>_<secret>` apart; `None` where the text has another shape.
pub fn present(text: &str) -> Option<Presented<'_>> {
    const HEAD: usize = "sk_live_".len();
    let environment = Environment::parse(text.strip_prefix("sk_")?.split_once('_')?.0)?;
    let (prefix, secret) = text.split_at_checked(HEAD + 2 * PREFIX_BYTES)?;
    let digits = prefix.as_bytes().get(HEAD..)?;
    let shaped = digits.iter().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(b))
        && secret.starts_with('_')
        && (2..=129).contains(&secret.len());
    shaped.then_some(Presented { prefix, environment, text })
}

/// Checks how long the secret before a rotation goes on working.
///
/// # Errors
/// [`Invalid`] for field `overlap_hours` outside 0 to 720.
pub fn overlap(hours: i64) -> Result<TimeDelta, Invalid> {
    if (0..=OVERLAP_HOURS_MAX).contains(&hours) {
        Ok(TimeDelta::hours(hours))
    } else {
        Err(Invalid::new("overlap_hours", format!("Choose between 0 and {OVERLAP_HOURS_MAX} hours.")))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_taken_apart() {
        let key = present("sk_test_1a2b3c4d_Zm9v-_YmFy").unwrap();
        assert_eq!((key.prefix, key.environment), ("sk_test_1a2b3c4d", Environment::Test));
        assert_eq!(present("sk_live_00000000_x").unwrap().environment, Environment::Live);
        assert_eq!(format!("{key:?}"), "sk_test_1a2b3c4d_…");
    }

    #[test]
    fn other_shapes_are_not_keys() {
        for bad in [
            "",
            "sk_",
            "sk_test",
            "sk_test_1a2b3c4d",
            "sk_test_1a2b3c4d_",
            "sk_test_1A2B3C4D_x",
            "sk_prod_1a2b3c4d_x",
            "sk_testé1a2b3c4d_x",
            "pk_test_1a2b3c4d_x",
        ] {
            assert_eq!(present(bad), None, "{bad}");
        }
    }

    #[test]
    fn revoked_beats_expired_beats_rotating() {
        let now = DateTime::from_timestamp(1_000, 0).unwrap();
        let mut key = Key {
            id: Uuid::nil(),
            partner_id: Uuid::nil(),
            name: "k".into(),
            prefix: "sk_test_1a2b3c4d".into(),
            environment: Environment::Test,
            scope: Scope::All,
            addresses: Addresses::default(),
            created_at: now,
            expires_at: None,
            revoked_at: None,
            overlap_until: Some(now + TimeDelta::hours(1)),
            last_used_at: None,
        };
        assert_eq!(key.status(now), KeyStatus::Rotating);
        key.expires_at = Some(now);
        assert_eq!(key.status(now), KeyStatus::Expired);
        key.revoked_at = Some(now);
        assert_eq!(key.status(now), KeyStatus::Revoked);
        assert!(!key.works(now));
    }

    #[test]
    fn a_scope_names_its_products() {
        assert!(Scope::All.covers("rates"));
        assert!(!Scope::Only(vec!["labels".into()]).covers("rates"));
    }
}
