//! Members of a partner: who they are, what they may do, and that an owner stays.

use crate::db::{Tx, cut, known, on_pool, on_tx};
use crate::{Error, Result, Store, events};
use chrono::{DateTime, Utc};
use domain::Invalid;
use domain::access::{Actor, may_assign};
use domain::account::{Member, Membership, Partner, PartnerStatus, Role, display_name};
use domain::event::By;
use serde_json::json;
use uuid::Uuid;

impl Store {
    /// Everybody of a partner, oldest member first.
    ///
    /// # Errors
    /// What the database said, or [`Error::Corrupt`].
    pub async fn members(&self, partner: Uuid) -> Result<Vec<Member>> {
        const SQL: &str = "select p.id as person_id, p.name, p.email, m.role, p.verified_at, m.created_at
            from memberships m join people p on p.id = m.person_id
            where m.partner_id = $1 order by m.created_at, p.email";
        let rows: Vec<MemberRow> = on_pool!(&self.db, |pool| sqlx::query_as(SQL).bind(partner).fetch_all(pool).await?);
        rows.into_iter().map(Member::try_from).collect()
    }

    /// The partners a person belongs to, the first joined first.
    pub(crate) async fn memberships(&self, person: Uuid) -> Result<Vec<Membership>> {
        const SQL: &str = "select p.id, p.name, p.status, p.created_at, m.role
            from memberships m join partners p on p.id = m.partner_id
            where m.person_id = $1 order by m.created_at, p.id";
        let rows: Vec<MembershipRow> = on_pool!(&self.db, |pool| sqlx::query_as(SQL).bind(person).fetch_all(pool).await?);
        rows.into_iter().map(Membership::try_from).collect()
    }

    /// Changes a role; keeps at least one owner (`Invalid`), and `may_assign` for both roles. False where the person is no member.
    ///
    /// # Errors
    /// [`Invalid`] for field `role`.
    pub async fn set_role(&self, actor: &Actor, partner: Uuid, person: Uuid, role: Role, now: DateTime<Utc>) -> Result<bool> {
        const SQL: &str = "update memberships set role = $3 where partner_id = $1 and person_id = $2";
        let mut tx = self.begin_turn(&turn(partner)).await?;
        let Some(before) = role_of(&mut tx, partner, person).await? else { return Ok(false) };
        let own = role_of(&mut tx, partner, actor.person.id).await?;
        if !own.is_some_and(|own| may_assign(own, before) && may_assign(own, role)) {
            return Err(Invalid::new("role", "Your own role does not allow this change. Ask an owner.").into());
        }
        if role != Role::Owner {
            keep_an_owner(&mut tx, partner, person).await?;
        }
        on_tx!(tx, |conn| sqlx::query(SQL).bind(partner).bind(person).bind(role.as_str()).execute(conn).await?.rows_affected());
        let detail = json!({ "before": before.as_str(), "role": role.as_str() });
        record_member(&mut tx, &By::person(&actor.person), partner, "member.role_changed", person, detail, now).await?;
        tx.commit().await?;
        Ok(true)
    }

    /// Removes somebody (or oneself); keeps at least one owner. False where the person is no member.
    ///
    /// # Errors
    /// [`Invalid`] for field `role`.
    pub async fn remove_member(&self, actor: &Actor, partner: Uuid, person: Uuid, now: DateTime<Utc>) -> Result<bool> {
        const REMOVE: &str = "delete from memberships where partner_id = $1 and person_id = $2";
        const LEAVE: &str = "update sessions set partner_id = null where partner_id = $1 and person_id = $2";
        let mut tx = self.begin_turn(&turn(partner)).await?;
        let Some(role) = role_of(&mut tx, partner, person).await? else { return Ok(false) };
        let own = role_of(&mut tx, partner, actor.person.id).await?;
        if person != actor.person.id && !own.is_some_and(|own| may_assign(own, role)) {
            return Err(Invalid::new("role", "Your own role does not allow removing this person. Ask an owner.").into());
        }
        keep_an_owner(&mut tx, partner, person).await?;
        record_member(&mut tx, &By::person(&actor.person), partner, "member.removed", person, json!({ "role": role.as_str() }), now)
            .await?;
        on_tx!(tx, |conn| sqlx::query(REMOVE).bind(partner).bind(person).execute(conn).await?.rows_affected());
        on_tx!(tx, |conn| sqlx::query(LEAVE).bind(partner).bind(person).execute(conn).await?.rows_affected());
        tx.commit().await?;
        Ok(true)
    }

