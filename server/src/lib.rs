//! Everything that faces the network: pages, gateway, sandbox and the interface for machines, in one process.

pub mod assets;
pub mod cli;
pub mod config;
pub mod demo;
pub mod pages;
pub mod problem;
pub mod routes;
pub mod security;
pub mod serve;
pub mod telemetry;
