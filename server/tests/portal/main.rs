//! The whole router in process and over real sockets; the tree of modules is the tree of addresses.
#![expect(clippy::unwrap_used, reason = "a test whose beginnings fail has failed")]

mod admin;
mod audiences;
mod away;
mod dashboard;
#[expect(dead_code, reason = "other tests hand URLs to processes")]
#[path = "../../../store/tests/contract/databases.rs"]
mod databases;
mod documents;
mod gateway;
mod house;
mod isolation;
mod letters;
mod live;
mod mail;
mod metrics;
mod pages;
#[path = "../parcels/mod.rs"]
mod parcels;
#[expect(dead_code, reason = "other tests kill it")]
#[path = "../../../store/tests/contract/redis.rs"]
mod redis;
mod rest;
mod sandbox;
mod security;
mod upstream;