    /// Renames the organisation.
    ///
    /// # Errors
    /// [`Invalid`] for field `name`.
    pub async fn rename_partner(&self, partner: Uuid, name: &str, by: &By, now: DateTime<Utc>) -> Result<()> {
        const SQL: &str = "update partners set name = $2 where id = $1";
        let name = display_name("name", name)?;
        let mut tx = self.begin_write().await?;
        on_tx!(tx, |conn| sqlx::query(SQL).bind(partner).bind(&name).execute(conn).await?.rows_affected());
        events::record(&mut tx, by, Some(partner), "partner.renamed", &name, json!({}), now).await?;
        tx.commit().await
    }
}

/// Makes a partner and its owner.
pub(crate) async fn found_partner(tx: &mut Tx, name: &str, owner: Uuid, now: DateTime<Utc>) -> Result<Uuid> {
    const SQL: &str = "insert into partners (id, name, status, created_at) values ($1, $2, $3, $4)";
    let id = Uuid::new_v4();
    let status = PartnerStatus::Active.as_str();
    on_tx!(tx, |conn| sqlx::query(SQL).bind(id).bind(name).bind(status).bind(cut(now)).execute(conn).await?.rows_affected());
    join(tx, id, owner, Role::Owner, now).await?;
    Ok(id)
}

/// Adds a member; somebody who is one keeps their role.
pub(crate) async fn join(tx: &mut Tx, partner: Uuid, person: Uuid, role: Role, now: DateTime<Utc>) -> Result<()> {
    const SQL: &str = "insert into memberships (partner_id, person_id, role, created_at) values ($1, $2, $3, $4)
        on conflict (partner_id, person_id) do nothing";
    on_tx!(tx, |conn| sqlx::query(SQL).bind(partner).bind(person).bind(role.as_str()).bind(cut(now)).execute(conn).await?.rows_affected());
    Ok(())
}

/// The role of a person in a partner.
pub(crate) async fn role_of(tx: &mut Tx, partner: Uuid, person: Uuid) -> Result<Option<Role>> {
    const SQL: &str = "select role from memberships where partner_id = $1 and person_id = $2";
    let role: Option<String> = on_tx!(tx, |conn| sqlx::query_scalar(SQL).bind(partner).bind(person).fetch_optional(conn).await?);
    role.map(|role| parse_role(&role)).transpose()
}

/// The subject under which changes to one team take turns.
pub(crate) fn turn(partner: Uuid) -> String {
    format!("team:{partner}")
}

/// Refuses where nobody but this person owns the partner.
async fn keep_an_owner(tx: &mut Tx, partner: Uuid, leaving: Uuid) -> Result<()> {
    const SQL: &str = "select count(*) from memberships where partner_id = $1 and role = 'owner' and person_id <> $2";
    let is_owner = role_of(tx, partner, leaving).await? == Some(Role::Owner);
    let others: i64 = on_tx!(tx, |conn| sqlx::query_scalar(SQL).bind(partner).bind(leaving).fetch_one(conn).await?);
    if is_owner && others == 0 {
        return Err(Invalid::new("role", "This is the only owner. Make somebody else an owner first.").into());
    }
    Ok(())
}

async fn record_member(
    tx: &mut Tx,
    by: &By,
    partner: Uuid,
    kind: &str,
    person: Uuid,
    detail: serde_json::Value,
    now: DateTime<Utc>,
) -> Result<()> {
    let subject = crate::people::find(tx, person).await?.map_or_else(|| person.to_string(), |p| p.email);
    events::record(tx, by, Some(partner), kind, &subject, detail, now).await
}

fn parse_role(text: &str) -> Result<Role> {
    known("memberships", "role", text, Role::parse)
}

#[derive(sqlx::FromRow)]
struct MemberRow {
    person_id: Uuid,
    name: String,
    email: String,
    role: String,
    verified_at: Option<DateTime<Utc>>,
    created_at: DateTime<Utc>,
}

impl TryFrom<MemberRow> for Member {
    type Error = Error;

    fn try_from(row: MemberRow) -> Result<Self> {
        let role = parse_role(&row.role)?;
        let verified = row.verified_at.is_some();
        Ok(Self { person_id: row.person_id, name: row.name, email: row.email, role, verified, since: row.created_at })
    }
}

#[derive(sqlx::FromRow)]
struct MembershipRow {
    id: Uuid,
    name: String,
    status: String,
    created_at: DateTime<Utc>,
    role: String,
}

impl TryFrom<MembershipRow> for Membership {
    type Error = Error;

    fn try_from(row: MembershipRow) -> Result<Self> {
        let status = known("partners", "status", &row.status, PartnerStatus::parse)?;
        let partner = Partner { id: row.id, name: row.name, status, created_at: row.created_at };
        Ok(Self { partner, role: parse_role(&row.role)? })
    }
}
