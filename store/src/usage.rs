//! Sums of usage for pages, quotas and bills.

use crate::db::on_pool;
use crate::levels::{Detail, Span};
use crate::sums::{Table, Wanted, push_sums};
use crate::{Result, Store};
use chrono::{DateTime, Utc};
use domain::key::Environment;
use domain::period::Period;
use domain::subscription::Subscription;
use domain::usage::{Counts, UsageFilter};
use sqlx::postgres::PgRow;
use sqlx::sqlite::SqliteRow;
use sqlx::{FromRow, QueryBuilder};
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

/// Which of a partner's live calls count towards quota and bill.
macro_rules! billable {
    () => {
        "source in ('gateway', 'external') and outcome = 'success' "
    };
}

pub(crate) use {billable, counts};

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
    ///
    /// # Errors
    /// What the database said.
    pub async fn billable_calls(&self, partner: Uuid, product: &str, period: Period) -> Result<i64> {
        Ok(self.billable_and_reported(partner, product, period).await?.0)
    }

    /// Of [`Store::billable_calls`]: (all, those that other gateways reported), both of the same moment.
    ///
    /// # Errors
    /// What the database said.
    pub async fn billable_and_reported(&self, partner: Uuid, product: &str, period: Period) -> Result<(i64, i64)> {
        const SUMS: &str = "select cast(coalesce(sum(calls), 0) as bigint), \
             cast(coalesce(sum(case when source = 'external' then calls else 0 end), 0) as bigint)";
        let wanted = Wanted { product: Some(product), ..Wanted::billed(Some(partner), period) };
        Ok(on_pool!(&self.db, |pool| {
            let mut query = QueryBuilder::new(SUMS);
            push_sums(&mut query, Table::Usage, wanted);
            query.push(concat!("where ", billable!())).build_query_as().fetch_one(pool).await?
        }))
    }

    /// Every current subscription with its calls of the running period.
    ///
    /// # Errors
    /// What the database said, or [`crate::Error::Corrupt`].
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
    ///
    /// # Errors
    /// What the database said.
    pub async fn key_counts(&self, key: Uuid) -> Result<Counts> {
        const SQL: &str = concat!("select ", counts!(), " from usage_hourly where key_id = $1");
        let row: CountsRow = on_pool!(&self.db, |pool| sqlx::query_as(SQL).bind(key).fetch_one(pool).await?);
        Ok(row.into())
    }

    /// Whether the partner ever made a call in this environment.
    ///
    /// # Errors
    /// What the database said.
    pub async fn has_called(&self, partner: Uuid, environment: Environment) -> Result<bool> {
        const SQL: &str = "select exists (select 1 from usage_hourly where partner_id = $1 and environment = $2)";
        Ok(on_pool!(&self.db, |pool| sqlx::query_scalar(SQL).bind(partner).bind(environment.as_str()).fetch_one(pool).await?))
    }

    /// (operation id, counts) of one product, most called first. Calls that matched no operation stand under the empty id.
    ///
    /// # Errors
    /// What the database said.
    pub async fn by_operation(&self, filter: &UsageFilter) -> Result<Vec<(String, Counts)>> {
        let wanted = Wanted { detail: Detail::Operation, ..Wanted::of(filter, Span::Month) };
        let rows: Vec<OperationCounts> =
            self.counted(concat!("operation, ", counts!()), wanted, "group by operation order by sum(calls) desc, operation").await?;
        Ok(rows.into_iter().map(|row| (row.operation, row.counts.into())).collect())
    }

    /// (key id, counts), most called first.
    ///
    /// # Errors
    /// What the database said.
    pub async fn by_key(&self, filter: &UsageFilter) -> Result<Vec<(Uuid, Counts)>> {
        let wanted = Wanted { detail: Detail::Key, ..Wanted::of(filter, Span::Month) };
        let rows: Vec<KeyCounts> =
            self.counted(concat!("key_id, ", counts!()), wanted, "group by key_id order by sum(calls) desc, key_id").await?;
        Ok(rows.into_iter().map(|row| (row.key_id, row.counts.into())).collect())
    }

    /// Counts over every partner, for admins: (partner, counts) of live calls, most called first.
    ///
    /// # Errors
    /// What the database said.
    pub async fn by_partner(&self, from: DateTime<Utc>, to: DateTime<Utc>) -> Result<Vec<(Uuid, Counts)>> {
        let filter = UsageFilter { partner_id: None, environment: Environment::Live, product_id: None, from, to };
        let wanted = Wanted { detail: Detail::Partner, ..Wanted::of(&filter, Span::Month) };
        let rows: Vec<PartnerCounts> =
            self.counted(concat!("partner_id, ", counts!()), wanted, "group by partner_id order by sum(calls) desc, partner_id").await?;
        Ok(rows.into_iter().map(|row| (row.partner_id, row.counts.into())).collect())
    }

    /// Columns over the sums of usage that a question needs. A range that begins within an hour takes the whole hour.
    pub(crate) async fn counted<T>(&self, columns: &'static str, wanted: Wanted<'_>, tail: &'static str) -> Result<Vec<T>>
    where
        T: for<'r> FromRow<'r, SqliteRow> + for<'r> FromRow<'r, PgRow> + Send + Unpin,
    {
        self.summed(Table::Usage, columns, wanted, tail).await
    }

    /// As [`Store::counted`], over either kind of sums.
    pub(crate) async fn summed<T>(&self, table: Table, columns: &'static str, wanted: Wanted<'_>, tail: &'static str) -> Result<Vec<T>>
    where
        T: for<'r> FromRow<'r, SqliteRow> + for<'r> FromRow<'r, PgRow> + Send + Unpin,
    {
        Ok(on_pool!(&self.db, |pool| {
            let mut query = QueryBuilder::new("select ");
            query.push(columns);
            push_sums(&mut query, table, wanted);
            query.push(tail).build_query_as().fetch_all(pool).await?
        }))
    }
}
