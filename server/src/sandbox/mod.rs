//! The sandbox: test calls that cost nothing, to the product's own sandbox or to the mock.

pub mod attempt;
pub mod guard;
