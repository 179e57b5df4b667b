//! People, the organisations they act for, and their roles there.

use crate::{Invalid, names};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// The shortest password that is accepted, in characters.
pub const PASSWORD_MIN: usize = 10;
/// The longest password that is accepted, in characters: argon2 would take more, an attacker's megabyte should not.
pub const PASSWORD_MAX: usize = 256;
/// How long a session lasts without being used, in days.
pub const SESSION_DAYS: i64 = 14;

/// Somebody who can sign in. A person is not an organisation: see [`Membership`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Person {
    pub id: Uuid,
    pub email: String,
    pub name: String,
    /// Runs the platform: sees every partner and every product.
    pub platform_admin: bool,
    /// When the address was confirmed; live keys and invitations wait for it.
    pub verified_at: Option<DateTime<Utc>>,
    pub created_at: DateTime<Utc>,
}

/// The organisation that pays.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Partner {
    pub id: Uuid,
    pub name: String,
    pub status: PartnerStatus,
    pub created_at: DateTime<Utc>,
}

/// Whether a partner's keys work.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PartnerStatus {
    Active,
    /// Every key answers 403 until an admin resumes the partner.
    Suspended,
}

names!(PartnerStatus { Active => "active", Suspended => "suspended" });

/// What a person may do for one partner; most powerful first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    Owner,
    Admin,
    Developer,
    Billing,
    Viewer,
}

names!(Role { Owner => "owner", Admin => "admin", Developer => "developer", Billing => "billing", Viewer => "viewer" });

impl Role {
    /// One line for the form that chooses a role.
    pub fn describe(self) -> &'static str {
        match self {
            Self::Owner => "Everything, including the organisation itself",
            Self::Admin => "Team, keys, plans and bills",
            Self::Developer => "Keys, console and usage",
            Self::Billing => "Plans, bills and usage",
            Self::Viewer => "Reads everything, changes nothing",
        }
    }
}

/// A person's place in a partner.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Membership {
    pub partner: Partner,
    pub role: Role,
}

/// A colleague as the team page shows them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Member {
    pub person_id: Uuid,
    pub name: String,
    pub email: String,
    pub role: Role,
    pub verified: bool,
    pub since: DateTime<Utc>,
}

/// An invitation that has not been accepted yet.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Invitation {
    pub id: Uuid,
    pub email: String,
    pub role: Role,
    pub expires_at: DateTime<Utc>,
}

/// A signed-in browser.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SessionInfo {
    pub id: Uuid,
    pub user_agent: String,
    pub address: String,
    pub created_at: DateTime<Utc>,
    pub last_seen_at: DateTime<Utc>,
    /// The session that asks.
    pub current: bool,
}

/// Trims and lower-cases an address after checking its shape.
///
/// # Errors
/// [`Invalid`] for field `email` where no address in the form `name@host` is recognised.
pub fn email(text: &str) -> Result<String, Invalid> {
    let text = text.trim().to_lowercase();
    let host_is_a_name = |host: &str| host.contains('.') && !host.contains('@') && host.split('.').all(|label| !label.is_empty());
    let well_formed = text.len() <= 254
        && !text.chars().any(|c| c.is_whitespace() || c.is_control() || "<>,;\"".contains(c))
        && text.split_once('@').is_some_and(|(name, host)| !name.is_empty() && host_is_a_name(host));
    if well_formed { Ok(text) } else { Err(Invalid::new("email", "Type an address such as ana@northwind.example.")) }
}

/// What stands beside the field of a new password: the rule, then whatever else is to say.
pub fn password_hint(more: &str) -> String {
    format!("At least {PASSWORD_MIN} characters. {more}")
}

/// Checks a new password's length.
///
/// # Errors
/// [`Invalid`] for field `password` when it is too short or too long.
pub fn password(text: &str) -> Result<&str, Invalid> {
    if text.chars().count() < PASSWORD_MIN {
        return Err(Invalid::new("password", format!("Use at least {PASSWORD_MIN} characters. A sentence works well.")));
    }
    if text.chars().count() > PASSWORD_MAX {
        return Err(Invalid::new("password", format!("Use at most {PASSWORD_MAX} characters.")));
    }
    Ok(text)
}

/// Trims a display name: 1 to 80 characters on one line.
///
/// # Errors
/// [`Invalid`] for the named field.
pub fn display_name(field: &str, text: &str) -> Result<String, Invalid> {
    let text = text.trim();
    if text.is_empty() {
        return Err(Invalid::new(field, "Give it a name."));
    }
    if text.chars().count() > 80 || text.chars().any(char::is_control) {
        return Err(Invalid::new(field, "Use at most 80 characters, on one line."));
    }
    Ok(text.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_trimmed_and_folded() {
        assert_eq!(email("  Ana@Northwind.Example ").unwrap(), "ana@northwind.example");
        for bad in [
            "",
            "ana",
            "ana@",
            "@host.example",
            "a@b@c.example",
            "a b@c.example",
            "a@c..example",
            "a@localhost",
            "a@x.example\r\nBcc: y@z.example",
        ] {
            assert_eq!(email(bad).unwrap_err().field, "email", "{bad:?}");
        }
    }

    #[test]
    fn passwords_have_bounds() {
        assert!(password("short").is_err());
        assert!(password("correct horse battery").is_ok());
        assert!(password(&"x".repeat(PASSWORD_MAX + 1)).is_err());
        assert!(password(&"ü".repeat(PASSWORD_MAX)).is_ok());
    }

    #[test]
    fn roles_survive_their_text() {
        for role in Role::ALL {
            assert_eq!(Role::parse(role.as_str()), Some(role));
        }
        assert_eq!(Role::parse("root"), None);
    }
}
