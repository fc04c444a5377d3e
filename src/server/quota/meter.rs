//! What one has used.

use jiff::{Timestamp, ToSpan, civil::Date, tz::Offset};

use super::{
    Allowance,
    enough::{Enough, What},
};
use crate::server::store::ledger::Usage;

/// After how many seconds one may try again who has too many generations at once: when one ends nobody knows.
const SOON: u32 = 5;

/// A day, in milliseconds.
const DAY: u64 = 24 * 60 * 60 * 1000;

/// A minute, in milliseconds.
const MINUTE: f64 = 60_000.0;

/// For how long something is counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Period {
    Day,
    Month,
}

impl Period {
    /// The first day of the one that a time is in, as days since 1970.
    pub(super) fn first_day(self, now: u64) -> i64 {
        let day = i64::try_from(now / DAY).unwrap_or_default();
        match self {
            Self::Day => day,
            Self::Month => day - i64::from(date(now).day()) + 1,
        }
    }

    /// In how many seconds the next one begins.
    fn seconds_left(self, now: u64) -> u32 {
        let next = match self {
            Self::Day => date(now).tomorrow(),
            Self::Month => date(now).first_of_month().checked_add(1.month()),
        };
        let next = next.and_then(|next| Offset::UTC.to_timestamp(next.at(0, 0, 0, 0)));
        let next = next.map(|next| next.as_millisecond());
        let left = next.map(|next| u64::try_from(next).unwrap_or_default().saturating_sub(now));
        let seconds = left.unwrap_or(DAY).div_ceil(1000);
        u32::try_from(seconds).unwrap_or(u32::MAX)
    }
}

fn date(now: u64) -> Date {
    let now = i64::try_from(now).unwrap_or_default();
    let now = Timestamp::from_millisecond(now).unwrap_or_default();
    Offset::UTC.to_datetime(now).date()
}

/// What one has used lately.
#[derive(Debug, Default)]
pub(super) struct Meter {
    /// How many requests of the last minute are not made up for, as of `at`.
    requests: f64,
    /// When the last one came: milliseconds since 1970.
    at: u64,
    /// How many generations wait or run.
    pub(super) at_once: u64,
    /// Tokens of a day and of a month, each with its first day; `None`: it is not known yet.
    tokens: Option<[(i64, u64); 2]>,
}

