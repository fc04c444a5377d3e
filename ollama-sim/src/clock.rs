//! Time as Ollama writes and reads it: RFC 3339 in UTC, and Go's durations.
//! Who waits for how long lives in `answer`.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// The length of `2026-08-22T10:11:12.123456789Z`.
pub(crate) const STAMP: usize = 30;

/// The time since 1970; a clock before that reads as 1970.
pub(crate) fn since_epoch() -> Duration {
    SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default()
}

/// Writes the time since 1970 as RFC 3339, to the nanosecond.
pub(crate) fn rfc3339(time: Duration) -> [u8; STAMP] {
    let seconds = time.as_secs();
    let (year, month, day) = civil(seconds / 86_400);
    let mut stamp = *b"0000-00-00T00:00:00.000000000Z";
    let mut put = |at: usize, digits: usize, mut number: u64| {
        for place in (at..at + digits).rev() {
            stamp[place] = b"0123456789"[(number % 10) as usize];
            number /= 10;
        }
    };
    put(0, 4, year);
    put(5, 2, month);
    put(8, 2, day);
    put(11, 2, seconds / 3600 % 24);
    put(14, 2, seconds / 60 % 60);
    put(17, 2, seconds % 60);
    put(20, 9, u64::from(time.subsec_nanos()));
    stamp
}

/// The same as text.
pub(crate) fn rfc3339_text(time: Duration) -> String {
    String::from_utf8_lossy(&rfc3339(time)).into_owned()
}

/// Year, month and day of the day `days` after 1970-01-01, by counting in
/// years that begin in March (Howard Hinnant's `civil_from_days`).
const fn civil(days: u64) -> (u64, u64, u64) {
    let days = days + 719_468;
    let (era, day) = (days / 146_097, days % 146_097);
    let year = (day - day / 1460 + day / 36_524 - day / 146_096) / 365;
    let day = day - (365 * year + year / 4 - year / 100);
    let month = (5 * day + 2) / 153;
    let day = day - (153 * month + 2) / 5 + 1;
    let month = if month < 10 { month + 3 } else { month - 9 };
    let year = era * 400 + year + if month <= 2 { 1 } else { 0 };
    (year, month, day)
}

/// Go's units, the longer name before the one that it begins with.
const UNITS: [(&str, f64); 8] = [
    ("ns", 1e-9),
    ("us", 1e-6),
    ("µs", 1e-6),
    ("μs", 1e-6),
    ("ms", 1e-3),
    ("s", 1.0),
    ("m", 60.0),
    ("h", 3600.0),
];

/// Reads a Go duration such as `500ms`, `2s` or `1h30m`, without a sign.
pub(crate) fn duration(text: &str) -> Result<Duration, String> {
    if text == "0" {
        return Ok(Duration::ZERO);
    }
    let invalid = || format!("time: invalid duration \"{text}\"");
    let (mut rest, mut seconds) = (text, 0.0);
    while !rest.is_empty() {
        let end = rest
            .find(|c: char| !c.is_ascii_digit() && c != '.')
            .unwrap_or(rest.len());
        let number: f64 = rest[..end].parse().map_err(|_| invalid())?;
        rest = &rest[end..];
        if rest.is_empty() {
            return Err(format!("time: missing unit in duration \"{text}\""));
        }
        let unit = UNITS.iter().find(|(name, _)| rest.starts_with(name));
        let (name, size) = unit.ok_or_else(invalid)?;
        seconds += number * size;
        rest = &rest[name.len()..];
    }
    if text.is_empty() {
        return Err(invalid());
    }
    Duration::try_from_secs_f64(seconds).map_err(|_| invalid())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn writes_time_as_ollama_does() {
        let known = [
            (0, 0, "1970-01-01T00:00:00.000000000Z"),
            (951_782_400, 1, "2000-02-29T00:00:00.000000001Z"),
            (1_787_393_472, 123_456_789, "2026-08-22T10:11:12.123456789Z"),
        ];
        for (seconds, nanos, text) in known {
            assert_eq!(rfc3339_text(Duration::new(seconds, nanos)), text);
        }
    }

    #[test]
    fn reads_go_durations() {
        assert_eq!(duration("500ms"), Ok(Duration::from_millis(500)));
        assert_eq!(duration("1h30m"), Ok(Duration::from_secs(5400)));
        assert_eq!(duration("1.5s"), Ok(Duration::from_millis(1500)));
        assert_eq!(duration("0"), Ok(Duration::ZERO));
        assert_eq!(
            duration("10"),
            Err("time: missing unit in duration \"10\"".to_owned())
        );
        for wrong in ["", "s", "1x", "-1s", "1e400s", "1..2s"] {
            assert!(duration(wrong).is_err(), "{wrong}");
        }
    }
}
