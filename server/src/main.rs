//! The portal as one binary.

fn main() {}
