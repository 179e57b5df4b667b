//! Logs: for people by default, as JSON for machines.

use crate::config::LogFormat;
use tracing_subscriber::EnvFilter;

/// Starts logging; a second start in one process changes nothing.
///
/// # Errors
/// One sentence where the filter cannot be read.
pub fn start(filter: &str, format: LogFormat) -> Result<(), String> {
    let filter = EnvFilter::try_new(filter).map_err(|error| format!("The setting log is `{filter}`, which is no filter: {error}."))?;
    let lines = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr);
    let started = match format {
        LogFormat::Text => lines.compact().try_init(),
        LogFormat::Json => lines.json().flatten_event(true).try_init(),
    };
    // Tests in one process start it once each.
    drop(started);
    Ok(())
}
