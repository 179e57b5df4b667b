//! The portal as one binary.

use std::process::ExitCode;

/// A call makes some fifty small allocations; this allocator has a list of its own for each thread.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    server::cli::run(std::env::args_os())
}
