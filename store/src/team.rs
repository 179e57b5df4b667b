//! Members and invitations of a partner.

use crate::{Result, Store};
use chrono::{DateTime, Utc};
use domain::access::Actor;
use domain::account::{Invitation, Member, Person, Role};
use domain::event::By;
use uuid::Uuid;

impl Store {
    pub async fn members(&self, partner: Uuid) -> Result<Vec<Member>> {
        todo!()
    }
    pub async fn invitations(&self, partner: Uuid, now: DateTime<Utc>) -> Result<Vec<Invitation>> {
        todo!()
    }
    /// Mails an invitation, good for 7 days. The inviter's own address must be confirmed, and they hand out no more than they hold (`Invalid` otherwise).
    pub async fn invite(&self, actor: &Actor, partner: Uuid, email: &str, role: Role, site: &str, now: DateTime<Utc>) -> Result<()> {
        todo!()
    }
    pub async fn cancel_invitation(&self, partner: Uuid, id: Uuid, by: &By, now: DateTime<Utc>) -> Result<bool> {
        todo!()
    }
    /// Joins as the signed-in person whose address was invited; `None` where the link is no good.
    pub async fn accept_invitation(&self, token: &str, person: Uuid, now: DateTime<Utc>) -> Result<Option<Uuid>> {
        todo!()
    }
    /// Makes a confirmed person from an invitation link (the mail reached the address) and joins.
    pub async fn accept_invitation_as_new(&self, token: &str, name: &str, password: &str, now: DateTime<Utc>) -> Result<Option<Person>> {
        todo!()
    }
    /// Changes a role; keeps at least one owner (`Invalid`), and `may_assign` for both roles.
    pub async fn set_role(&self, actor: &Actor, partner: Uuid, person: Uuid, role: Role, now: DateTime<Utc>) -> Result<bool> {
        todo!()
    }
    /// Removes somebody (or oneself); keeps at least one owner.
    pub async fn remove_member(&self, actor: &Actor, partner: Uuid, person: Uuid, now: DateTime<Utc>) -> Result<bool> {
        todo!()
    }
    pub async fn rename_partner(&self, partner: Uuid, name: &str, by: &By, now: DateTime<Utc>) -> Result<()> {
        todo!()
    }
}
