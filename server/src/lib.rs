//! Everything that faces the network: pages, gateway, sandbox and the interface for machines, in one process.

pub mod assets;
pub mod cli;
pub mod config;
pub mod connections;
pub mod data;
pub mod demo;
pub mod documents;
pub mod gateway;
pub mod jobs;
pub mod live;
pub mod mail;
pub mod metrics;
pub mod pages;
pub mod problem;
pub mod proxies;
pub mod publish;
pub mod render;
pub mod rest;
mod revisions;
pub mod routes;
pub mod sandbox;
pub mod security;
pub mod serve;
pub mod stopping;
pub mod tail;
pub mod telemetry;
pub mod trace;
