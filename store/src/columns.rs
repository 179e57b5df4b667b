//! Many rows in one statement, column by column: the one place where the two databases are given different SQL, because it pays.
//!
//! PostgreSQL takes each column as one array, whatever the number of rows. SQLite has no arrays: it gets lists of values whose
//! lengths are powers of two, so that a few statements, which stay prepared, write any number of rows.

use crate::Result;
use crate::db::{Open, Tx};
use chrono::{DateTime, Utc};
use sqlx::postgres::{PgArguments, PgRow};
use sqlx::query::Query;
use sqlx::sqlite::{SqliteArguments, SqliteRow};
use sqlx::{AssertSqlSafe, FromRow, Postgres, Sqlite};
use std::ops::Range;
use uuid::Uuid;

/// The longest list of values for SQLite: 512 rows of up to 63 columns are within its 32,766 values.
const LONGEST: usize = 512;

enum Column<'a> {
    Uuids(Vec<Uuid>),
    Times(Vec<DateTime<Utc>>),
    Texts(Vec<&'a str>),
    Numbers(Vec<i64>),
    Bytes(Vec<&'a [u8]>),
}

/// The columns, in their order; all are of one length.
#[derive(Default)]
pub(crate) struct Columns<'a>(Vec<Column<'a>>);

impl<'a> Columns<'a> {
    pub(crate) fn uuids(mut self, values: impl Iterator<Item = Uuid>) -> Self {
        self.0.push(Column::Uuids(values.collect()));
        self
    }

    pub(crate) fn times(mut self, values: impl Iterator<Item = DateTime<Utc>>) -> Self {
        self.0.push(Column::Times(values.collect()));
        self
    }

    pub(crate) fn texts(mut self, values: impl Iterator<Item = &'a str>) -> Self {
        self.0.push(Column::Texts(values.collect()));
        self
    }

    pub(crate) fn numbers(mut self, values: impl Iterator<Item = i64>) -> Self {
        self.0.push(Column::Numbers(values.collect()));
        self
    }

    pub(crate) fn bytes(mut self, values: impl Iterator<Item = &'a [u8]>) -> Self {
        self.0.push(Column::Bytes(values.collect()));
        self
    }

    /// Runs `before`, the rows, `after`: such as `insert into t (a, b) …`, or `update t … from (… ) as new where …`, which knows the
    /// columns as `column1` and so on.
    pub(crate) async fn write(&self, tx: &mut Tx, before: &str, after: &str) -> Result<()> {
        self.write_returning(tx, before, after).await.map(drop)
    }

    /// As [`Columns::write`], for a statement that returns ids.
    pub(crate) async fn write_returning(&self, tx: &mut Tx, before: &str, after: &str) -> Result<Vec<Uuid>> {
        Ok(self.returning(tx, before, after).await?.into_iter().map(|(id,)| id).collect())
    }

    /// As [`Columns::write`], for a statement that returns rows, in any order.
    pub(crate) async fn returning<T>(&self, tx: &mut Tx, before: &str, after: &str) -> Result<Vec<T>>
    where
        T: for<'r> FromRow<'r, SqliteRow> + for<'r> FromRow<'r, PgRow> + Send + Unpin,
    {
        let mut found = Vec::new();
        match &mut tx.open {
            Open::Postgres(open) if self.len() > 0 => {
                let sql = self.arrays(before, after);
                let query = self.bind_arrays(sqlx::query(AssertSqlSafe(sql)));
                found = query.try_map(|row| T::from_row(&row)).fetch_all(&mut **open).await?;
            }
            Open::Postgres(_) => {}
            Open::Sqlite(open) => {
                for rows in pieces(self.len()) {
                    let sql = self.lists(before, after, rows.len());
                    let query = self.bind_rows(sqlx::query(AssertSqlSafe(sql)), rows);
                    found.extend(query.try_map(|row| T::from_row(&row)).fetch_all(&mut **open).await?);
                }
            }
        }
        Ok(found)
    }

    fn len(&self) -> usize {
        match self.0.first() {
            Some(Column::Uuids(values)) => values.len(),
            Some(Column::Times(values)) => values.len(),
            Some(Column::Texts(values)) => values.len(),
            Some(Column::Numbers(values)) => values.len(),
            Some(Column::Bytes(values)) => values.len(),
            None => 0,
        }
    }

    fn arrays(&self, before: &str, after: &str) -> String {
        let list = |name: &str| (1..=self.0.len()).map(|place| format!("{name}{place}")).collect::<Vec<_>>().join(", ");
        format!("{before} select * from unnest({}) as rows ({}) {after}", list("$"), list("column"))
    }

    fn lists(&self, before: &str, after: &str, rows: usize) -> String {
        let row = format!("({})", vec!["?"; self.0.len()].join(","));
        format!("{before} values {} {after}", vec![row; rows].join(","))
    }

    fn bind_arrays<'q>(&'q self, query: Query<'q, Postgres, PgArguments>) -> Query<'q, Postgres, PgArguments> {
        self.0.iter().fold(query, |query, column| match column {
            Column::Uuids(values) => query.bind(values),
            Column::Times(values) => query.bind(values),
            Column::Texts(values) => query.bind(values),
            Column::Numbers(values) => query.bind(values),
            Column::Bytes(values) => query.bind(values),
        })
    }
}

impl Columns<'_> {
    fn bind_rows<'q>(&'q self, query: Query<'q, Sqlite, SqliteArguments>, rows: Range<usize>) -> Query<'q, Sqlite, SqliteArguments> {
        rows.fold(query, |query, row| {
            self.0.iter().fold(query, |query, column| match column {
                Column::Uuids(values) => query.bind(values[row]),
                Column::Times(values) => query.bind(values[row]),
                Column::Texts(values) => query.bind(values[row]),
                Column::Numbers(values) => query.bind(values[row]),
                Column::Bytes(values) => query.bind(values[row]),
            })
        })
    }
}

/// Cuts a number of rows into pieces whose lengths are powers of two.
fn pieces(rows: usize) -> impl Iterator<Item = Range<usize>> {
    let mut start = 0;
    std::iter::from_fn(move || {
        let left = rows - start;
        let length = if left >= LONGEST { LONGEST } else { left.checked_ilog2().map_or(0, |power| 1 << power) };
        start += length;
        (length > 0).then(|| start - length..start)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pieces_are_powers_of_two_and_leave_nothing_out() {
        let lengths = |rows| pieces(rows).map(|piece| piece.len()).collect::<Vec<_>>();
        assert_eq!(lengths(0), [0_usize; 0]);
        assert_eq!(lengths(1), [1]);
        assert_eq!(lengths(1_100), [512, 512, 64, 8, 4]);
        let all: Vec<_> = pieces(1_003).flatten().collect();
        assert_eq!(all, (0..1_003).collect::<Vec<_>>());
    }

    #[test]
    fn each_database_gets_its_own_source_of_rows() {
        let columns = Columns::default().uuids([Uuid::nil(); 2].into_iter()).numbers([1, 2].into_iter());
        assert_eq!(columns.len(), 2);
        let (before, after) = ("insert into t (id, n)", "on conflict do nothing");
        assert_eq!(
            columns.arrays(before, after),
            "insert into t (id, n) select * from unnest($1, $2) as rows (column1, column2) on conflict do nothing"
        );
        assert_eq!(columns.lists(before, after, 2), "insert into t (id, n) values (?,?),(?,?) on conflict do nothing");
    }
}
