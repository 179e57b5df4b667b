//! `/sandbox/{product}/…` and `/v1/sandbox/try`.

mod attempt;
mod mock;
