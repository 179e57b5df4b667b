//! OpenAPI text in, text out: one language-neutral model read by everything else.
//!
//! Pure: no input or output, no clock, no randomness. Without features it is small enough for the browser; `parse`
//! and `markdown` add what only the server needs.

pub mod model;
#[cfg(feature = "parse")]
pub mod parse;
pub mod piece;
pub mod schema;

pub use model::{
    Api, Body, Example, Header, Location, Media, Method, Operation, Parameter, Response,
    SecurityKind, SecurityScheme, Server, Style, Tag,
};
pub use piece::{Entry, Group, Index, Piece};
pub use schema::{Discriminator, Kind, Limits, Property, Schema, Schemas};
