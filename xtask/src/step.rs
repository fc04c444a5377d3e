//! Telling a person what is being done and how long it took.
//!
//! All of this goes to stderr, as cargo's own progress does; stdout is for results (the tables,
//! the help). Not here: what the steps are.

use std::env;
use std::io::{self, IsTerminal};
use std::sync::LazyLock;
use std::time::{Duration, Instant};

use crate::failure::{Done, Failure};

const BLUE: &str = "1;34";
const GREEN: &str = "1;32";
const RED: &str = "1;31";

/// Does `work` between a line that says so and one that says how long it took.
pub(crate) fn timed<T>(title: &str, work: impl FnOnce() -> Done<T>) -> Done<T> {
    eprintln!("{} {title}", painted(BLUE, "▸"));
    let start = Instant::now();
    let result = work();
    let mark = match result {
        Ok(_) => painted(GREEN, "✓"),
        Err(_) => painted(RED, "✗"),
    };
    eprintln!("{mark} {title} … {}", readable(start.elapsed()));
    result
}

/// The one line of a step that needs no work.
pub(crate) fn already(title: &str, why: &str) {
    eprintln!("{} {title} … {why}", painted(GREEN, "✓"));
}

/// The one line of a step that cannot be done here: nobody is to take it for one that was.
pub(crate) fn skipped(title: &str, why: &str) {
    eprintln!("{} {title} … {why}", painted(BLUE, "○"));
}

/// A word in between.
pub(crate) fn say(text: &str) {
    eprintln!("  {text}");
}

/// The last word when something went wrong.
pub(crate) fn tell(failure: &Failure) {
    eprintln!("{} {failure}", painted(RED, "error:"));
}

/// A duration as a person says it.
pub(crate) fn readable(time: Duration) -> String {
    let seconds = time.as_secs();
    match seconds {
        0..10 => format!("{:.1}s", time.as_secs_f64()),
        10..60 => format!("{seconds}s"),
        60..3600 => format!("{}m {:02}s", seconds / 60, seconds % 60),
        _ => format!("{}h {:02}m", seconds / 3600, seconds % 3600 / 60),
    }
}

fn painted(colour: &str, text: &str) -> String {
    static COLOURS: LazyLock<bool> = LazyLock::new(|| {
        io::stderr().is_terminal() && env::var_os("NO_COLOR").is_none_or(|it| it.is_empty())
    });
    if *COLOURS {
        format!("\x1b[{colour}m{text}\x1b[0m")
    } else {
        text.to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_readable() {
        for (milliseconds, expected) in [
            (0, "0.0s"),
            (420, "0.4s"),
            (9_900, "9.9s"),
            (12_700, "12s"),
            (59_999, "59s"),
            (60_000, "1m 00s"),
            (581_000, "9m 41s"),
            (3_720_000, "1h 02m"),
        ] {
            assert_eq!(readable(Duration::from_millis(milliseconds)), expected);
        }
    }
}
