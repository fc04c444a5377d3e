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
    let logs = fmt().with_env_filter(filter).with_writer(std::io::stderr);
    if config.log_json {
        logs.json().flatten_event(true).init();
    } else {
        logs.with_target(false)
            .with_ansi(std::io::IsTerminal::is_terminal(&std::io::stderr()))
            .init();
    }
    Ok(())
}
