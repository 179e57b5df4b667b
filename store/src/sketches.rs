//! The latencies of each row of usage: texts that grow by what is appended, and are written anew where they became long.

use crate::columns::Columns;
use crate::db::Tx;
use crate::levels::Level;
use crate::meter::UsageKey;
use crate::sums::Table;
use crate::{Error, Result};
use domain::latency::Sketch;
use std::collections::BTreeSet;
use uuid::Uuid;

/// Which texts are long. PostgreSQL moves what is over 2 KB out of its row, and a row of SQLite should share its page with others.
macro_rules! long {
    () => {
        "length(latencies) > 1800"
    };
}

/// Ends a statement that appends to texts: it returns the partners whose became long.
macro_rules! whose_are_long {
    () => {
        concat!("returning case when ", $crate::sketches::long!(), " then partner_id end")
    };
}

pub(crate) use {long, whose_are_long};

/// Adds to the rows of a level, whose keys come in their order.
pub(crate) async fn add<'a>(tx: &mut Tx, level: Level, sums: impl Iterator<Item = (&'a UsageKey<'a>, &'a Sketch)>) -> Result<()> {
    let (keys, texts): (Vec<_>, Vec<_>) =
        sums.filter(|(_, sketch)| !sketch.is_empty()).map(|(key, sketch)| (key, sketch.to_string())).unzip();
    let rows = Rows::of(level).columns(&keys).texts(texts.iter().map(String::as_str));
    let long = rows.returning(tx, Table::Sketches.insert(), Table::Sketches.or_add()).await?;
    pack(tx, Rows::of(level), &keys, long).await
}

/// Rows that keep latencies.
#[derive(Clone, Copy)]
pub(crate) struct Rows {
    table: &'static str,
    start: &'static str,
    level: Option<Level>,
}

impl Rows {
    pub(crate) const HOURS: Self = Self { table: "usage_hourly", start: "hour", level: None };

    fn of(level: Level) -> Self {
        Self { table: "usage_latencies", start: "start", level: Some(level) }
    }

    fn columns<'a>(self, keys: &[&UsageKey<'a>]) -> Columns<'a> {
        let columns = UsageKey::columns(keys.iter().copied());
        match self.level {
            Some(level) => columns.texts(keys.iter().map(|_| level.as_str())),
            None => columns,
        }
    }

    /// As [`Rows::columns`] has them.
    fn names(self) -> Vec<&'static str> {
        let names = ["partner_id", "environment", self.start, "product_id", "key_id", "source", "operation", "outcome", "status_class"];
        names.into_iter().chain(self.level.map(|_| "level")).collect()
    }

    /// The condition that a row is the one that `keys` name, and the name of the column behind those.
    fn named(self, row: &str, keys: &str) -> (String, String) {
        let names = self.names();
        let equal: Vec<_> = names.iter().zip(1..).map(|(name, place)| format!("{row}.{name} = {keys}.column{place}")).collect();
        (equal.join(" and "), format!("{keys}.column{}", names.len() + 1))
    }
}

/// Writes those rows anew that became long. They were appended to in this transaction, so nobody else does so before its end.
pub(crate) async fn pack(tx: &mut Tx, rows: Rows, keys: &[&UsageKey<'_>], long: Vec<(Option<Uuid>,)>) -> Result<()> {
    let whose: BTreeSet<Uuid> = long.into_iter().filter_map(|(partner,)| partner).collect();
    let keys: Vec<_> = keys.iter().copied().filter(|key| whose.contains(&key.partner)).collect();
    if keys.is_empty() {
        return Ok(());
    }
    let (mut long, mut packed) = (Vec::new(), Vec::new());
    for (place, text) in long_texts(tx, rows, &keys).await? {
        long.extend(usize::try_from(place).ok().and_then(|place| keys.get(place)).copied());
        packed.push(read(rows.table, &text)?.to_string());
    }
    let (is_named, text) = rows.named(rows.table, "packed");
    let (before, after) = (format!("update {} set latencies = {text} from (", rows.table), format!(") as packed where {is_named}"));
    rows.columns(&long).texts(packed.iter().map(String::as_str)).write(tx, &before, &after).await
}

/// The long texts among the rows of these keys, each with the place of its key.
async fn long_texts(tx: &mut Tx, rows: Rows, keys: &[&UsageKey<'_>]) -> Result<Vec<(i64, String)>> {
    let (is_named, place) = rows.named("kept", "asked");
    let (before, after) = (
        format!("select {place}, kept.latencies from ("),
        format!(concat!(") as asked join {} as kept on {} where ", long!()), rows.table, is_named),
    );
    let places = (0..).take(keys.len());
    rows.columns(keys).numbers(places).returning(tx, &before, &after).await
}

/// Reads a text of a table.
pub(crate) fn read(table: &'static str, text: &str) -> Result<Sketch> {
    let mut sketch = Sketch::default();
    sketch.read(text).ok_or_else(|| Error::corrupt(table, "latencies", text))?;
    Ok(sketch)
}
