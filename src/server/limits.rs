//! How much is enough: the limits that an operator may set.

use std::{str::FromStr, time::Duration};

use clap::Args;

use super::quota::Allowance;

/// What a server does at once, and for how long.
#[derive(Clone, Debug, Args)]
#[command(next_help_heading = "Limits")]
pub struct Limits {
    /// How many generations the model's server works on at once; the others wait in a fair order.
    ///
    /// The default is Ollama's own: set it to Ollama's `OLLAMA_NUM_PARALLEL`.
    #[arg(
        long,
        env = "BROOKLET_MAX_PARALLEL",
        value_name = "N",
        default_value_t = 1
    )]
    pub max_parallel: usize,

    /// How many of them one user may have at once; the others of that user wait, whoever else asks. Without it: all.
    #[arg(long, env = "BROOKLET_MAX_PARALLEL_PER_USER", value_name = "N")]
    pub max_parallel_per_user: Option<usize>,

    /// How many generations may wait; beyond it the answer is 503 with `Retry-After`.
    #[arg(
        long,
        env = "BROOKLET_MAX_QUEUED",
        value_name = "N",
        default_value_t = 100
    )]
    pub max_queued: usize,

    /// How many streams may be open at once; beyond it the answer is 503.
    #[arg(
        long,
        env = "BROOKLET_MAX_STREAMS",
        value_name = "N",
        default_value_t = 20_000
    )]
    pub max_streams: usize,

    /// How many of them for one client address; those of this machine are not counted, as a proxy speaks for many.
    #[arg(
        long,
        env = "BROOKLET_MAX_STREAMS_PER_CLIENT",
        value_name = "N",
        default_value_t = 200
    )]
    pub max_streams_per_client: usize,

    /// How many connections may be open at once; beyond it the answer is 503. No more than the system has files for.
    #[arg(
        long,
        env = "BROOKLET_MAX_CONNECTIONS",
        value_name = "N",
        default_value_t = 25_000
    )]
    pub max_connections: usize,

    /// How many of them for one client address; those of this machine and of listed proxies are not counted.
    #[arg(
        long,
        env = "BROOKLET_MAX_CONNECTIONS_PER_CLIENT",
        value_name = "N",
        default_value_t = 1000
    )]
    pub max_connections_per_client: usize,

    /// How many requests one client address may make in a minute; beyond it the answer is 429. Those of this machine are not
    /// counted, as a proxy speaks for many.
    #[arg(
        long,
        env = "BROOKLET_MAX_REQUESTS_PER_MINUTE_PER_CLIENT",
        value_name = "N",
        default_value_t = 3000
    )]
    pub max_requests_per_minute_per_client: u64,

    /// How many generations of one client address may run and wait at once; beyond it the answer is 429. Those of this machine
    /// are not counted; so for the next two.
    #[arg(long, env = "BROOKLET_MAX_GENERATIONS_PER_CLIENT", value_name = "N")]
    pub max_generations_per_client: Option<u64>,

    /// How many tokens one client address may have in a day (UTC), read and written.
    #[arg(long, env = "BROOKLET_MAX_TOKENS_PER_DAY_PER_CLIENT", value_name = "N")]
    pub max_tokens_per_day_per_client: Option<u64>,

    /// How many tokens one client address may have in a month (UTC), read and written.
    #[arg(
        long,
        env = "BROOKLET_MAX_TOKENS_PER_MONTH_PER_CLIENT",
        value_name = "N"
    )]
    pub max_tokens_per_month_per_client: Option<u64>,

    #[command(flatten)]
    #[allow(missing_docs, reason = "documented where it is defined")]
    pub allowance: Allowance,

    /// How many generations that have ended stay in memory; the others are read from the data folder.
    #[arg(
        long,
        env = "BROOKLET_MAX_FINISHED",
        value_name = "N",
        default_value_t = 1000
    )]
    pub max_finished: usize,

    /// The longest answer, thinking included, in bytes; there it ends with the reason `length`.
    #[arg(long, env = "BROOKLET_MAX_ANSWER_BYTES", value_name = "BYTES", default_value_t = 8 * 1024 * 1024)]
    pub max_answer_bytes: usize,

    /// When a generation that nobody follows is dropped: `90s`, `5m`, `2h`, `0` (as soon as its last reader has
    /// left) or `never`.
    #[arg(
        long,
        env = "BROOKLET_ABANDON_AFTER",
        value_name = "TIME",
        default_value = "5m"
    )]
    pub abandon_after: After,

    /// When a model that is loaded and sends nothing is called silent, and may be unloaded by who waits for it: `90s`,
    /// `5m` or `never`.
    #[arg(
        long,
        env = "BROOKLET_SILENT_AFTER",
        value_name = "TIME",
        value_parser = later,
        default_value = "60s"
    )]
    pub silent_after: After,
}

impl Limits {
    /// What one client address may have.
    pub const fn of_client(&self) -> Allowance {
        Allowance {
            requests_per_minute: Some(self.max_requests_per_minute_per_client),
            at_once: self.max_generations_per_client,
            tokens_per_day: self.max_tokens_per_day_per_client,
            tokens_per_month: self.max_tokens_per_month_per_client,
        }
    }
}

/// After how long something happens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum After {
    /// After so long; none is at once.
    Time(Duration),
    /// It does not.
    Never,
}

impl FromStr for After {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match time(text) {
            _ if text.trim() == "never" => Ok(Self::Never),
            Some(time) => Ok(Self::Time(time)),
            None => Err(format!(
                "`{text}` is no time; it looks like 90s, 5m, 2h, 0 or never"
            )),
        }
    }
}

/// The same for what cannot happen at once.
fn later(text: &str) -> Result<After, String> {
    match text.parse()? {
        After::Time(Duration::ZERO) => {
            Err("it takes some time; it looks like 90s, 5m, 2h or never".to_owned())
        }
        after => Ok(after),
    }
}

/// A time as an operator writes it: `300ms`, `90s`, `5m`, `2h` or `0`.
fn time(text: &str) -> Option<Duration> {
    let text = text.trim();
    if text == "0" {
        return Some(Duration::ZERO);
    }
    let (number, unit) = text.split_at(text.find(|c: char| !c.is_ascii_digit())?);
    let milliseconds = match unit {
        "ms" => 1,
        "s" => 1000,
        "m" => 60 * 1000,
        "h" => 60 * 60 * 1000,
        _ => return None,
    };
    let number: u32 = number.parse().ok()?;
    Some(Duration::from_millis(u64::from(number) * milliseconds))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_read() {
        let time = |seconds| Ok(After::Time(Duration::from_secs(seconds)));
        for (text, expected) in [
            ("90s", time(90)),
            ("5m", time(300)),
            ("2h", time(7200)),
            ("300ms", Ok(After::Time(Duration::from_millis(300)))),
            ("0", time(0)),
            ("0s", time(0)),
            ("never", Ok(After::Never)),
        ] {
            assert_eq!(text.parse::<After>(), expected, "{text}");
        }
        for text in ["", "5", "m", "-1m", "5 minutes", "5ä", "99999999999h"] {
            assert!(text.parse::<After>().is_err(), "{text}");
            assert!(later(text).is_err(), "{text}");
        }
        assert_eq!(later("60s"), time(60));
        assert_eq!(later("never"), Ok(After::Never));
        assert!(later("0").is_err());
    }
}
