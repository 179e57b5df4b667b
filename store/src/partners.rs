//! Partners as the admin sees them.

use crate::db::{cut, known, on_pool, on_tx};
use crate::events::record;
use crate::{Change, Error, Result, Store};
use chrono::{DateTime, Utc};
use domain::account::{Member, Partner, PartnerStatus};
use domain::event::By;
use domain::money::Currency;
use domain::period::Period;
use domain::subscription::Subscription;
use domain::usage::Counts;
use serde_json::json;
use sqlx::FromRow;
use std::collections::HashMap;
use uuid::Uuid;

/// One row of the partners page.
#[derive(Debug, Clone, PartialEq)]
pub struct PartnerRow {
    pub partner: Partner,
    pub owner_email: String,
    /// Whether an owner confirmed their address. Until then nobody knows whose partner this is: anyone may type any address.
    pub confirmed: bool,
    pub subscriptions: Vec<Subscription>,
    /// Live calls of the running period.
    pub counts: Counts,
    /// So far in the running period, in minor units of USD.
    pub spend_minor: i64,
}

/// Everything about one partner.
#[derive(Debug, Clone, PartialEq)]
pub struct PartnerDetail {
    pub row: PartnerRow,
    pub members: Vec<Member>,
    pub keys: Vec<domain::key::Key>,
    pub invoices: Vec<domain::invoice::Invoice>,
}

#[derive(FromRow)]
struct StoredPartner {
    id: Uuid,
    name: String,
    status: String,
    created_at: DateTime<Utc>,
}

#[derive(FromRow)]
struct OwnerRow {
    partner_id: Uuid,
    email: String,
    verified_at: Option<DateTime<Utc>>,
}

impl TryFrom<StoredPartner> for Partner {
    type Error = Error;

    fn try_from(row: StoredPartner) -> Result<Self> {
        let status = known("partners", "status", &row.status, PartnerStatus::parse)?;
        Ok(Self { id: row.id, name: row.name, status, created_at: row.created_at })
    }
}

/// What the rows of several partners are put together from, each by partner.
struct Figures {
    owners: HashMap<Uuid, Vec<OwnerRow>>,
    subscriptions: HashMap<Uuid, Vec<Subscription>>,
    counts: HashMap<Uuid, Counts>,
    spend_minor: HashMap<Uuid, i64>,
}

impl Figures {
    fn row(&mut self, partner: Partner) -> PartnerRow {
        let id = partner.id;
        let owners = self.owners.remove(&id).unwrap_or_default();
        PartnerRow {
            owner_email: owners.first().map(|owner| owner.email.clone()).unwrap_or_default(),
            confirmed: owners.iter().any(|owner| owner.verified_at.is_some()),
            subscriptions: self.subscriptions.remove(&id).unwrap_or_default(),
            counts: self.counts.get(&id).copied().unwrap_or_default(),
            spend_minor: self.spend_minor.get(&id).copied().unwrap_or_default(),
            partner,
        }
    }

    /// Whether the name or an owner's address holds the text, which is lower case.
    fn matches(&self, partner: &Partner, text: &str) -> bool {
        let owners = self.owners.get(&partner.id);
        partner.name.to_lowercase().contains(text) || owners.is_some_and(|owners| owners.iter().any(|owner| owner.email.contains(text)))
    }
}

impl Store {
    /// The partner with this id.
    ///
    /// # Errors
    /// What the database said, or [`Error::Corrupt`].
    pub async fn partner(&self, id: Uuid) -> Result<Option<Partner>> {
        const SQL: &str = "select * from partners where id = $1";
        let row: Option<StoredPartner> = on_pool!(&self.db, |pool| sqlx::query_as(SQL).bind(id).fetch_optional(pool).await?);
        row.map(Partner::try_from).transpose()
    }

