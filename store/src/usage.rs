//! Sums of usage for pages, quotas and bills.

use crate::db::{cut, on_pool};
use crate::meter::hour_of;
use crate::{Result, Store};
use chrono::{DateTime, Utc};
use domain::key::Environment;
use domain::period::Period;
use domain::subscription::Subscription;
use domain::usage::{Counts, UsageFilter};
use sqlx::FromRow;
use sqlx::postgres::PgRow;
use sqlx::sqlite::SqliteRow;
use uuid::Uuid;

/// A subscription with the calls of the running period.
#[derive(Debug, Clone, PartialEq)]
pub struct QuotaRow {
    pub subscription: Subscription,
    pub used: i64,
}

/// The columns of [`CountsRow`], over any group of `usage_hourly`.
macro_rules! counts {
    () => {
        "cast(coalesce(sum(case when outcome = 'success' then calls else 0 end), 0) as bigint) as success, \
         cast(coalesce(sum(case when outcome = 'success' and status_class = 4 then calls else 0 end), 0) as bigint) as client_errors, \
         cast(coalesce(sum(case when outcome = 'error' then calls else 0 end), 0) as bigint) as error, \
         cast(coalesce(sum(case when outcome = 'refused' then calls else 0 end), 0) as bigint) as refused"
    };
}
/// A query over a [`UsageFilter`] in two texts: of one partner, so that the primary key serves, and of all of them.
macro_rules! filtered {
    ($columns:expr, $table:literal, $tail:literal) => {
        [
            concat!("select ", $columns, " from ", $table, " where partner_id = $5 and ", filtered!(), " ", $tail),
            concat!("select ", $columns, " from ", $table, " where $5 is null and ", filtered!(), " ", $tail),
        ]
    };
    () => {
        "environment = $1 and hour >= $2 and hour < $3 and ($4 is null or product_id = $4)"
    };
}

pub(crate) use {counts, filtered};

/// Counts as a query gives them.
#[derive(FromRow, Clone, Copy)]
pub(crate) struct CountsRow {
    success: i64,
    client_errors: i64,
    error: i64,
    refused: i64,
}

impl From<CountsRow> for Counts {
    fn from(row: CountsRow) -> Self {
        Self { success: row.success, client_errors: row.client_errors, error: row.error, refused: row.refused }
    }
}

#[derive(FromRow)]
struct OperationCounts {
    operation: String,
    #[sqlx(flatten)]
    counts: CountsRow,
}

#[derive(FromRow)]
struct KeyCounts {
    key_id: Uuid,
    #[sqlx(flatten)]
    counts: CountsRow,
}

#[derive(FromRow)]
struct PartnerCounts {
    partner_id: Uuid,
    #[sqlx(flatten)]
    counts: CountsRow,
}

impl Store {
    /// Live calls of a partner on a product that count towards quota and bill, in a period.
    pub async fn billable_calls(&self, partner: Uuid, product: &str, period: Period) -> Result<i64> {
        const SQL: &str = "select cast(coalesce(sum(calls), 0) as bigint) from usage_hourly where partner_id = $1 \
             and environment = 'live' and hour >= $2 and hour < $3 and product_id = $4 and source in ('gateway', 'external') and outcome = 'success'";
        Ok(on_pool!(&self.db, |pool| {
            sqlx::query_scalar(SQL).bind(partner).bind(period.start).bind(period.end).bind(product).fetch_one(pool).await?
        }))
    }

    /// Every current subscription with its calls of the running period.
    pub async fn quotas(&self, partner: Uuid, now: DateTime<Utc>) -> Result<Vec<QuotaRow>> {
        let period = Period::month_of(now);
        let mut rows = Vec::new();
        for subscription in self.subscriptions(partner).await? {
            let used = self.billable_calls(partner, &subscription.product_id, period).await?;
            rows.push(QuotaRow { subscription, used });
        }
        Ok(rows)
    }

    /// Everything ever counted for a key.
    pub async fn key_counts(&self, key: Uuid) -> Result<Counts> {
        const SQL: &str = concat!("select ", counts!(), " from usage_hourly where key_id = $1");
        let row: CountsRow = on_pool!(&self.db, |pool| sqlx::query_as(SQL).bind(key).fetch_one(pool).await?);
        Ok(row.into())
    }

    /// Whether the partner ever made a call in this environment.
    pub async fn has_called(&self, partner: Uuid, environment: Environment) -> Result<bool> {
        const SQL: &str = "select exists (select 1 from usage_hourly where partner_id = $1 and environment = $2)";
        Ok(on_pool!(&self.db, |pool| sqlx::query_scalar(SQL).bind(partner).bind(environment.as_str()).fetch_one(pool).await?))
    }

    /// (operation id, counts) of one product, most called first. Calls that matched no operation stand under the empty id.
    pub async fn by_operation(&self, filter: &UsageFilter) -> Result<Vec<(String, Counts)>> {
        const SQL: [&str; 2] =
            filtered!(concat!("operation, ", counts!()), "usage_hourly", "group by operation order by sum(calls) desc, operation");
        let rows: Vec<OperationCounts> = self.fetch_filtered(SQL, filter).await?;
        Ok(rows.into_iter().map(|row| (row.operation, row.counts.into())).collect())
    }

    /// (key id, counts), most called first.
    pub async fn by_key(&self, filter: &UsageFilter) -> Result<Vec<(Uuid, Counts)>> {
        const SQL: [&str; 2] =
            filtered!(concat!("key_id, ", counts!()), "usage_hourly", "group by key_id order by sum(calls) desc, key_id");
        let rows: Vec<KeyCounts> = self.fetch_filtered(SQL, filter).await?;
        Ok(rows.into_iter().map(|row| (row.key_id, row.counts.into())).collect())
    }

    /// Counts over every partner, for admins: (partner, counts) of live calls, most called first.
    pub async fn by_partner(&self, from: DateTime<Utc>, to: DateTime<Utc>) -> Result<Vec<(Uuid, Counts)>> {
        const SQL: &str = concat!(
            "select partner_id, ",
            counts!(),
            " from usage_hourly where environment = 'live' and hour >= $1 \
             and hour < $2 group by partner_id order by sum(calls) desc, partner_id"
        );
        let rows: Vec<PartnerCounts> =
            on_pool!(&self.db, |pool| sqlx::query_as(SQL).bind(hour_of(from)).bind(cut(to)).fetch_all(pool).await?);
        Ok(rows.into_iter().map(|row| (row.partner_id, row.counts.into())).collect())
    }

    /// Runs whichever text of [`filtered!`] fits. A range that begins within an hour takes the whole hour.
    pub(crate) async fn fetch_filtered<T>(&self, sql: [&'static str; 2], filter: &UsageFilter) -> Result<Vec<T>>
    where
        T: for<'r> FromRow<'r, SqliteRow> + for<'r> FromRow<'r, PgRow> + Send + Unpin,
    {
        let [of_one, of_all] = sql;
        let sql = if filter.partner_id.is_some() { of_one } else { of_all };
        Ok(on_pool!(&self.db, |pool| {
            sqlx::query_as(sql)
                .bind(filter.environment.as_str())
                .bind(hour_of(filter.from))
                .bind(cut(filter.to))
                .bind(filter.product_id.as_deref())
                .bind(filter.partner_id)
                .fetch_all(pool)
                .await?
        }))
    }
}
