//! Plans and their versions.

use crate::db::{Tx, cut, known, on_pool, on_tx};
use crate::events::record;
use crate::ids::id_at;
use crate::product_edits::product_name;
use crate::{Change, Error, Result, Store};
use chrono::{DateTime, Utc};
use domain::event::By;
use domain::money::Currency;
use domain::plan::{Beyond, Plan, PlanStatus, PlanTerms};
use serde_json::json;
use sqlx::FromRow;
use uuid::Uuid;

/// A row of `plans`.
#[derive(FromRow)]
pub(crate) struct PlanRow {
    id: Uuid,
    product_id: String,
    slug: String,
    name: String,
    currency: String,
    price_minor: i64,
    included: i64,
    overage_per_1000: Option<String>,
    rate_per_second: i64,
    status: String,
    version: i64,
}

impl TryFrom<PlanRow> for Plan {
    type Error = Error;

    fn try_from(row: PlanRow) -> Result<Self> {
        Ok(Self {
            id: row.id,
            product_id: row.product_id,
            slug: row.slug,
            name: row.name,
            currency: known("plans", "currency", &row.currency, Currency::parse)?,
            price_minor: row.price_minor,
            included: row.included,
            beyond: beyond(row.overage_per_1000)?,
            rate_per_second: row.rate_per_second,
            status: known("plans", "status", &row.status, PlanStatus::parse)?,
            version: row.version,
        })
    }
}

fn beyond(per_1000: Option<String>) -> Result<Beyond> {
    let Some(text) = per_1000 else { return Ok(Beyond::Stop) };
    known("plans", "overage_per_1000", &text, |text| text.parse().ok()).map(Beyond::Overage)
}

impl Store {
    /// The plans on offer, cheapest first.
    ///
    /// # Errors
    /// What the database said, or [`Error::Corrupt`].
    pub async fn plans(&self, product: &str) -> Result<Vec<Plan>> {
        const SQL: &str = "select * from plans where product_id = $1 and status = 'offered' order by price_minor, included, slug";
        let rows: Vec<PlanRow> = on_pool!(&self.db, |pool| sqlx::query_as(SQL).bind(product).fetch_all(pool).await?);
        rows.into_iter().map(Plan::try_from).collect()
    }

    /// The plans on offer of every product.
    ///
    /// # Errors
    /// What the database said, or [`Error::Corrupt`].
    pub async fn all_plans(&self) -> Result<Vec<Plan>> {
        const SQL: &str = "select * from plans where status = 'offered' order by product_id, price_minor, included, slug";
        let rows: Vec<PlanRow> = on_pool!(&self.db, |pool| sqlx::query_as(SQL).fetch_all(pool).await?);
        rows.into_iter().map(Plan::try_from).collect()
    }

    /// The plan with this id, also an archived one.
    ///
    /// # Errors
    /// What the database said, or [`Error::Corrupt`].
    pub async fn plan(&self, id: Uuid) -> Result<Option<Plan>> {
        let row: Option<PlanRow> =
            on_pool!(&self.db, |pool| sqlx::query_as("select * from plans where id = $1").bind(id).fetch_optional(pool).await?);
        row.map(Plan::try_from).transpose()
    }

    /// Adds a plan, or the next version of the one with this slug (the version before is archived, subscriptions keep it).
    /// The terms that are on offer already change nothing. `None` where there is no such product.
    ///
    /// # Errors
    /// `Invalid` for the first field of `terms` that is out of range.
    pub async fn offer_plan(&self, product: &str, terms: PlanTerms, by: &By, now: DateTime<Utc>) -> Result<Option<Plan>> {
        let terms = terms.check()?;
        let mut tx = self.begin_turn(&format!("plans:{product}")).await?;
        let Some(product_name) = product_name(&mut tx, product).await? else { return Ok(None) };
        let newest = newest_version(&mut tx, product, &terms.slug).await?;
        let version = newest.as_ref().map_or(1, |plan| plan.version + 1);
        let plan = plan_of(product, terms, version, now);
        if let Some(same) = newest.filter(|newest| *newest == Plan { id: newest.id, version: newest.version, ..plan.clone() }) {
            return Ok(Some(same));
        }
        archive_versions(&mut tx, product, &plan.slug).await?;
        insert(&mut tx, &plan, now).await?;
        let detail = json!({ "product": product, "plan": plan.slug, "version": plan.version });
        record(&mut tx, by, None, "plan.offered", &format!("{product_name}, {}", plan.name), detail, now).await?;
        tx.announce(Change::Product(product.to_owned()));
        tx.commit().await?;
        Ok(Some(plan))
    }

