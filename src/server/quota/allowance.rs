//! How much somebody may have.

use clap::Args;
use serde::{Deserialize, Serialize};

/// How much somebody may have; what is not said is not limited, or as it is for others.
#[derive(Args, Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Allowance {
    /// How many requests a user may make in a minute; beyond it the answer is 429 with `Retry-After`.
    ///
    /// A page makes a few for each question. An administrator can say otherwise for a user; so for the next three.
    #[arg(
        long = "max-requests-per-minute",
        env = "BROOKLET_MAX_REQUESTS_PER_MINUTE",
        value_name = "N"
    )]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub requests_per_minute: Option<u64>,

    /// How many generations of a user may run and wait at once; with accounts, `--max-parallel` and half of
    /// `--max-queued` unless said otherwise.
    #[arg(
        long = "max-generations-per-user",
        env = "BROOKLET_MAX_GENERATIONS_PER_USER",
        value_name = "N"
    )]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub at_once: Option<u64>,

    /// How many tokens a user may have in a day (UTC), read and written.
    #[arg(
        long = "max-tokens-per-day",
        env = "BROOKLET_MAX_TOKENS_PER_DAY",
        value_name = "N"
    )]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tokens_per_day: Option<u64>,

    /// How many tokens a user may have in a month (UTC), read and written.
    #[arg(
        long = "max-tokens-per-month",
        env = "BROOKLET_MAX_TOKENS_PER_MONTH",
        value_name = "N"
    )]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tokens_per_month: Option<u64>,
}

impl Allowance {
    /// What is said here, and for what is not, what is said there.
    #[must_use]
    pub fn over(&self, usual: &Self) -> Self {
        Self {
            requests_per_minute: self.requests_per_minute.or(usual.requests_per_minute),
            at_once: self.at_once.or(usual.at_once),
            tokens_per_day: self.tokens_per_day.or(usual.tokens_per_day),
            tokens_per_month: self.tokens_per_month.or(usual.tokens_per_month),
        }
    }

    /// As it is kept; what cannot be read says nothing.
    pub fn read(json: &str) -> Self {
        serde_json::from_str(json).unwrap_or_default()
    }

    /// As it is kept: a JSON object.
    pub fn json(&self) -> String {
        serde_json::to_string(self).unwrap_or_default()
    }
}
