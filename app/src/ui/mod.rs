//! Components without data access: how things look, whatever they show.

pub mod frame;
