//! The log of the process, on standard error.

use std::error::Error;
use std::io::IsTerminal;

use tracing_subscriber::EnvFilter;
use tracing_subscriber::filter::ParseError;

use crate::config::LogOptions;

/// What is logged. Whatever strangers send that is no HTTP would be an error of the HTTP library, of which nobody here
/// has to know; who wants its lines names it, as in `info,actix_http=error`.
///
/// # Errors
/// When it cannot be read.
pub fn filter(wanted: &str) -> Result<EnvFilter, ParseError> {
    EnvFilter::try_new(format!("actix_http=off,{wanted}"))
}

/// Begins it.
///
/// # Errors
/// When what is to be logged cannot be read.
pub(super) fn begin(options: &LogOptions) -> Result<(), Box<dyn Error>> {
    let filter = filter(&options.log).map_err(|e| format!("--log: {e}"))?;
    let log = tracing_subscriber::fmt()
        .with_env_filter(filter)
        // Colours are for people; in a file they are noise, and each call would pay for them.
        .with_ansi(std::io::stderr().is_terminal())
        .with_writer(std::io::stderr);
    if options.log_json {
        log.json().flatten_event(true).with_span_list(false).init();
    } else {
        log.init();
    }
    Ok(())
}
