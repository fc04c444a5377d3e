//! Values as SQLite has them: whole numbers have a sign, times are milliseconds since 1970, what has parts is JSON.

use std::time::{SystemTime, UNIX_EPOCH};

use serde_json::Value;

pub(super) fn json(value: &impl serde::Serialize) -> String {
    // What is saved here has nothing that JSON cannot say.
    serde_json::to_string(value).unwrap_or_default()
}

pub(super) fn milliseconds(time: SystemTime) -> i64 {
    let since = time.duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
}

pub(super) fn signed(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

/// Tool calls as they were written.
pub(super) fn calls(json: &str) -> Vec<Value> {
    serde_json::from_str(json).unwrap_or_default()
}

pub(super) fn unsigned(number: i64) -> u64 {
    u64::try_from(number).unwrap_or(0)
}
