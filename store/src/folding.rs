//! Folding: each hour of usage, soon after its end, is added to the coarser sums, once.

use crate::db::{Open, Tx, on_pool, on_tx};
use crate::levels::{Level, Span};
use crate::meter::hour_of;
use crate::sums::{Table, bytes};
use crate::{Result, Store, sketches};
use chrono::{DateTime, TimeDelta, Utc};
use sqlx::{Database, Encode, QueryBuilder, Type};
use uuid::Uuid;

/// An hour is folded this long after its end; calls that are metered later yet go to its sums as they come.
const LAG: TimeDelta = TimeDelta::minutes(5);
/// The longest step, in hours, so that a portal with a long past lets the meter write in between.
const STEP: i64 = 6;

impl Store {
    /// Folds every hour that ended, oldest first, and returns how many steps that took. Killed at any line it goes on where it was.
    ///
    /// # Errors
    /// What the database said: the steps before are done.
    pub async fn fold_usage(&self, now: DateTime<Utc>) -> Result<usize> {
        let limit = hour_of(now - LAG);
        let mut steps = 0;
        while self.next_unfolded(limit).await?.is_some() {
            self.fold_step(limit).await?;
            steps += 1;
        }
        Ok(steps)
    }

    /// The first hour with usage that is not folded.
    async fn next_unfolded(&self, limit: DateTime<Utc>) -> Result<Option<DateTime<Utc>>> {
        Ok(on_pool!(&self.db, |pool| sqlx::query_scalar(NEXT).bind(limit).fetch_one(pool).await?))
    }

    async fn fold_step(&self, limit: DateTime<Utc>) -> Result<()> {
        let mut tx = self.begin_fold().await?;
        // Another node may have been faster.
        let from: Option<DateTime<Utc>> = on_tx!(tx, |conn| sqlx::query_scalar(NEXT).bind(limit).fetch_one(conn).await?);
        let Some(from) = from else { return Ok(()) };
        // A step lies within one day, so that a day and a month have one start.
        let to = limit.min(Span::Day.start(from) + TimeDelta::days(1)).min(from + TimeDelta::hours(STEP));
        for level in Level::OF_USAGE {
            on_tx!(tx, |conn| fold(Table::Usage, push_usage, level, from, to).build().execute(conn).await?.rows_affected());
        }
        for level in Level::OF_LATENCY {
            on_tx!(tx, |conn| fold(Table::Latency, push_latency, level, from, to).build().execute(conn).await?.rows_affected());
        }
        sketches::fold(&mut tx, from, to).await?;
        set_folded(&mut tx, to).await?;
        tx.commit().await?;
        tracing::debug!(%from, %to, "usage was folded");
        Ok(())
    }

    /// Waits for everybody who is writing usage, and lets nobody begin before the end.
    async fn begin_fold(&self) -> Result<Tx> {
        const LOCK: &str = "lock table usage_hourly in share row exclusive mode";
        let mut tx = self.begin_write().await?;
        if let Open::Postgres(open) = &mut tx.open {
            sqlx::query(LOCK).execute(&mut **open).await?;
        }
        Ok(tx)
    }
}

const NEXT: &str = "select min(hour) from usage_hourly where hour < $1 and hour >= coalesce((select until from usage_folds), \
     (select min(hour) from usage_hourly))";

/// Hours before this moment are folded. A transaction that asks has to have written its hours before: then it waited for a fold under way.
pub(crate) async fn folded_until(tx: &mut Tx) -> Result<Option<DateTime<Utc>>> {
    const SQL: &str = "select until from usage_folds";
    Ok(on_tx!(tx, |conn| sqlx::query_scalar(SQL).fetch_optional(conn).await?))
}

async fn set_folded(tx: &mut Tx, until: DateTime<Utc>) -> Result<()> {
    const SET: [&str; 2] = ["delete from usage_folds where until <> $1", "insert into usage_folds (until) values ($1)"];
    for sql in SET {
        on_tx!(tx, |conn| sqlx::query(sql).bind(until).execute(conn).await?.rows_affected());
    }
    Ok(())
}

/// Pushes the columns behind the start, and the groups that they make.
type Push<DB> = fn(&mut QueryBuilder<DB>, &mut Vec<&'static str>, Level);

/// The statement that adds the hours from one moment to another, within one day, to a level.
fn fold<DB>(table: Table, push: Push<DB>, level: Level, from: DateTime<Utc>, to: DateTime<Utc>) -> QueryBuilder<DB>
where
    DB: Database,
    for<'q> Uuid: Encode<'q, DB> + Type<DB>,
    for<'q> DateTime<Utc>: Encode<'q, DB> + Type<DB>,
{
    let mut groups = vec!["environment"];
    let mut query = QueryBuilder::new(format!("{} select '{}', environment, ", table.insert(), level.as_str()));
    push_kept(&mut query, &mut groups, level.detail.keeps_partners(), "partner_id");
    query.push(", ");
    if level.span == Span::Hour {
        groups.push("hour");
        query.push("hour, ");
    } else {
        query.push_bind(level.span.start(from)).push(", ");
    }
    push(&mut query, &mut groups, level);
    query.push(format!(" from {} where hour >= ", table.hourly())).push_bind(from).push(" and hour < ").push_bind(to);
    query.push(format!(" group by {}{}", groups.join(", "), table.or_add()));
    query
}

fn push_usage<DB>(query: &mut QueryBuilder<DB>, groups: &mut Vec<&'static str>, level: Level)
where
    DB: Database,
    for<'q> Uuid: Encode<'q, DB> + Type<DB>,
{
    query.push("product_id, ");
    push_kept(query, groups, level.detail.keeps_keys(), "key_id");
    query.push(if level.detail.keeps_keys() { ", source, operation" } else { ", source, ''" });
    const SUMS: &str = concat!("cast(sum(calls) as bigint), ", bytes!("bytes_in"), ", ", bytes!("bytes_out"));
    query.push(", outcome, status_class, ").push(SUMS);
    groups.extend(["product_id", "source", "outcome", "status_class"]);
    if level.detail.keeps_keys() {
        groups.push("operation");
    }
}

fn push_latency<DB: Database>(query: &mut QueryBuilder<DB>, groups: &mut Vec<&'static str>, level: Level) {
    query.push(if level.detail.keeps_products() { "product_id" } else { "''" }).push(", bucket, cast(sum(calls) as bigint)");
    if level.detail.keeps_products() {
        groups.push("product_id");
    }
    groups.push("bucket");
}

/// The column where the level keeps it apart, else nobody's id.
fn push_kept<DB>(query: &mut QueryBuilder<DB>, groups: &mut Vec<&'static str>, kept: bool, column: &'static str)
where
    DB: Database,
    for<'q> Uuid: Encode<'q, DB> + Type<DB>,
{
    if kept {
        groups.push(column);
        query.push(column);
    } else {
        query.push_bind(Uuid::nil());
    }
}
