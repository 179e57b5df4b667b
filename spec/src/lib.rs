//! OpenAPI text in, text out: one language-neutral model read by everything else.
//!
//! Pure: no input or output, no clock, no randomness. Without features it is small enough for the browser; `parse`
//! and `markdown` add what only the server needs.

pub mod diff;
mod format;
pub mod highlight;
pub mod lint;
#[cfg(feature = "markdown")]
pub mod markdown;
pub mod matching;
mod merge;
pub mod mock;
pub mod model;
#[cfg(feature = "parse")]
pub mod parse;
pub mod pattern;
pub mod piece;
pub mod request;
pub mod sample;
pub mod schema;
pub mod snippet;
pub mod validate;

pub use model::{
    Api, Body, Example, Header, Location, Media, Method, Operation, Parameter, Response, SecurityKind, SecurityScheme, Server, Style, Tag,
};
pub use piece::{Entry, Group, Index, Piece};
pub use schema::{Discriminator, Kind, Limits, Property, Schema, Schemas};
