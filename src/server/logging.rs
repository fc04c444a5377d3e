//! Logs: one line an event, to stderr, readable alone; its fields can be searched.

use tracing_subscriber::{EnvFilter, fmt};

use super::Config;

/// Starts logging as `config` says.
///
/// # Errors
/// A sentence about a filter that cannot be understood.
pub fn start(config: &Config) -> Result<(), String> {
    let filter = EnvFilter::try_new(&config.log).map_err(|error| {
        format!(
            "--log {}: {error}. Try `info` or `brooklet=debug,info`.",
            config.log
        )
    })?;
    // What cannot be written is lost, and nothing else is: to say so on the same stderr would end the task that spoke,
    // and a log in a file is on the disk that is full.
    let logs = fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .log_internal_errors(false);
    if config.log_json {
        logs.json().flatten_event(true).init();
    } else {
        logs.with_target(false)
            .with_ansi(std::io::IsTerminal::is_terminal(&std::io::stderr()))
            .init();
    }
    Ok(())
}
