//! Daily totals with the products in them, for charts.

use super::report::table;
use crate::problem::Problem;
use domain::report::{ReportFilter, ReportRow};
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};

/// Every day of the range, also those without calls.
#[derive(Serialize)]
pub struct Days {
    items: Vec<Day>,
}

/// One day in UTC: calls that reached the upstream.
#[derive(Serialize, Default)]
#[serde(rename_all = "camelCase")]
struct Day {
    date: String,
    total: i64,
    by_api: BTreeMap<String, i64>,
}

impl Days {
    /// The days that rows by day and product add up to.
    pub fn of(filter: &ReportFilter, rows: Vec<ReportRow>) -> Self {
        let dates = filter.from.date_naive().iter_days().take_while(|date| *date <= filter.to.date_naive());
        let mut days: BTreeMap<String, Day> =
            dates.map(|date| (date.to_string(), Day { date: date.to_string(), ..Day::default() })).collect();
        for row in rows {
            let (Some(date), Some(product)) = (row.day, row.product) else { continue };
            let calls = row.counts.answered();
            if let Some(day) = days.get_mut(&date).filter(|_| calls > 0) {
                day.total += calls;
                *day.by_api.entry(product).or_default() += calls;
            }
        }
        Self { items: days.into_values().collect() }
    }

    /// A table with a column for each product that was called.
    ///
    /// # Errors
    /// As [`table`].
    pub fn csv(&self) -> Result<Vec<u8>, Problem> {
        let products: BTreeSet<&str> = self.items.iter().flat_map(|day| day.by_api.keys()).map(String::as_str).collect();
        let names = ["date", "total"].into_iter().chain(products.iter().copied()).map(str::to_owned).collect();
        let cells = |day: &Day| {
            let calls = products.iter().map(|product| day.by_api.get(*product).copied().unwrap_or_default().to_string());
            [day.date.clone(), day.total.to_string()].into_iter().chain(calls).collect()
        };
        table(std::iter::once(names).chain(self.items.iter().map(cells)))
    }
}
