//! What the dashboard shows for a range: days, hours, products and latency.

use crate::levels::{Detail, Span};
use crate::meter::hour_of;
use crate::reports::percentiles;
use crate::sums::{Table, Wanted};
use crate::usage::{CountsRow, counts};
use crate::{Error, Result, Store};
use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use domain::usage::{Counts, Day, Latency, Overview, UsageFilter};
use sqlx::FromRow;
use std::collections::BTreeMap;

/// Ranges of up to this many days are shown by hour as well.
const DAYS_BY_HOUR: i64 = 2;

#[derive(FromRow)]
struct DayRow {
    day: String,
    product_id: String,
    #[sqlx(flatten)]
    counts: CountsRow,
}

#[derive(FromRow)]
struct HourRow {
    hour: DateTime<Utc>,
    #[sqlx(flatten)]
    counts: CountsRow,
}

#[derive(FromRow)]
struct BucketRow {
    bucket: i64,
    calls: i64,
}

impl Store {
    /// Sums of a range; one that begins within an hour takes the whole hour.
    ///
    /// # Errors
    /// What the database said, or [`Error::Corrupt`].
    pub async fn overview(&self, filter: &UsageFilter) -> Result<Overview> {
        let rows = self.days(filter).await?;
        let mut days: BTreeMap<NaiveDate, Counts> = dates(filter).map(|date| (date, Counts::default())).collect();
        let mut products: BTreeMap<String, Counts> = BTreeMap::new();
        let mut counts = Counts::default();
        for row in rows {
            let date = row.day.parse().map_err(|_| Error::corrupt("usage_hourly", "hour", &row.day))?;
            let more = row.counts.into();
            add(days.entry(date).or_default(), more);
            add(products.entry(row.product_id).or_default(), more);
            add(&mut counts, more);
        }
        Ok(Overview {
            counts,
            before: self.sum(&before(filter)).await?,
            days: days.into_iter().map(|(date, counts)| Day { date, counts }).collect(),
            hours: if filter.to - filter.from <= TimeDelta::days(DAYS_BY_HOUR) { self.hours(filter).await? } else { Vec::new() },
            by_product: most_called_first(products),
            latency: self.latency(filter).await?,
        })
    }

    /// The first ten characters of an hour are its date in UTC on both databases: SQLite keeps RFC 3339, and sqlx sets the
    /// time zone of a PostgreSQL session to UTC.
    async fn days(&self, filter: &UsageFilter) -> Result<Vec<DayRow>> {
        const COLUMNS: &str = concat!("substr(cast(hour as text), 1, 10) as day, product_id, ", counts!());
        self.counted(COLUMNS, Wanted::of(filter, Span::Day), "group by substr(cast(hour as text), 1, 10), product_id").await
    }

    async fn sum(&self, filter: &UsageFilter) -> Result<Counts> {
        let rows: Vec<CountsRow> = self.counted(counts!(), Wanted::of(filter, Span::Month), "").await?;
        Ok(rows.into_iter().next().map(Counts::from).unwrap_or_default())
    }

    /// Every hour of the range, also those without calls.
    async fn hours(&self, filter: &UsageFilter) -> Result<Vec<(DateTime<Utc>, Counts)>> {
        let every = std::iter::successors(Some(hour_of(filter.from)), |hour| Some(*hour + TimeDelta::hours(1)));
        let mut hours: BTreeMap<_, _> = every.take_while(|hour| *hour < filter.to).map(|hour| (hour, Counts::default())).collect();
        let rows: Vec<HourRow> = self.counted(concat!("hour, ", counts!()), Wanted::of(filter, Span::Hour), "group by hour").await?;
        hours.extend(rows.into_iter().map(|row| (row.hour, row.counts.into())));
        Ok(hours.into_iter().collect())
    }

    async fn latency(&self, filter: &UsageFilter) -> Result<Option<Latency>> {
        const COLUMNS: &str = "bucket, cast(coalesce(sum(calls), 0) as bigint) as calls";
        let whole = filter.partner_id.is_none() && filter.product_id.is_none();
        let wanted = Wanted::of(filter, Span::Month);
        let wanted = if whole { Wanted { detail: Detail::Portal, ..wanted } } else { wanted };
        let rows: Vec<BucketRow> = self.summed(Table::Latency, COLUMNS, wanted, "group by bucket order by bucket").await?;
        let buckets: Vec<_> = rows.into_iter().map(|row| (row.bucket, row.calls)).collect();
        Ok(percentiles(&buckets))
    }
}

/// The dates of a range, the first and the last included.
fn dates(filter: &UsageFilter) -> impl Iterator<Item = NaiveDate> {
    let last = (filter.to - TimeDelta::microseconds(1)).date_naive();
    filter.from.date_naive().iter_days().take_while(move |date| *date <= last)
}

/// The span of the same length that ends where the range begins.
fn before(filter: &UsageFilter) -> UsageFilter {
    let from = hour_of(filter.from);
    UsageFilter { from: from - (filter.to - filter.from), to: from, ..filter.clone() }
}

fn most_called_first(products: BTreeMap<String, Counts>) -> Vec<(String, Counts)> {
    let mut products: Vec<_> = products.into_iter().collect();
    products.sort_by_key(|(_, counts)| std::cmp::Reverse(counts.answered() + counts.refused));
    products
}

fn add(sum: &mut Counts, more: Counts) {
    sum.success += more.success;
    sum.client_errors += more.client_errors;
    sum.error += more.error;
    sum.refused += more.refused;
}