    /// Takes a plan off the offer; subscriptions keep it. False where it is not on offer.
    ///
    /// # Errors
    /// What the database said, or [`Error::Corrupt`].
    pub async fn archive_plan(&self, id: Uuid, by: &By, now: DateTime<Utc>) -> Result<bool> {
        const SQL: &str = "update plans set status = 'archived' where id = $1 and status = 'offered' returning *";
        let mut tx = self.begin_write().await?;
        let row: Option<PlanRow> = on_tx!(tx, |conn| sqlx::query_as(SQL).bind(id).fetch_optional(conn).await?);
        let Some(plan) = row.map(Plan::try_from).transpose()? else { return Ok(false) };
        let product_name = product_name(&mut tx, &plan.product_id).await?.unwrap_or_default();
        let detail = json!({ "product": plan.product_id, "plan": plan.slug, "version": plan.version });
        record(&mut tx, by, None, "plan.archived", &format!("{product_name}, {}", plan.name), detail, now).await?;
        tx.announce(Change::Product(plan.product_id));
        tx.commit().await?;
        Ok(true)
    }
}

fn plan_of(product: &str, terms: PlanTerms, version: i64, now: DateTime<Utc>) -> Plan {
    Plan {
        id: id_at(now),
        product_id: product.to_owned(),
        slug: terms.slug,
        name: terms.name,
        currency: terms.currency,
        price_minor: terms.price_minor,
        included: terms.included,
        beyond: terms.beyond,
        rate_per_second: terms.rate_per_second,
        status: PlanStatus::Offered,
        version,
    }
}

async fn newest_version(tx: &mut Tx, product: &str, slug: &str) -> Result<Option<Plan>> {
    const SQL: &str = "select * from plans where product_id = $1 and slug = $2 order by version desc limit 1";
    let row: Option<PlanRow> = on_tx!(tx, |conn| sqlx::query_as(SQL).bind(product).bind(slug).fetch_optional(conn).await?);
    row.map(Plan::try_from).transpose()
}

/// The plan with this id, read by the transaction that depends on it.
pub(crate) async fn plan_in(tx: &mut Tx, id: Uuid) -> Result<Option<Plan>> {
    let row: Option<PlanRow> = on_tx!(tx, |conn| sqlx::query_as("select * from plans where id = $1").bind(id).fetch_optional(conn).await?);
    row.map(Plan::try_from).transpose()
}

async fn archive_versions(tx: &mut Tx, product: &str, slug: &str) -> Result<()> {
    const SQL: &str = "update plans set status = 'archived' where product_id = $1 and slug = $2 and status = 'offered'";
    on_tx!(tx, |conn| sqlx::query(SQL).bind(product).bind(slug).execute(conn).await?.rows_affected());
    Ok(())
}

async fn insert(tx: &mut Tx, plan: &Plan, now: DateTime<Utc>) -> Result<()> {
    const SQL: &str = "insert into plans (id, product_id, slug, name, currency, price_minor, included, overage_per_1000, \
         rate_per_second, status, version, created_at) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)";
    let overage = match &plan.beyond {
        Beyond::Stop => None,
        Beyond::Overage(per_1000) => Some(per_1000.to_string()),
    };
    on_tx!(tx, |conn| sqlx::query(SQL)
        .bind(plan.id)
        .bind(&plan.product_id)
        .bind(&plan.slug)
        .bind(&plan.name)
        .bind(plan.currency.as_str())
        .bind(plan.price_minor)
        .bind(plan.included)
        .bind(&overage)
        .bind(plan.rate_per_second)
        .bind(plan.status.as_str())
        .bind(plan.version)
        .bind(cut(now))
        .execute(conn)
        .await?
        .rows_affected());
    Ok(())
}
