//! The store's contract: every test runs on SQLite and on PostgreSQL, so that every query is executed by both.

mod databases;
mod people;
mod portal;