    /// By name; `search` matches names and owners' addresses. An empty one matches all.
    ///
    /// # Errors
    /// What the database said, or [`Error::Corrupt`].
    pub async fn partner_rows(&self, search: &str, now: DateTime<Utc>) -> Result<Vec<PartnerRow>> {
        const SQL: &str = "select * from partners order by lower(name), id";
        let rows: Vec<StoredPartner> = on_pool!(&self.db, |pool| sqlx::query_as(SQL).fetch_all(pool).await?);
        let partners = rows.into_iter().map(Partner::try_from).collect::<Result<Vec<_>>>()?;
        let mut figures = self.figures(None, now).await?;
        // Searched here and not in SQL: SQLite folds the case of ASCII only.
        let text = search.trim().to_lowercase();
        let found: Vec<_> = partners.into_iter().filter(|partner| figures.matches(partner, &text)).collect();
        Ok(found.into_iter().map(|partner| figures.row(partner)).collect())
    }

    /// One partner with members, keys and invoices.
    ///
    /// # Errors
    /// What the database said, or [`Error::Corrupt`].
    pub async fn partner_detail(&self, id: Uuid, now: DateTime<Utc>) -> Result<Option<PartnerDetail>> {
        let Some(partner) = self.partner(id).await? else { return Ok(None) };
        let row = self.figures(Some(id), now).await?.row(partner);
        let (members, keys, invoices) = (self.members(id).await?, self.keys(id).await?, self.invoices(id).await?);
        Ok(Some(PartnerDetail { row, members, keys, invoices }))
    }

    /// Every key answers 403 from now on. False where there is no such partner, or it is suspended already.
    ///
    /// # Errors
    /// What the database said.
    pub async fn suspend_partner(&self, id: Uuid, by: &By, now: DateTime<Utc>) -> Result<bool> {
        self.set_partner_status(id, PartnerStatus::Suspended, "partner.suspended", by, now).await
    }

    /// Its keys work again. False where there is no such partner, or it is active already.
    ///
    /// # Errors
    /// What the database said.
    pub async fn resume_partner(&self, id: Uuid, by: &By, now: DateTime<Utc>) -> Result<bool> {
        self.set_partner_status(id, PartnerStatus::Active, "partner.resumed", by, now).await
    }

    async fn set_partner_status(&self, id: Uuid, status: PartnerStatus, kind: &str, by: &By, now: DateTime<Utc>) -> Result<bool> {
        const SQL: &str = "update partners set status = $2 where id = $1 and status <> $2 returning name";
        let mut tx = self.begin_write().await?;
        let name: Option<String> = on_tx!(tx, |conn| sqlx::query_scalar(SQL).bind(id).bind(status.as_str()).fetch_optional(conn).await?);
        let Some(name) = name else { return Ok(false) };
        record(&mut tx, by, Some(id), kind, &name, json!({}), now).await?;
        tx.announce(Change::Partner(id));
        tx.commit().await?;
        Ok(true)
    }

    async fn figures(&self, partner: Option<Uuid>, now: DateTime<Utc>) -> Result<Figures> {
        let period = Period::month_of(now);
        let mut subscriptions: HashMap<_, Vec<_>> = HashMap::new();
        for subscription in self.current_subscriptions(partner).await? {
            subscriptions.entry(subscription.partner_id).or_default().push(subscription);
        }
        let mut spend_minor = HashMap::new();
        for charge in self.charges(partner, period).await? {
            if charge.plan.currency == Currency::Usd {
                *spend_minor.entry(charge.partner_id).or_default() += charge.amount();
            }
        }
        let counts = self.by_partner(period.start, cut(period.end)).await?.into_iter().collect();
        Ok(Figures { owners: self.owners(partner).await?, subscriptions, counts, spend_minor })
    }

    /// The owners, the first one first.
    async fn owners(&self, partner: Option<Uuid>) -> Result<HashMap<Uuid, Vec<OwnerRow>>> {
        const SQL: &str = "select m.partner_id, p.email, p.verified_at from memberships m join people p on p.id = m.person_id \
             where m.role = 'owner' and ($1 is null or m.partner_id = $1) order by m.created_at, p.email";
        let rows: Vec<OwnerRow> = on_pool!(&self.db, |pool| sqlx::query_as(SQL).bind(partner).fetch_all(pool).await?);
        let mut owners: HashMap<_, Vec<_>> = HashMap::new();
        for row in rows {
            owners.entry(row.partner_id).or_default().push(row);
        }
        Ok(owners)
    }
}
