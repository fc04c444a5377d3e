//! Logs: one line an event, to stderr, readable alone; its fields can be searched.
//!
//! Lines are written by a thread of their own. Whoever reads them may stop to, as a terminal does after Ctrl+S and a
//! program that collects logs when its disk is full: then a write to stderr waits, and nobody else is to wait with it.

use std::{
    io::{self, IsTerminal, Write, stderr},
    panic,
    sync::{Arc, OnceLock},
};

use tracing::{error, warn};
use tracing_appender::non_blocking::{ErrorCounter, NonBlockingBuilder, WorkerGuard};
use tracing_subscriber::{EnvFilter, fmt};

use super::Config;

/// How many lines may wait to be written; what is said beyond them is lost, and that it is is said.
const LINES: usize = 1024;

/// Starts logging as `config` says. What has been said is written when the guard is dropped, unless that takes long.
///
/// # Errors
/// A sentence about a filter that cannot be understood.
pub fn start(config: &Config) -> Result<WorkerGuard, String> {
    let filter = EnvFilter::try_new(&config.log).map_err(|error| {
        format!(
            "--log {}: {error}. Try `info` or `brooklet=debug,info`.",
            config.log
        )
    })?;
    let output = Output::default();
    let counter = Arc::clone(&output.lost);
    let (lines, guard) = NonBlockingBuilder::default()
        .thread_name("log")
        .buffered_lines_limit(LINES)
        .finish(output);
    let _ = counter.set(lines.error_counter());
    // What cannot be written is lost, and nothing else is: to say so on the same stderr would end the task that spoke,
    // and a log in a file is on the disk that is full.
    let logs = fmt()
        .with_env_filter(filter)
        .with_writer(lines)
        .log_internal_errors(false);
    if config.log_json {
        logs.json().flatten_event(true).init();
    } else {
        logs.with_target(false)
            .with_ansi(stderr().is_terminal())
            .init();
    }
    // What std says of a panic goes to stderr at once, and would wait there.
    panic::set_hook(Box::new(|panic| {
        let place = panic.location().map(ToString::to_string);
        let said = panic.payload_as_str().unwrap_or_default();
        error!(place, "this should not have happened: {said}");
    }));
    Ok(guard)
}

/// stderr, which is told how many lines were lost as soon as it takes others again.
#[derive(Debug, Default)]
struct Output {
    lost: Arc<OnceLock<ErrorCounter>>,
    told: usize,
}

impl Output {
    fn count(&self) -> usize {
        self.lost.get().map_or(0, ErrorCounter::dropped_lines)
    }
}

impl Write for Output {
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        let written = stderr().write(line)?;
        let lost = self.count();
        let lines = lost - self.told;
        if lines > 0 {
            warn!(lines, "lines of this log were lost: nobody took them");
            // Where that is lost too, it is told with the next line.
            if self.count() == lost {
                self.told = lost;
            }
        }
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        stderr().flush()
    }
}
