//! Usage for machines: sums over any groups, each with its latencies.

use crate::db::on_pool;
use crate::levels::{Detail, Span};
use crate::sums::{Table, Wanted, bytes, push_sums};
use crate::usage::{CountsRow, counts};
use crate::{Error, Result, Store};
use chrono::{DateTime, Utc};
use domain::key::Scope;
use domain::latency::{Sketch, percentile};
use domain::report::{Group, ReportFilter, ReportRow};
use domain::usage::Latency;
use futures::TryStreamExt;
use sqlx::{Database, Encode, FromRow, QueryBuilder, Type};
use std::collections::HashMap;
use uuid::Uuid;

/// Every group as a column; one that is not asked for is null.
#[derive(FromRow, Clone, PartialEq, Eq, Hash)]
struct GroupsRow {
    day: Option<String>,
    hour: Option<DateTime<Utc>>,
    product: Option<String>,
    key: Option<Uuid>,
    operation: Option<String>,
    status: Option<i64>,
    source: Option<String>,
    partner: Option<Uuid>,
}

#[derive(FromRow)]
struct SumsRow {
    #[sqlx(flatten)]
    groups: GroupsRow,
    #[sqlx(flatten)]
    counts: CountsRow,
    bytes_in: i64,
    bytes_out: i64,
}

#[derive(FromRow)]
struct BucketRow {
    #[sqlx(flatten)]
    groups: GroupsRow,
    bucket: i64,
    calls: i64,
}

#[derive(FromRow)]
struct SketchRow {
    #[sqlx(flatten)]
    groups: GroupsRow,
    latencies: String,
}

/// What a group is in the tables.
fn expression(group: Group) -> &'static str {
    match group {
        Group::Day => "substr(cast(hour as text), 1, 10)",
        Group::Hour => "hour",
        Group::Product => "product_id",
        Group::Key => "key_id",
        Group::Operation => "operation",
        Group::Status => "status_class",
        Group::Source => "source",
        Group::Partner => "partner_id",
    }
}

/// The columns of [`GroupsRow`].
fn columns(groups: &[Group]) -> String {
    let column = |group: Group| {
        let value = if groups.contains(&group) { expression(group) } else { "null" };
        format!("{value} as {}", group.as_str())
    };
    Group::ALL.map(column).join(", ")
}

/// `group by` and `order by` over the same list.
fn grouped(groups: &[Group], more: &[&'static str]) -> String {
    let list: Vec<_> = groups.iter().copied().map(expression).chain(more.iter().copied()).collect();
    let list = list.join(", ");
    if list.is_empty() { String::new() } else { format!(" group by {list} order by {list}") }
}

/// Which sums hold the lines of a report; a range that begins within an hour takes the whole hour.
fn wanted(filter: &ReportFilter) -> Wanted<'_> {
    let groups = |some: &[Group]| filter.groups.iter().any(|group| some.contains(group));
    Wanted {
        environment: filter.environment,
        partner: filter.partner_id,
        product: filter.product_id.as_deref(),
        from: filter.from,
        to: filter.to,
        detail: match (groups(&[Group::Key]), groups(&[Group::Operation])) {
            (true, true) => Detail::Line,
            (true, false) => Detail::Key,
            (false, true) => Detail::Operation,
            (false, false) if filter.partner_id.is_some() || groups(&[Group::Partner]) => Detail::Partner,
            (false, false) => Detail::Product,
        },
        longest: match () {
            () if groups(&[Group::Hour]) => Span::Hour,
            () if groups(&[Group::Day]) => Span::Day,
            () => Span::Month,
        },
    }
}

/// Whether the table of buckets answers, which has latencies by these alone, summed up beforehand.
fn in_buckets(groups: &[Group]) -> bool {
    groups.iter().all(|group| matches!(group, Group::Day | Group::Hour | Group::Product | Group::Partner))
}

/// As [`wanted`], for the table of buckets, which is also kept over all products.
fn wanted_latency(filter: &ReportFilter) -> Wanted<'_> {
    let wanted = wanted(filter);
    let whole = wanted.product.is_none() && filter.scope == Scope::All && !filter.groups.contains(&Group::Product);
    if whole && wanted.detail == Detail::Product { Wanted { detail: Detail::Portal, ..wanted } } else { wanted }
}

fn push_scope<'a, DB>(query: &mut QueryBuilder<DB>, scope: &'a Scope)
where
    DB: Database,
    &'a str: Encode<'a, DB> + Type<DB>,
{
    if let Scope::Only(products) = scope {
        query.push("where product_id in (");
        let mut list = query.separated(", ");
        // Nothing at all is a list too.
        list.push("null");
        for product in products {
            list.push_bind(product.as_str());
        }
        query.push(")");
    }
}

