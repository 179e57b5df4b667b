//! The whole router in process and over real sockets; the tree of modules is the tree of addresses.
#![expect(clippy::unwrap_used, reason = "a test whose beginnings fail has failed")]

mod admin;
mod audiences;
#[path = "../../../store/tests/contract/databases.rs"]
mod databases;
mod documents;
mod gateway;
mod house;
mod isolation;
mod live;
mod mail;
mod metrics;
mod pages;
mod rest;
mod sandbox;
mod security;
mod upstream;
