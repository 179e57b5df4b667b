//! Links sent by mail, each good for one use.

use crate::{Result, Secret, Store};
use chrono::{DateTime, Utc};
use domain::account::{Person, Role};
use uuid::Uuid;

/// What a link is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LinkKind {
    Confirm,
    Reset,
    ChangeAddress,
    Invitation,
    FirstAdmin,
}

/// A link that can still be used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Link {
    pub id: Uuid,
    pub kind: LinkKind,
    pub email: String,
    pub partner_name: Option<String>,
    pub role: Option<Role>,
    pub expires_at: DateTime<Utc>,
}

impl Store {
    /// Looks a link up without using it.
    pub async fn link(&self, token: &str, now: DateTime<Utc>) -> Result<Option<Link>> {
        todo!()
    }
    /// Sends the confirmation mail again.
    pub async fn resend_confirmation(&self, person: Uuid, site: &str, now: DateTime<Utc>) -> Result<()> {
        todo!()
    }
    /// Confirms an address (kinds Confirm and ChangeAddress); `None` where the link is used up, too old, or the address belongs to somebody else by now.
    pub async fn confirm_address(&self, token: &str, now: DateTime<Utc>) -> Result<Option<Person>> {
        todo!()
    }
    /// Mails a reset link where the address is known; does the same work where it is not.
    pub async fn request_reset(&self, email: &str, site: &str, now: DateTime<Utc>) -> Result<()> {
        todo!()
    }
    /// Sets the password, confirms the address (the mail reached it) and ends every session.
    pub async fn reset_password(&self, token: &str, new: &str, now: DateTime<Utc>) -> Result<Option<Person>> {
        todo!()
    }
    /// Mails a link to the new address; the old one stays until it is used. `Invalid` for field `password` when wrong.
    pub async fn request_address_change(&self, person: Uuid, password: &str, email: &str, site: &str, now: DateTime<Utc>) -> Result<()> {
        todo!()
    }
    /// A one-time link token for the first admin, printed at the first start; earlier ones stop working.
    pub async fn first_admin_link(&self, now: DateTime<Utc>) -> Result<Secret> {
        todo!()
    }
    /// Uses it; `None` where the link is used up or an admin exists.
    pub async fn claim_first_admin(
        &self,
        token: &str,
        email: &str,
        password: &str,
        name: &str,
        now: DateTime<Utc>,
    ) -> Result<Option<Person>> {
        todo!()
    }
}