impl Store {
    /// The lines of a report in the order of their groups, at most `limit`.
    ///
    /// # Errors
    /// What the database said.
    pub async fn usage_report(&self, filter: &ReportFilter, limit: usize) -> Result<Vec<ReportRow>> {
        let rows = self.sums(filter, limit).await?;
        let latencies = if in_buckets(&filter.groups) { self.bucketed(filter).await? } else { self.sketched(filter, &rows).await? };
        Ok(rows.into_iter().map(|row| report_row(row, &latencies)).collect())
    }

    async fn sums(&self, filter: &ReportFilter, limit: usize) -> Result<Vec<SumsRow>> {
        const SUMS: &str = concat!(counts!(), ", ", bytes!("bytes_in"), " as bytes_in, ", bytes!("bytes_out"), " as bytes_out");
        Ok(on_pool!(&self.db, |pool| {
            let mut query = QueryBuilder::new(format!("select {}, {SUMS}", columns(&filter.groups)));
            push_sums(&mut query, Table::Usage, wanted(filter));
            push_scope(&mut query, &filter.scope);
            query.push(grouped(&filter.groups, &[])).push(" limit ").push_bind(i64::try_from(limit).unwrap_or(i64::MAX));
            query.build_query_as().fetch_all(pool).await?
        }))
    }

    async fn bucketed(&self, filter: &ReportFilter) -> Result<HashMap<GroupsRow, Latency>> {
        let rows: Vec<BucketRow> = on_pool!(&self.db, |pool| {
            let columns = columns(&filter.groups);
            let mut query = QueryBuilder::new(format!("select {columns}, bucket, cast(sum(calls) as bigint) as calls"));
            push_sums(&mut query, Table::Latency, wanted_latency(filter));
            push_scope(&mut query, &filter.scope);
            query.push(grouped(&filter.groups, &["bucket"])).build_query_as().fetch_all(pool).await?
        });
        let mut sketches: HashMap<GroupsRow, Vec<(i64, i64)>> = HashMap::new();
        for row in rows {
            sketches.entry(row.groups).or_default().push((row.bucket, row.calls));
        }
        Ok(sketches.into_iter().filter_map(|(groups, buckets)| Some((groups, percentiles(&buckets)?))).collect())
    }

    /// The latencies of these lines. Their texts are merged as they come: there may be far more of them than lines.
    async fn sketched(&self, filter: &ReportFilter, lines: &[SumsRow]) -> Result<HashMap<GroupsRow, Latency>> {
        let mut sketches: HashMap<_, _> = lines.iter().map(|line| (line.groups.clone(), Sketch::default())).collect();
        on_pool!(&self.db, |pool| {
            let mut query = QueryBuilder::new(format!("select {}, latencies", columns(&filter.groups)));
            push_sums(&mut query, Table::Sketches, wanted(filter));
            push_scope(&mut query, &filter.scope);
            let mut rows = query.build_query_as().fetch(pool);
            while let Some(SketchRow { groups, latencies }) = rows.try_next().await? {
                let sketch = sketches.get_mut(&groups).map_or(Some(()), |sketch| sketch.read(&latencies));
                sketch.ok_or_else(|| Error::corrupt("usage_hourly", "latencies", latencies))?;
            }
        });
        Ok(sketches.into_iter().filter_map(|(groups, sketch)| Some((groups, percentiles(sketch.buckets())?))).collect())
    }
}

/// p50, p95 and p99 of (bucket, calls) in ascending order; `None` without calls.
pub(crate) fn percentiles(buckets: &[(i64, i64)]) -> Option<Latency> {
    let ms = |p| percentile(buckets, p).map(|micros| micros / 1_000.0);
    Some(Latency { p50_ms: ms(0.5)?, p95_ms: ms(0.95)?, p99_ms: ms(0.99)? })
}

fn report_row(row: SumsRow, latencies: &HashMap<GroupsRow, Latency>) -> ReportRow {
    let latency = latencies.get(&row.groups).copied();
    let GroupsRow { day, hour, product, key, operation, status, source, partner } = row.groups;
    let (counts, bytes_in, bytes_out) = (row.counts.into(), row.bytes_in, row.bytes_out);
    ReportRow { day, hour, product, key, operation, status, source, partner, counts, bytes_in, bytes_out, latency }
}
