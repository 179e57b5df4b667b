//! From SQLite to PostgreSQL: every table, every row, counted and compared before anything lasts.

use crate::db::{MIGRATIONS, cut};
use crate::journal::{self, Journal};
use crate::{Error, Result};
use chrono::{DateTime, Utc};
use futures::TryStreamExt;
use sha2::{Digest, Sha256};
use sqlx::postgres::{PgConnectOptions, PgRow};
use sqlx::sqlite::{SqliteConnectOptions, SqliteLockingMode, SqliteRow};
use sqlx::{AssertSqlSafe, Connection, PgConnection, Postgres, QueryBuilder, Row, SqliteConnection};
use std::collections::HashSet;
use std::path::Path;
use std::time::Duration;
use uuid::Uuid;

/// Rows of one statement: PostgreSQL takes at most 65,535 values, and the widest table has fewer than 60 columns.
const ROWS: usize = 1_000;

/// Bytes after which a statement ends early.
const LARGE: usize = 4 << 20;

/// A table that was moved.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Moved {
    pub table: String,
    pub rows: u64,
}

/// What a column holds, as the schema declares it for both databases.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Uuid,
    Time,
    Integer,
    Boolean,
    Json,
    Text,
    Bytes,
}

#[derive(Debug, Clone, PartialEq)]
enum Cell {
    Uuid(Option<Uuid>),
    Time(Option<DateTime<Utc>>),
    Integer(Option<i64>),
    Boolean(Option<bool>),
    /// As it is written: reading a number and writing it again may change it.
    Json(Option<String>),
    Text(Option<String>),
    Bytes(Option<Vec<u8>>),
}

impl Cell {
    /// What it adds to a statement, where that may be much.
    fn bytes(&self) -> usize {
        if let Self::Bytes(Some(bytes)) = self { bytes.len() } else { 0 }
    }
}

struct Table {
    name: String,
    columns: Vec<(String, Kind)>,
}

/// How many rows, and what is in them whatever their order.
#[derive(Debug, Default, PartialEq, Eq)]
struct Tally {
    rows: u64,
    sum: u128,
}

/// Moves everything from the SQLite file into an empty PostgreSQL database, in one transaction that ends with reading it all back.
///
/// # Errors
/// [`Error::File`] where the portal still runs on the file, the target holds something, or what was read back differs; what
/// either database said. Then the target is as empty as before. The source changes in no case, but for calls that waited beside it.
pub async fn move_to_postgres(source: &Path, target: &str) -> Result<Vec<Moved>> {
    journal::settle(source).await?;
    let mut from = open_source(source).await?;
    if !Journal::of(source).is_empty().await? {
        return Err(Error::File("The portal stopped just now, and calls of it wait beside the file. Move once more.".to_owned()));
    }
    let options: PgConnectOptions = target.parse()?;
    let mut to = PgConnection::connect_with(&options).await?;
    MIGRATIONS.run(&mut to).await?;
    let tables = tables(&mut from).await?;
    refuse_filled(&mut to, &tables).await?;
    let mut tx = to.begin().await?;
    let mut moved = Vec::with_capacity(tables.len());
    for table in tables {
        let sent = copy(&mut from, &mut tx, &table).await?;
        let arrived = tally(&mut tx, &table).await?;
        if sent != arrived {
            let (name, sent, arrived) = (&table.name, sent.rows, arrived.rows);
            return Err(Error::File(format!(
                "The table {name} differs after the move ({sent} rows sent, {arrived} read back). Nothing was moved."
            )));
        }
        moved.push(Moved { table: table.name, rows: sent.rows });
    }
    tx.commit().await?;
    from.close().await?;
    to.close().await?;
    Ok(moved)
}

/// Opens the file for ourselves alone, and brings its schema up to date: the target's is.
async fn open_source(path: &Path) -> Result<SqliteConnection> {
    if !path.is_file() {
        return Err(Error::File(format!("There is no file {}.", path.display())));
    }
    let options =
        SqliteConnectOptions::new().filename(path).locking_mode(SqliteLockingMode::Exclusive).busy_timeout(Duration::from_secs(2));
    let in_use = |error: sqlx::Error| match error.as_database_error().and_then(|error| error.code()) {
        Some(code) if code == "5" => {
            Error::File("The portal still runs on this data. Stop it, then move: what it would write meanwhile stayed behind.".to_owned())
        }
        _ => error.into(),
    };
    let mut source = SqliteConnection::connect_with(&options).await.map_err(in_use)?;
    // The lock is taken by the first write and kept until the connection ends.
    sqlx::query("begin exclusive").execute(&mut source).await.map_err(in_use)?;
    sqlx::query("commit").execute(&mut source).await?;
    MIGRATIONS.run(&mut source).await?;
    Ok(source)
}

/// Every table, those that others refer to first.
async fn tables(from: &mut SqliteConnection) -> Result<Vec<Table>> {
    const NAMES: &str = "select name from sqlite_master where type = 'table' and name not like 'sqlite%' and name not like '\\_sqlx%' escape '\\' order by name";
    let mut waiting: Vec<String> = sqlx::query_scalar(NAMES).fetch_all(&mut *from).await?;
    let (mut tables, mut done) = (Vec::new(), HashSet::new());
    while !waiting.is_empty() {
        let (before, mut later) = (waiting.len(), Vec::new());
        for name in std::mem::take(&mut waiting) {
            let parents: Vec<String> =
                sqlx::query_scalar("select \"table\" from pragma_foreign_key_list($1)").bind(&name).fetch_all(&mut *from).await?;
            if parents.iter().all(|parent| *parent == name || done.contains(parent)) {
                tables.push(Table { columns: columns(from, &name).await?, name: name.clone() });
                done.insert(name);
            } else {
                later.push(name);
            }
        }
        if later.len() == before {
            return Err(Error::corrupt("sqlite_master", "name", format!("{} refer to each other", later.join(", "))));
        }
        waiting = later;
    }
    Ok(tables)
}

