//! Everything that faces the network, and the demo company that a fresh instance can show.

pub mod demo;
