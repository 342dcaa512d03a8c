//! The command line's entrance.

use std::process::ExitCode;

use clap::Parser;
use lockbox::config::Cli;

/// A page is many small texts; the system's allocator took a fifth of its time.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

#[actix_web::main]
async fn main() -> ExitCode {
    // The only failure is a provider that is there already, which is as good.
    let _ = rustls::crypto::ring::default_provider().install_default();
    match lockbox::cli::run(Cli::parse()).await {
        Ok(code) => code,
        Err(error) => {
            eprintln!("lockbox: {error}");
            ExitCode::FAILURE
        }
    }
}
