//! The real program in one process and in several, with clients that keep a ledger while something dies.
#![expect(clippy::unwrap_used, reason = "a test whose beginnings fail has failed")]

#[expect(dead_code, reason = "the store's tests run on both databases")]
#[path = "../../../store/tests/contract/databases.rs"]
mod databases;
#[path = "../entry/mod.rs"]
mod entry;
mod founding;
mod killed;
mod ledger;
#[path = "../northwind/mod.rs"]
mod northwind;
#[path = "../offer/mod.rs"]
mod offer;
#[path = "../parcels/mod.rs"]
mod parcels;
mod process;
#[path = "../program/mod.rs"]
mod program;
#[expect(dead_code, reason = "the store's tests look into it")]
#[path = "../../../store/tests/contract/redis.rs"]
mod redis;
mod several;
