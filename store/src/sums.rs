//! The one place that chooses which sums answer a question about usage: a `from` clause over every level that a range needs.
//!
//! A level holds the hours before `usage_folds.until`, so its part of a range is the level's rows and, from that moment on, the hours as
//! they were metered. The moment is read by the statement itself: whatever is folded meanwhile is counted once.

use crate::levels::{Detail, Level, Part, Span, cover};
use crate::sketches::whose_are_long;
use chrono::{DateTime, Utc};
use domain::key::Environment;
use domain::period::Period;
use domain::usage::UsageFilter;
use sqlx::{Database, Encode, QueryBuilder, Type};
use uuid::Uuid;

/// Which sums.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Table {
    Usage,
    Latency,
    /// Latencies by everything that usage is kept apart by, as texts.
    Sketches,
}

/// The sum of a column of bytes, which ends at 9 · 10^18 instead of leaving what an integer holds: one absurd size must not end a
/// statement that is about everybody.
macro_rules! bytes {
    ($column:literal) => {
        concat!("cast(case when sum(", $column, " * 1.0) > 9e18 then 9e18 else coalesce(sum(", $column, " * 1.0), 0) end as bigint)")
    };
}
pub(crate) use bytes;

/// Adds to a column of bytes, up to the same end.
macro_rules! add_bytes {
    ($table:literal, $column:literal) => {
        concat!(
            $column,
            " = case when ",
            $table,
            ".",
            $column,
            " > 9000000000000000000 - excluded.",
            $column,
            " then 9000000000000000000 else ",
            $table,
            ".",
            $column,
            " + excluded.",
            $column,
            " end"
        )
    };
}
pub(crate) use add_bytes;

/// What a question is about, and what its answer tells apart.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Wanted<'a> {
    pub(crate) environment: Environment,
    /// `None`: every partner.
    pub(crate) partner: Option<Uuid>,
    /// `None`: every product.
    pub(crate) product: Option<&'a str>,
    pub(crate) from: DateTime<Utc>,
    pub(crate) to: DateTime<Utc>,
    pub(crate) detail: Detail,
    /// The longest span that the answer may be made of: `Day` for one that has a line for each day.
    pub(crate) longest: Span,
}

impl<'a> Wanted<'a> {
    /// The calls of a filter; a partner's where it names one, else over all of them.
    pub(crate) fn of(filter: &'a UsageFilter, longest: Span) -> Self {
        Self {
            environment: filter.environment,
            partner: filter.partner_id,
            product: filter.product_id.as_deref(),
            from: filter.from,
            to: filter.to,
            detail: if filter.partner_id.is_some() { Detail::Partner } else { Detail::Product },
            longest,
        }
    }

    /// The live calls of a billing period, of one partner or of each.
    pub(crate) fn billed(partner: Option<Uuid>, period: Period) -> Self {
        let Period { start: from, end: to } = period;
        Self { environment: Environment::Live, partner, product: None, from, to, detail: Detail::Partner, longest: Span::Month }
    }
}

impl Table {
    pub(crate) fn hourly(self) -> &'static str {
        match self {
            Self::Usage | Self::Sketches => "usage_hourly",
            Self::Latency => "latency_hourly",
        }
    }

    fn coarse(self) -> &'static str {
        match self {
            Self::Usage => "usage_sums",
            Self::Latency => "latency_sums",
            Self::Sketches => "usage_latencies",
        }
    }

    /// Begins a statement that writes sums of any level.
    pub(crate) fn insert(self) -> &'static str {
        match self {
            Self::Usage => {
                "insert into usage_sums (level, environment, partner_id, start, product_id, key_id, source, operation, outcome, \
                 status_class, calls, bytes_in, bytes_out)"
            }
            Self::Latency => "insert into latency_sums (level, environment, partner_id, start, product_id, bucket, calls)",
            Self::Sketches => {
                "insert into usage_latencies (partner_id, environment, start, product_id, key_id, source, operation, outcome, \
                 status_class, level, latencies)"
            }
        }
    }

    /// Ends it: what is there already is added to; of texts it returns whose became long.
    pub(crate) fn or_add(self) -> &'static str {
        match self {
            Self::Usage => {
                concat!(
                    " on conflict (level, environment, partner_id, start, product_id, key_id, source, operation, outcome, status_class) \
                     do update set calls = usage_sums.calls + excluded.calls, ",
                    add_bytes!("usage_sums", "bytes_in"),
                    ", ",
                    add_bytes!("usage_sums", "bytes_out")
                )
            }
            Self::Latency => {
                " on conflict (level, environment, partner_id, start, product_id, bucket) \
                 do update set calls = latency_sums.calls + excluded.calls"
            }
            Self::Sketches => concat!(
                " on conflict (level, environment, partner_id, start, product_id, key_id, source, operation, outcome, status_class) \
                 do update set latencies = usage_latencies.latencies || excluded.latencies ",
                whose_are_long!()
            ),
        }
    }

    fn columns(self) -> &'static str {
        match self {
            Self::Usage => "partner_id, product_id, key_id, source, operation, outcome, status_class, calls, bytes_in, bytes_out",
            Self::Latency => "partner_id, product_id, bucket, calls",
            Self::Sketches => "partner_id, product_id, key_id, source, operation, status_class, latencies",
        }
    }
}