async fn columns(from: &mut SqliteConnection, table: &str) -> Result<Vec<(String, Kind)>> {
    let rows: Vec<(String, String)> =
        sqlx::query_as("select name, lower(type) from pragma_table_info($1) order by cid").bind(table).fetch_all(from).await?;
    rows.into_iter().map(|(name, declared)| Ok((name, kind(&declared)?))).collect()
}

fn kind(declared: &str) -> Result<Kind> {
    match declared {
        "uuid" => Ok(Kind::Uuid),
        "timestamptz" => Ok(Kind::Time),
        "bigint" => Ok(Kind::Integer),
        "boolean" => Ok(Kind::Boolean),
        "json" => Ok(Kind::Json),
        "text" => Ok(Kind::Text),
        "bytea" => Ok(Kind::Bytes),
        other => Err(Error::corrupt("sqlite_master", "type", other)),
    }
}

async fn refuse_filled(to: &mut PgConnection, tables: &[Table]) -> Result<()> {
    for table in tables {
        let sql = format!("select exists (select 1 from \"{}\")", table.name);
        if sqlx::query_scalar(AssertSqlSafe(sql)).fetch_one(&mut *to).await? {
            return Err(Error::File(format!("The target is not empty: its table {} has rows. Name an empty database.", table.name)));
        }
    }
    Ok(())
}

/// Reads a cell of either database.
macro_rules! cell {
    ($row:expr, $place:expr, $kind:expr) => {
        match $kind {
            Kind::Uuid => Cell::Uuid($row.try_get($place)?),
            Kind::Time => Cell::Time($row.try_get::<Option<DateTime<Utc>>, _>($place)?.map(cut)),
            Kind::Integer => Cell::Integer($row.try_get($place)?),
            Kind::Boolean => Cell::Boolean($row.try_get($place)?),
            Kind::Json => Cell::Json($row.try_get($place)?),
            Kind::Text => Cell::Text($row.try_get($place)?),
            Kind::Bytes => Cell::Bytes($row.try_get($place)?),
        }
    };
}

impl Table {
    fn select(&self) -> String {
        let column = |(name, kind): &(String, Kind)| match kind {
            Kind::Json => format!("cast(\"{name}\" as text)"),
            _ => format!("\"{name}\""),
        };
        format!("select {} from \"{}\"", self.columns.iter().map(column).collect::<Vec<_>>().join(", "), self.name)
    }

    fn names(&self) -> String {
        self.columns.iter().map(|(name, _)| format!("\"{name}\"")).collect::<Vec<_>>().join(", ")
    }

    fn sqlite_cells(&self, row: &SqliteRow) -> Result<Vec<Cell>> {
        self.columns.iter().enumerate().map(|(place, (_, kind))| Ok(cell!(row, place, kind))).collect()
    }

    fn postgres_cells(&self, row: &PgRow) -> Result<Vec<Cell>> {
        self.columns.iter().enumerate().map(|(place, (_, kind))| Ok(cell!(row, place, kind))).collect()
    }
}

async fn copy(from: &mut SqliteConnection, to: &mut PgConnection, table: &Table) -> Result<Tally> {
    let mut tally = Tally::default();
    let (mut batch, mut bytes) = (Vec::with_capacity(ROWS), 0);
    let mut rows = sqlx::query(AssertSqlSafe(table.select())).fetch(from);
    while let Some(row) = rows.try_next().await? {
        let cells = table.sqlite_cells(&row)?;
        tally.add(&cells);
        bytes += cells.iter().map(Cell::bytes).sum::<usize>();
        batch.push(cells);
        if batch.len() == ROWS || bytes > LARGE {
            insert(to, table, &batch).await?;
            batch.clear();
            bytes = 0;
        }
    }
    insert(to, table, &batch).await?;
    Ok(tally)
}

async fn insert(to: &mut PgConnection, table: &Table, rows: &[Vec<Cell>]) -> Result<()> {
    if rows.is_empty() {
        return Ok(());
    }
    let mut query: QueryBuilder<Postgres> = QueryBuilder::new(format!("insert into \"{}\" ({}) ", table.name, table.names()));
    query.push_values(rows, |mut row, cells| {
        for cell in cells {
            match cell.clone() {
                Cell::Uuid(value) => row.push_bind(value),
                Cell::Time(value) => row.push_bind(value),
                Cell::Integer(value) => row.push_bind(value),
                Cell::Boolean(value) => row.push_bind(value),
                Cell::Json(value) => row.push_bind(value).push_unseparated("::json"),
                Cell::Text(value) => row.push_bind(value),
                Cell::Bytes(value) => row.push_bind(value),
            };
        }
    });
    query.build().persistent(false).execute(to).await?;
    Ok(())
}

async fn tally(to: &mut PgConnection, table: &Table) -> Result<Tally> {
    let mut tally = Tally::default();
    let mut rows = sqlx::query(AssertSqlSafe(table.select())).fetch(to);
    while let Some(row) = rows.try_next().await? {
        tally.add(&table.postgres_cells(&row)?);
    }
    Ok(tally)
}

impl Tally {
    /// Rows come in any order: their fingerprints are added up.
    fn add(&mut self, cells: &[Cell]) {
        let mut half = [0; 16];
        half.copy_from_slice(&Sha256::digest(format!("{cells:?}"))[..16]);
        self.rows += 1;
        self.sum = self.sum.wrapping_add(u128::from_be_bytes(half));
    }
}
