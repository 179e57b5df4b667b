//! What the benchmarks begin with: a product and a partner.

mod partner;
mod product;

pub use partner::partner;
pub use product::product;
