//! The store's contract: every test runs on SQLite, and on PostgreSQL too where `PORTICO_TEST_POSTGRES` names a server, so that both
//! execute every query.
#![expect(clippy::unwrap_used, reason = "a test whose beginnings fail has failed")]

mod addresses;
mod admins;
mod attempts;
mod billing;
mod cluster;
mod databases;
mod fleet;
mod folding;
mod journal;
mod keys;
mod latencies;
mod log;
mod market;
mod meter;
mod partners;
mod people;
mod plans;
mod portal;
mod products;
mod publishing;
mod records;
mod redis;
mod reported;
mod reports;
mod retention;
mod sessions;
mod subscriptions;
mod team;
mod tokens;
mod upstreams;
mod usage;
