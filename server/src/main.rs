//! The portal as one binary.

use std::process::ExitCode;

/// A call makes some fifty small allocations; this allocator has a list of its own for each thread.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    // What it writes holds password hashes and upstreams' secrets: nobody else on the machine reads it.
    rustix::process::umask(rustix::fs::Mode::RWXG | rustix::fs::Mode::RWXO);
    server::cli::run(std::env::args_os())
}
