//! Sizes and durations as people say them.

use std::time::Duration;

use crate::words::Words;

/// A size: `2.0 GB`. A kilobyte is 1,000 bytes, as Ollama has it.
pub fn size(words: Words, bytes: u64) -> String {
    #[allow(clippy::cast_precision_loss, reason = "a tenth is all that is said")]
    let of = |unit: u64| words.tenths(bytes as f64 / unit as f64);
    match bytes {
        0..1_000 => words.size_bytes(bytes),
        1_000..1_000_000 => words.size_kilobytes(&of(1_000)),
        1_000_000..1_000_000_000 => words.size_megabytes(&of(1_000_000)),
        _ => words.size_gigabytes(&of(1_000_000_000)),
    }
}

/// A duration, by its largest unit alone.
pub fn duration(words: Words, time: Duration) -> String {
    match time.as_secs() {
        seconds @ 0..60 => words.for_seconds(seconds.max(1)),
        seconds @ 60..3_600 => words.for_minutes(seconds.div_ceil(60)),
        seconds @ 3_600..172_800 => words.for_hours(seconds.div_ceil(3_600)),
        seconds => words.in_days(seconds / 86_400),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test says what failed by failing")]

    use super::*;

    #[test]
    fn amounts_are_said_as_people_do() {
        let (en, de) = (Words::default(), Words::of("de").unwrap());
        for (bytes, said) in [
            (0, "0 bytes"),
            (1, "1 byte"),
            (1_500, "1.5 kB"),
            (5_250_000, "5.3 MB"),
            (42_520_413_916, "42.5 GB"),
        ] {
            assert_eq!(size(en, bytes), said);
        }
        assert_eq!(size(de, 2_019_393_189), "2,0 GB");
        for (seconds, said) in [
            (0, "1 second"),
            (59, "59 seconds"),
            (61, "2 minutes"),
            (7_200, "2 hours"),
            (200_000, "2 days"),
        ] {
            assert_eq!(duration(en, Duration::from_secs(seconds)), said);
        }
    }
}
