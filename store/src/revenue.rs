//! Revenue by period and product: what was invoiced, and what the running period adds up to so far.

use crate::{Result, Store};
use chrono::{DateTime, Utc};
use domain::money::Currency;
use domain::period::Period;
use std::cmp::Reverse;
use std::collections::BTreeMap;

/// Revenue of one product in one period.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RevenueRow {
    pub period: Period,
    pub product_id: String,
    pub currency: Currency,
    pub amount_minor: i64,
}

/// Amounts by (period start, product, currency's name).
type Sums = BTreeMap<(DateTime<Utc>, String, &'static str), RevenueRow>;

impl Store {
    /// Invoiced and running amounts by period and product, newest period first, then the highest amount.
    /// `periods` counts the running one.
    ///
    /// # Errors
    /// What the database said, or [`crate::Error::Corrupt`].
    pub async fn revenue(&self, periods: i64, now: DateTime<Utc>) -> Result<Vec<RevenueRow>> {
        let running = Period::month_of(now);
        let earlier = usize::try_from(periods - 1).unwrap_or(0);
        let first = std::iter::successors(Some(running), |period| Some(period.previous())).nth(earlier).unwrap_or(running);
        let mut sums = Sums::new();
        for invoice in self.invoices_since(first.start).await? {
            for line in invoice.lines {
                add(&mut sums, invoice.period, line.product_id, invoice.currency, line.amount_minor);
            }
        }
        if periods > 0 {
            for charge in self.charges(None, running).await? {
                let amount = charge.amount();
                add(&mut sums, running, charge.plan.product_id, charge.plan.currency, amount);
            }
        }
        let mut rows: Vec<_> = sums.into_values().collect();
        rows.sort_by_key(|row| Reverse((row.period.start, row.amount_minor)));
        Ok(rows)
    }
}

fn add(sums: &mut Sums, period: Period, product_id: String, currency: Currency, amount_minor: i64) {
    let key = (period.start, product_id.clone(), currency.as_str());
    let row = sums.entry(key).or_insert(RevenueRow { period, product_id, currency, amount_minor: 0 });
    row.amount_minor += amount_minor;
}
