//! Links sent by mail, each good for one use.

use crate::db::{Tx, cut, known, on_pool, on_tx};
use crate::secret::sha256_hex;
use crate::{Error, Result, Secret, Store};
use chrono::{DateTime, TimeDelta, Utc};
use domain::account::Role;
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

impl LinkKind {
    const ALL: [Self; 5] = [Self::Confirm, Self::Reset, Self::ChangeAddress, Self::Invitation, Self::FirstAdmin];

    fn as_str(self) -> &'static str {
        match self {
            Self::Confirm => "confirm",
            Self::Reset => "reset",
            Self::ChangeAddress => "change_address",
            Self::Invitation => "invitation",
            Self::FirstAdmin => "first_admin",
        }
    }

    fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == text)
    }

    /// How long the link works; the mails name the same spans.
    fn lifetime(self) -> TimeDelta {
        match self {
            Self::Reset => TimeDelta::hours(1),
            Self::Confirm | Self::ChangeAddress => TimeDelta::days(2),
            Self::Invitation | Self::FirstAdmin => TimeDelta::days(7),
        }
    }
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

/// A link that was just used: whom and what it is about.
pub(crate) struct Taken {
    pub(crate) kind: LinkKind,
    pub(crate) email: String,
    pub(crate) person_id: Option<Uuid>,
    /// The partner and the role of an invitation.
    pub(crate) membership: Option<(Uuid, Role)>,
}

const USABLE: &str = "select links.*, partners.name as partner_name from links left join partners on partners.id = links.partner_id
    where token_hash = $1 and used_at is null and expires_at > $2";

impl Store {
    /// Looks a link up without using it.
    ///
    /// # Errors
    /// What the database said, or [`Error::Corrupt`].
    pub async fn link(&self, token: &str, now: DateTime<Utc>) -> Result<Option<Link>> {
        let hash = sha256_hex(token);
        let row: Option<LinkRow> =
            on_pool!(&self.db, |pool| sqlx::query_as(USABLE).bind(&hash).bind(cut(now)).fetch_optional(pool).await?);
        row.map(Link::try_from).transpose()
    }
}

/// Makes a link about an address and returns its token; `person` is who will have the address.
pub(crate) async fn make(tx: &mut Tx, kind: LinkKind, email: &str, person: Option<Uuid>, now: DateTime<Utc>) -> Result<Secret> {
    insert(tx, kind, email, person, None, now).await
}

/// Makes an invitation to a partner.
pub(crate) async fn make_invitation(tx: &mut Tx, email: &str, partner: Uuid, role: Role, now: DateTime<Utc>) -> Result<Secret> {
    insert(tx, LinkKind::Invitation, email, None, Some((partner, role)), now).await
}

async fn insert(
    tx: &mut Tx,
    kind: LinkKind,
    email: &str,
    person: Option<Uuid>,
    membership: Option<(Uuid, Role)>,
    now: DateTime<Utc>,
) -> Result<Secret> {
    const SQL: &str = "insert into links (id, token_hash, kind, email, person_id, partner_id, role, created_at, expires_at)
        values ($1, $2, $3, $4, $5, $6, $7, $8, $9)";
    let token = Secret::random("")?;
    on_tx!(tx, |conn| sqlx::query(SQL)
        .bind(Uuid::new_v4())
        .bind(sha256_hex(token.reveal()))
        .bind(kind.as_str())
        .bind(email)
        .bind(person)
        .bind(membership.map(|(partner, _)| partner))
        .bind(membership.map(|(_, role)| role.as_str()))
        .bind(cut(now))
        .bind(cut(now + kind.lifetime()))
        .execute(conn)
        .await?
        .rows_affected());
    Ok(token)
}

/// Uses a link up; `None` where it is unknown, too old, used, or of another kind. Of two at once one gets it.
pub(crate) async fn take(tx: &mut Tx, token: &str, kinds: &[LinkKind], now: DateTime<Utc>) -> Result<Option<Taken>> {
    const USE: &str = "update links set used_at = $2 where id = $1 and used_at is null";
    let hash = sha256_hex(token);
    let row: Option<LinkRow> = on_tx!(tx, |conn| sqlx::query_as(USABLE).bind(&hash).bind(cut(now)).fetch_optional(conn).await?);
    let Some(row) = row else { return Ok(None) };
    let (person_id, partner_id) = (row.person_id, row.partner_id);
    let link = Link::try_from(row)?;
    if !kinds.contains(&link.kind) {
        return Ok(None);
    }
    let used = on_tx!(tx, |conn| sqlx::query(USE).bind(link.id).bind(cut(now)).execute(conn).await?.rows_affected());
    let membership = partner_id.zip(link.role);
    Ok((used == 1).then_some(Taken { kind: link.kind, email: link.email, person_id, membership }))
}

/// Makes the unused links of a kind stop working, e.g. older resets after a new password.
pub(crate) async fn void(tx: &mut Tx, kind: LinkKind, person: Uuid) -> Result<()> {
    const SQL: &str = "delete from links where person_id = $1 and kind = $2 and used_at is null";
    on_tx!(tx, |conn| sqlx::query(SQL).bind(person).bind(kind.as_str()).execute(conn).await?.rows_affected());
    Ok(())
}

#[derive(sqlx::FromRow)]
struct LinkRow {
    id: Uuid,
    kind: String,
    email: String,
    person_id: Option<Uuid>,
    partner_id: Option<Uuid>,
    partner_name: Option<String>,
    role: Option<String>,
    expires_at: DateTime<Utc>,
}

impl TryFrom<LinkRow> for Link {
    type Error = Error;

    fn try_from(row: LinkRow) -> Result<Self> {
        let kind = known("links", "kind", &row.kind, LinkKind::parse)?;
        let role = row.role.map(|role| known("links", "role", &role, Role::parse)).transpose()?;
        Ok(Self { id: row.id, kind, email: row.email, partner_name: row.partner_name, role, expires_at: row.expires_at })
    }
}