impl Meter {
    /// Counts a request, of which there may be so many a minute: each is made up for in its part of it.
    ///
    /// # Errors
    /// After how many seconds the next one may come.
    pub(super) fn request(&mut self, most: u64, now: u64) -> Result<(), u32> {
        #[allow(clippy::cast_precision_loss, reason = "nobody has so many")]
        let (most, passed) = (most.max(1) as f64, now.saturating_sub(self.at) as f64);
        self.requests = passed.mul_add(-most / MINUTE, self.requests).max(0.0);
        self.at = now;
        if self.requests + 1.0 > most {
            let wait = (self.requests + 1.0 - most) * 60.0 / most;
            #[allow(
                clippy::cast_possible_truncation,
                clippy::cast_sign_loss,
                reason = "it is a minute at the most"
            )]
            return Err(wait.ceil().max(1.0) as u32);
        }
        self.requests += 1.0;
        Ok(())
    }

    /// Whether nothing is lost with it: nothing waits or runs, and no request of the last minute counts.
    pub(super) const fn rests(&self, now: u64) -> bool {
        self.at_once == 0 && now.abs_diff(self.at) > 60_000
    }

    /// Whether it is known what was used before this process.
    pub(super) const fn is_loaded(&self) -> bool {
        self.tokens.is_some()
    }

    /// Takes note of what was used since the month began.
    pub(super) fn load(&mut self, usage: &[Usage], now: u64) {
        let since = [Period::Day, Period::Month].map(|period| period.first_day(now));
        self.tokens = Some(since.map(|first| {
            let of_it = usage.iter().filter(|usage| usage.day >= first);
            (first, of_it.map(|it| it.prompt_tokens + it.tokens).sum())
        }));
    }

    /// How many tokens were used in the period that a time is in.
    pub(super) fn tokens(&mut self, period: Period, now: u64) -> u64 {
        self.turn(now).map_or(0, |tokens| tokens[period as usize].1)
    }

    /// Adds to what was used.
    pub(super) fn add(&mut self, tokens: u64, now: u64) {
        for (_, used) in self.turn(now).into_iter().flatten() {
            *used += tokens;
        }
    }

    /// Begins a new day, or a month, when it has come. `None`: it is not known what was used.
    fn turn(&mut self, now: u64) -> Option<&mut [(i64, u64); 2]> {
        let first = [Period::Day, Period::Month].map(|period| period.first_day(now));
        let tokens = self.tokens.as_mut()?;
        for ((of, used), first) in tokens.iter_mut().zip(first) {
            if *of != first {
                (*of, *used) = (first, 0);
            }
        }
        Some(tokens)
    }

    /// Whether one more generation may begin.
    ///
    /// # Errors
    /// What there was enough of, and when there is more.
    pub(super) fn holds(&mut self, allowance: &Allowance, now: u64) -> Result<(), Enough> {
        if let Some(most) = allowance.at_once
            && self.at_once >= most
        {
            return Err(Enough {
                what: What::AtOnce,
                used: self.at_once,
                most,
                wait: SOON,
            });
        }
        self.has_tokens(allowance, now)
    }

    /// Whether there are tokens left.
    ///
    /// # Errors
    /// As [`Meter::holds`].
    pub(super) fn has_tokens(&mut self, allowance: &Allowance, now: u64) -> Result<(), Enough> {
        for (period, what, most) in [
            (Period::Day, What::TokensOfDay, allowance.tokens_per_day),
            (
                Period::Month,
                What::TokensOfMonth,
                allowance.tokens_per_month,
            ),
        ] {
            let used = self.tokens(period, now);
            if let Some(most) = most
                && used >= most
            {
                let wait = period.seconds_left(now);
                return Err(Enough {
                    what,
                    used,
                    most,
                    wait,
                });
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test says what failed by failing")]

    use super::*;

    /// The last second of November 2026, in UTC.
    const END: u64 = 1_796_083_199_000;

    #[test]
    fn requests_are_made_up_for_in_their_part_of_a_minute() {
        let mut meter = Meter::default();
        for _ in 0..60 {
            meter.request(60, END).unwrap();
        }
        assert_eq!(meter.request(60, END), Err(1));
        assert_eq!(meter.request(60, END + 999), Err(1));
        meter.request(60, END + 1000).unwrap();
        assert_eq!(meter.request(60, END + 1000), Err(1));
        for _ in 0..60 {
            meter.request(60, END + 100_000).unwrap();
        }
        // Of few one waits long.
        let mut meter = Meter::default();
        meter.request(1, END).unwrap();
        assert_eq!(meter.request(1, END), Err(60));
    }

    #[test]
    fn days_and_months_end_and_begin() {
        assert_eq!(date(END).to_string(), "2026-11-30");
        assert_eq!(
            Period::Month.first_day(END),
            Period::Day.first_day(END) - 29
        );
        assert_eq!(Period::Day.seconds_left(END), 1);
        assert_eq!(Period::Month.seconds_left(END), 1);
        assert_eq!(Period::Month.seconds_left(END + 1000), 31 * 24 * 60 * 60);
        let mut meter = Meter::default();
        meter.load(&[], END);
        meter.add(10, END);
        let tokens = |meter: &mut Meter, now| {
            [Period::Day, Period::Month].map(|period| meter.tokens(period, now))
        };
        assert_eq!(tokens(&mut meter, END), [10, 10]);
        meter.add(5, END - DAY);
        assert_eq!(tokens(&mut meter, END + 1000), [0, 0]);
    }

    #[test]
    fn what_was_used_before_counts() {
        let day = Period::Day.first_day(END);
        let usage = |day, tokens| Usage {
            day,
            tokens,
            prompt_tokens: 1,
            ..Usage::default()
        };
        let mut meter = Meter::default();
        meter.load(
            &[usage(day - 40, 1000), usage(day - 3, 20), usage(day, 4)],
            END,
        );
        assert_eq!(meter.tokens(Period::Day, END), 5);
        // What the ledger was asked for is the month; what is older is left out here too.
        assert_eq!(meter.tokens(Period::Month, END), 26);
        let allowance = Allowance {
            tokens_per_month: Some(26),
            ..Allowance::default()
        };
        let refused = meter.holds(&allowance, END).unwrap_err();
        let expected = Enough {
            what: What::TokensOfMonth,
            used: 26,
            most: 26,
            wait: 1,
        };
        assert_eq!(refused, expected);
        meter.holds(&allowance, END + 1000).unwrap();
    }
}
