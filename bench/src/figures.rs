//! What the streams of a run come to: sums, percentiles, costs.
//!
//! Not here: how they are told ([`crate::report`]).

use std::time::Duration;

use crate::answer::{Answer, Errors};
use crate::process::Memory;

/// Times in microseconds, sorted.
#[derive(Debug, Default)]
pub(crate) struct Times(Vec<u32>);

impl Times {
    pub(crate) fn new(mut times: Vec<u32>) -> Self {
        times.sort_unstable();
        Self(times)
    }

    /// How many there are.
    pub(crate) fn count(&self) -> usize {
        self.0.len()
    }

    /// The smallest time that so many percent are not above, in milliseconds.
    pub(crate) fn percentile(&self, percent: usize) -> Option<f64> {
        let rank = (self.0.len() * percent).div_ceil(100).max(1);
        self.0.get(rank - 1).map(|&time| f64::from(time) / 1000.0)
    }

    /// The longest, in milliseconds.
    pub(crate) fn longest(&self) -> Option<f64> {
        self.percentile(100)
    }
}

/// One load by one way.
#[derive(Debug)]
pub(crate) struct Figures {
    pub(crate) errors: Errors,
    /// Why the first stream that failed did.
    pub(crate) failure: Option<String>,
    /// Tokens that arrived.
    pub(crate) tokens: u64,
    /// From a stream's request to its first token.
    pub(crate) first: Times,
    /// From each token's stamp to its arrival.
    pub(crate) late: Times,
    /// From the first request to the last end.
    pub(crate) wall: Duration,
    pub(crate) costs: Costs,
}

/// What a run used.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Costs {
    /// Processor time of the server under test.
    pub(crate) server: Duration,
    /// Processor time of the simulator and this program.
    pub(crate) load: Duration,
    /// The server before the run.
    pub(crate) idle: Memory,
    /// The server after it.
    pub(crate) after: Memory,
}

/// A stream that has ended: its answer, and when it was asked for in nanoseconds since 1970.
#[derive(Debug)]
pub(crate) struct Stream {
    pub(crate) asked: u64,
    pub(crate) answer: Answer,
}

impl Figures {
    pub(crate) fn of(streams: Vec<Stream>, wall: Duration, costs: Costs) -> Self {
        let mut errors = Errors::default();
        let mut failure = None;
        let mut first = Vec::new();
        let mut late = Vec::new();
        for Stream { asked, answer } in streams {
            errors.add(answer.errors);
            failure = failure.or(answer.failure);
            if let Some(at) = answer.first {
                let time = at.saturating_sub(asked) / 1000;
                first.push(u32::try_from(time).unwrap_or(u32::MAX));
            }
            late.extend(answer.late);
        }
        Self {
            errors,
            failure,
            tokens: late.len() as u64,
            first: Times::new(first),
            late: Times::new(late),
            wall,
            costs,
        }
    }

    /// Tokens a second of the clock on the wall.
    pub(crate) fn tokens_per_second(&self) -> f64 {
        ratio(self.tokens as f64, self.wall.as_secs_f64())
    }

    /// Tokens a second of the server's processor time.
    pub(crate) fn tokens_per_server_second(&self) -> f64 {
        ratio(self.tokens as f64, self.costs.server.as_secs_f64())
    }

    /// Microseconds of the server's processor time a token.
    pub(crate) fn microseconds_per_token(&self) -> f64 {
        ratio(self.costs.server.as_secs_f64() * 1e6, self.tokens as f64)
    }

    /// How much of a core the server used, in percent.
    pub(crate) fn server_percent(&self) -> f64 {
        100.0 * ratio(self.costs.server.as_secs_f64(), self.wall.as_secs_f64())
    }

    /// How much of a core the simulator and this program used, in percent.
    pub(crate) fn load_percent(&self) -> f64 {
        100.0 * ratio(self.costs.load.as_secs_f64(), self.wall.as_secs_f64())
    }

    /// The server's memory in kB for each of so many streams.
    pub(crate) fn memory_per_stream(&self, streams: u32) -> f64 {
        let grown = self.costs.after.peak.saturating_sub(self.costs.idle.now);
        ratio(grown as f64, f64::from(streams))
    }
}

fn ratio(part: f64, whole: f64) -> f64 {
    if whole > 0.0 { part / whole } else { 0.0 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_are_of_the_sorted_times() {
        let times = Times::new((1..=200).rev().map(|it| it * 1000).collect());
        assert_eq!(times.percentile(50), Some(100.0));
        assert_eq!(times.percentile(99), Some(198.0));
        assert_eq!(times.longest(), Some(200.0));
        let one = Times::new(vec![7000]);
        assert_eq!(one.percentile(50), Some(7.0));
        assert_eq!(one.percentile(99), Some(7.0));
        assert_eq!(Times::default().percentile(50), None);
    }

    #[test]
    fn costs_are_shared_out() {
        let costs = Costs {
            server: Duration::from_millis(1),
            load: Duration::from_millis(5),
            idle: Memory {
                now: 1000,
                peak: 1100,
            },
            after: Memory {
                now: 1200,
                peak: 1300,
            },
        };
        let mut answer = Answer::new(2);
        answer.feed(b"data: {\"delta\":\"0@1000 1@2000 \"}\n\n", 5_000);
        answer.feed(b"data: {\"done\":true,\"status\":\"complete\"}\n\n", 5_000);
        answer.end(2);
        let streams = vec![Stream {
            asked: 2_000,
            answer,
        }];
        let figures = Figures::of(streams, Duration::from_millis(10), costs);
        assert_eq!(figures.errors, Errors::default());
        assert_eq!(figures.microseconds_per_token(), 500.0);
        assert_eq!(figures.tokens_per_second(), 200.0);
        assert_eq!(figures.tokens_per_server_second(), 2000.0);
        assert_eq!(figures.memory_per_stream(3), 100.0);
        assert_eq!(
            (figures.server_percent(), figures.load_percent()),
            (10.0, 50.0)
        );
        assert_eq!(figures.first.longest(), Some(0.003));
        assert_eq!(figures.late.longest(), Some(0.004));
    }
}
