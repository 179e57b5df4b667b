//! Invitations to a partner: sent by mail, taken up by the address they went to.

use crate::db::{Tx, cut, known, on_pool, on_tx};
use crate::links::{self, LinkKind, Taken};
use crate::{Error, Result, Store, events, outbox, people, settings, team};
use chrono::{DateTime, Utc};
use domain::Invalid;
use domain::access::{Actor, may_assign};
use domain::account::{self, Invitation, Person, Role};
use domain::event::By;
use serde_json::json;
use uuid::Uuid;

impl Store {
    /// Invitations that can still be taken up, newest first.
    ///
    /// # Errors
    /// What the database said, or [`Error::Corrupt`].
    pub async fn invitations(&self, partner: Uuid, now: DateTime<Utc>) -> Result<Vec<Invitation>> {
        const SQL: &str = "select id, email, role, expires_at from links
            where partner_id = $1 and kind = 'invitation' and used_at is null and expires_at > $2
            order by created_at desc, email";
        let rows: Vec<InvitationRow> = on_pool!(&self.db, |pool| sqlx::query_as(SQL).bind(partner).bind(cut(now)).fetch_all(pool).await?);
        rows.into_iter().map(Invitation::try_from).collect()
    }

    /// Mails an invitation, good for 7 days. The inviter's own address must be confirmed, and they hand out no more than they hold
    /// (`Invalid` otherwise). Inviting the same address again replaces the invitation.
    ///
    /// # Errors
    /// [`Invalid`] for `email` or `role`.
    pub async fn invite(&self, actor: &Actor, partner: Uuid, email: &str, role: Role, site: &str, now: DateTime<Utc>) -> Result<()> {
        const NAME: &str = "select name from partners where id = $1";
        const REPLACE: &str = "delete from links where partner_id = $1 and kind = 'invitation' and email = $2 and used_at is null";
        let email = account::email(email)?;
        let mut tx = self.begin_turn(&team::turn(partner)).await?;
        let own = team::role_of(&mut tx, partner, actor.person.id).await?;
        if !own.is_some_and(|own| may_assign(own, role)) {
            return Err(Invalid::new("role", "Your own role does not allow inviting with this role.").into());
        }
        if people::find(&mut tx, actor.person.id).await?.is_none_or(|inviter| inviter.verified_at.is_none()) {
            return Err(Invalid::new("email", "Confirm your own address first: the link is in the mail you got when you signed up.").into());
        }
        if let Some(holder) = people::holder(&mut tx, &email).await?
            && team::role_of(&mut tx, partner, holder.id).await?.is_some()
        {
            return Err(Invalid::new("email", "This person is a member already.").into());
        }
        on_tx!(tx, |conn| sqlx::query(REPLACE).bind(partner).bind(&email).execute(conn).await?.rows_affected());
        let name: String = on_tx!(tx, |conn| sqlx::query_scalar(NAME).bind(partner).fetch_one(conn).await?);
        let token = links::make_invitation(&mut tx, &email, partner, role, now).await?;
        let letter = settings::sender(&mut tx).await?.invitation(site, token.reveal(), &actor.person.email, &name, role.as_str());
        outbox::post(&mut tx, &email, &letter, now).await?;
        let by = By::person(&actor.person);
        events::record(&mut tx, &by, Some(partner), "member.invited", &email, json!({ "role": role.as_str() }), now).await?;
        tx.commit().await
    }

    /// Makes an invitation's link stop working; false where there is none.
    ///
    /// # Errors
    /// What the database said.
    pub async fn cancel_invitation(&self, partner: Uuid, id: Uuid, by: &By, now: DateTime<Utc>) -> Result<bool> {
        const SQL: &str = "delete from links where id = $2 and partner_id = $1 and kind = 'invitation' and used_at is null
            returning email";
        let mut tx = self.begin_write().await?;
        let email: Option<String> = on_tx!(tx, |conn| sqlx::query_scalar(SQL).bind(partner).bind(id).fetch_optional(conn).await?);
        let Some(email) = email else { return Ok(false) };
        events::record(&mut tx, by, Some(partner), "invitation.cancelled", &email, json!({}), now).await?;
        tx.commit().await?;
        Ok(true)
    }

    /// Joins as the signed-in person whose address was invited; `None` where the link is no good, or went to another address.
    /// The link came by mail, so that it confirms the address too.
    ///
    /// # Errors
    /// What the database said.
    pub async fn accept_invitation(&self, token: &str, person: Uuid, now: DateTime<Utc>) -> Result<Option<Uuid>> {
        let mut tx = self.begin_write().await?;
        let Some(taken) = links::take(&mut tx, token, &[LinkKind::Invitation], now).await? else { return Ok(None) };
        let Some(person) = people::find(&mut tx, person).await?.filter(|p| p.email == taken.email) else { return Ok(None) };
        if person.verified_at.is_none() && !people::confirm(&mut tx, person.id, &taken.email, now).await? {
            return Ok(None);
        }
        let partner = join(&mut tx, &taken, &person, now).await?;
        tx.commit().await?;
        Ok(Some(partner))
    }

    /// Makes a confirmed person from an invitation link (the mail reached the address) and joins.
    ///
    /// # Errors
    /// [`Invalid`] for `name` or `password`; for `email` where the address has an account: they sign in and accept.
    pub async fn accept_invitation_as_new(&self, token: &str, name: &str, password: &str, now: DateTime<Utc>) -> Result<Option<Person>> {
        let name = account::display_name("name", name)?;
        let password = account::password(password)?;
        if self.link(token, now).await?.is_none() {
            return Ok(None);
        }
        let hash = self.passwords.hash(password).await?;
        let mut tx = self.begin_write().await?;
        let Some(taken) = links::take(&mut tx, token, &[LinkKind::Invitation], now).await? else { return Ok(None) };
        if people::holder(&mut tx, &taken.email).await?.is_some() {
            return Err(Invalid::new("email", "This address has an account. Sign in, then open the link again.").into());
        }
        let at = cut(now);
        let email = taken.email.clone();
        let person = Person { id: Uuid::new_v4(), email, name, platform_admin: false, verified_at: Some(at), created_at: at };
        people::insert(&mut tx, &person, &hash).await?;
        join(&mut tx, &taken, &person, now).await?;
        tx.commit().await?;
        Ok(Some(person))
    }
}

async fn join(tx: &mut Tx, taken: &Taken, person: &Person, now: DateTime<Utc>) -> Result<Uuid> {
    let (partner, role) = taken.membership.ok_or_else(|| Error::corrupt("links", "role", "an invitation without a partner or role"))?;
    team::join(tx, partner, person.id, role, now).await?;
    let detail = json!({ "role": role.as_str() });
    events::record(tx, &By::person(person), Some(partner), "member.joined", &person.email, detail, now).await?;
    Ok(partner)
}

#[derive(sqlx::FromRow)]
struct InvitationRow {
    id: Uuid,
    email: String,
    role: String,
    expires_at: DateTime<Utc>,
}

impl TryFrom<InvitationRow> for Invitation {
    type Error = Error;

    fn try_from(row: InvitationRow) -> Result<Self> {
        let role = known("links", "role", &row.role, Role::parse)?;
        Ok(Self { id: row.id, email: row.email, role, expires_at: row.expires_at })
    }
}
