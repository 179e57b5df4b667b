//! What the meter has, against what the clients saw.

use crate::client::Ledger;
use crate::entry::Entry;
use sqlx::{Connection, PgConnection};
use std::collections::BTreeMap;
use uuid::Uuid;

/// What the clients knew and the meter had of every key at one moment: rounds are judged by what came since.
pub struct Baseline {
    seen: BTreeMap<Uuid, (i64, i64)>,
    counted: BTreeMap<Uuid, i64>,
}

/// How a round was counted.
#[derive(Debug, Default)]
pub struct Count {
    pub complete: i64,
    /// Calls whose end no client saw: each counts once or not at all.
    pub open: i64,
    pub metered: i64,
    /// Keys without an open call that were counted exactly as they were called.
    pub exact: usize,
    /// Calls by which keys differ from what their clients know.
    pub differences: i64,
}

impl Count {
    /// Adds another round.
    pub fn add(&mut self, other: &Self) {
        self.complete += other.complete;
        self.open += other.open;
        self.metered += other.metered;
        self.exact += other.exact;
        self.differences += other.differences;
    }
}

/// Successful calls in SQL, by key.
pub async fn counted(database: &str) -> BTreeMap<Uuid, i64> {
    const SQL: &str = "select key_id, cast(sum(calls) as bigint) from usage_hourly where outcome = 'success' group by key_id";
    let mut connection = PgConnection::connect(database).await.unwrap();
    let rows: Vec<(Uuid, i64)> = sqlx::query_as(SQL).fetch_all(&mut connection).await.unwrap();
    rows.into_iter().collect()
}

/// Successful calls of one product in SQL.
pub async fn counted_of(database: &str, product: &str) -> i64 {
    const SQL: &str = "select cast(coalesce(sum(calls), 0) as bigint) from usage_hourly where outcome = 'success' and product_id = $1";
    let mut connection = PgConnection::connect(database).await.unwrap();
    sqlx::query_scalar(SQL).bind(product).fetch_one(&mut connection).await.unwrap()
}

fn entries(ledger: &Ledger) -> impl Iterator<Item = &Entry> {
    ledger.keys.iter().chain([&ledger.limited])
}

impl Baseline {
    pub async fn take(database: &str, ledger: &Ledger) -> Self {
        let seen = entries(ledger).map(|entry| (entry.key.key.id, entry.seen())).collect();
        Self { seen, counted: counted(database).await }
    }

    /// Judges what came since, key by key.
    pub fn judge(&self, ledger: &Ledger, counted: &BTreeMap<Uuid, i64>) -> Count {
        let mut count = Count::default();
        for entry in entries(ledger) {
            let id = entry.key.key.id;
            let (before, now) = (self.seen[&id], entry.seen());
            let (complete, open) = (now.0 - before.0, now.1 - before.1);
            let metered = counted.get(&id).unwrap_or(&0) - self.counted.get(&id).unwrap_or(&0);
            let difference = metered - metered.clamp(complete, complete + open);
            if difference != 0 {
                eprintln!("{}: {complete} complete, {open} open, {metered} metered", entry.key.key.prefix);
            }
            count.exact += usize::from(open == 0 && complete > 0 && difference == 0);
            count.complete += complete;
            count.open += open;
            count.metered += metered;
            count.differences += difference.abs();
        }
        count
    }
}
