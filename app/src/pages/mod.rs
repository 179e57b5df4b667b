//! The pages, by noun: each with the server functions that it calls.

pub mod account;
pub mod admin;
pub mod catalogue;
pub mod dashboard;
pub mod not_found;