/// Pushes ` from (…) sums `, with the columns of the hourly table; `hour` is the start of the hour, day or month.
pub(crate) fn push_sums<'a, DB>(query: &mut QueryBuilder<DB>, table: Table, wanted: Wanted<'a>)
where
    DB: Database,
    Uuid: Encode<'a, DB> + Type<DB>,
    DateTime<Utc>: Encode<'a, DB> + Type<DB>,
    &'a str: Encode<'a, DB> + Type<DB>,
{
    let parts = cover(wanted.detail, wanted.longest, wanted.from, wanted.to);
    let folded: Vec<_> = parts.iter().filter(|part| part.level.is_some()).collect();
    query.push(" from (");
    if let (Some(first), Some(last)) = (folded.first(), folded.last()) {
        let unfolded = Part { level: None, from: first.from, to: last.to };
        push_hours(query, table, wanted, unfolded, true);
        query.push(" union all ");
    }
    for (place, part) in parts.iter().enumerate() {
        if place > 0 {
            query.push(" union all ");
        }
        match part.level {
            Some(level) => push_level(query, table, wanted, *part, level),
            None => push_hours(query, table, wanted, *part, false),
        }
    }
    if parts.is_empty() {
        // An empty range is a question too.
        push_hours(query, table, wanted, Part { level: None, from: wanted.to, to: wanted.to }, false);
    }
    query.push(") sums ");
}

fn push_level<'a, DB>(query: &mut QueryBuilder<DB>, table: Table, wanted: Wanted<'a>, part: Part, level: Level)
where
    DB: Database,
    Uuid: Encode<'a, DB> + Type<DB>,
    DateTime<Utc>: Encode<'a, DB> + Type<DB>,
    &'a str: Encode<'a, DB> + Type<DB>,
{
    query.push(format!("select start as hour, {} from {} where level = '{}'", table.columns(), table.coarse(), level.as_str()));
    query.push(" and environment = ").push_bind(wanted.environment.as_str());
    query.push(" and start >= ").push_bind(part.from).push(" and start < ").push_bind(part.to);
    let partner = if level.detail.keeps_partners() { wanted.partner } else { Some(Uuid::nil()) };
    push_whose(query, partner, wanted.product);
}

/// The hours as they were metered; `unfolded` leaves out those that the levels have.
fn push_hours<'a, DB>(query: &mut QueryBuilder<DB>, table: Table, wanted: Wanted<'a>, part: Part, unfolded: bool)
where
    DB: Database,
    Uuid: Encode<'a, DB> + Type<DB>,
    DateTime<Utc>: Encode<'a, DB> + Type<DB>,
    &'a str: Encode<'a, DB> + Type<DB>,
{
    query.push(format!("select hour, {} from {}", table.columns(), table.hourly()));
    query.push(" where environment = ").push_bind(wanted.environment.as_str()).push(" and hour >= ");
    if unfolded {
        query.push("coalesce((select case when until > ").push_bind(part.from).push(" then until else ").push_bind(part.from);
        query.push(" end from usage_folds), ").push_bind(part.from).push(")");
    } else {
        query.push_bind(part.from);
    }
    query.push(" and hour < ").push_bind(part.to);
    push_whose(query, wanted.partner, wanted.product);
}

fn push_whose<'a, DB>(query: &mut QueryBuilder<DB>, partner: Option<Uuid>, product: Option<&'a str>)
where
    DB: Database,
    Uuid: Encode<'a, DB> + Type<DB>,
    &'a str: Encode<'a, DB> + Type<DB>,
{
    if let Some(partner) = partner {
        query.push(" and partner_id = ").push_bind(partner);
    }
    if let Some(product) = product {
        query.push(" and product_id = ").push_bind(product);
    }
}
