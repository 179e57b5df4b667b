//! Products with the figures of the admin's list.

use crate::db::on_pool;
use crate::levels::Span;
use crate::sums::Wanted;
use crate::usage::{CountsRow, counts};
use crate::{Result, Store};
use chrono::{DateTime, TimeDelta, Utc};
use domain::key::Environment;
use domain::money::Currency;
use domain::period::Period;
use domain::product::Product;
use domain::usage::{Counts, UsageFilter};
use sqlx::FromRow;
use std::collections::HashMap;

/// Calls of the list are those of this many days.
const DAYS: i64 = 30;

/// A product as the admin's list shows it.
#[derive(Debug, Clone, PartialEq)]
pub struct ProductRow {
    pub product: Product,
    /// Partners with a current subscription.
    pub partners: i64,
    /// Live calls answered in the last 30 days.
    pub calls: i64,
    /// Of these, upstream errors.
    pub errors: i64,
    /// Revenue of the running period so far, in minor units of USD.
    pub revenue_minor: i64,
}

#[derive(FromRow)]
struct Called {
    product_id: String,
    #[sqlx(flatten)]
    counts: CountsRow,
}

#[derive(FromRow)]
struct Subscribed {
    product_id: String,
    partners: i64,
}

impl Store {
    /// Every product with its figures, in the order of the catalogue.
    ///
    /// # Errors
    /// What the database said, or [`crate::Error::Corrupt`].
    pub async fn product_rows(&self, now: DateTime<Utc>) -> Result<Vec<ProductRow>> {
        let (called, subscribed, revenue) = (self.called(now).await?, self.subscribed().await?, self.running_revenue(now).await?);
        let row = |product: Product| {
            let counts = called.get(&product.id).copied().unwrap_or_default();
            let figure = |figures: &HashMap<String, i64>| figures.get(&product.id).copied().unwrap_or_default();
            ProductRow {
                partners: figure(&subscribed),
                calls: counts.answered(),
                errors: counts.error,
                revenue_minor: figure(&revenue),
                product,
            }
        };
        Ok(self.products().await?.into_iter().map(row).collect())
    }

    async fn called(&self, now: DateTime<Utc>) -> Result<HashMap<String, Counts>> {
        // Other gateways' clocks may be a little ahead.
        let (from, to) = (now - TimeDelta::days(DAYS), now + TimeDelta::hours(1));
        let filter = UsageFilter { partner_id: None, environment: Environment::Live, product_id: None, from, to };
        let rows: Vec<Called> =
            self.counted(concat!("product_id, ", counts!()), Wanted::of(&filter, Span::Month), "group by product_id").await?;
        Ok(rows.into_iter().map(|row| (row.product_id, row.counts.into())).collect())
    }

    async fn subscribed(&self) -> Result<HashMap<String, i64>> {
        const SQL: &str = "select product_id, count(*) as partners from subscriptions where status <> 'cancelled' group by product_id";
        let rows: Vec<Subscribed> = on_pool!(&self.db, |pool| sqlx::query_as(SQL).fetch_all(pool).await?);
        Ok(rows.into_iter().map(|row| (row.product_id, row.partners)).collect())
    }

    async fn running_revenue(&self, now: DateTime<Utc>) -> Result<HashMap<String, i64>> {
        let mut revenue = HashMap::new();
        for charge in self.charges(None, Period::month_of(now)).await? {
            if charge.plan.currency == Currency::Usd {
                *revenue.entry(charge.plan.product_id.clone()).or_default() += charge.amount();
            }
        }
        Ok(revenue)
    }
}
