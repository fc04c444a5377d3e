//! The loads: how many streams, of how many tokens, at which rate.
//!
//! Not here: how a load is put on a server ([`crate::run`]).

use std::time::Duration;

use crate::way::Way;

/// What is asked of a way at once.
#[derive(Clone, Debug)]
pub(crate) struct Load {
    /// What `--only` calls it.
    pub(crate) name: &'static str,
    /// What the table calls it.
    pub(crate) title: String,
    /// Connections that read at the same time.
    pub(crate) streams: u32,
    /// Tokens of each stream.
    pub(crate) tokens: u32,
    /// Tokens a second of each stream; 0 is as fast as they are read.
    pub(crate) rate: u32,
    /// Whether all streams read one and the same generation.
    pub(crate) shared: bool,
    /// Over how long they begin, so that the crowd at the door is not what is measured.
    pub(crate) arrival: Duration,
    /// How often it is done, one after the other.
    pub(crate) rounds: u32,
}

impl Load {
    /// All of them; small ones when it is only to be seen whether they work.
    pub(crate) fn all(quick: bool) -> Vec<Self> {
        let tokens = if quick { 40 } else { 200 };
        let paced: &[(&'static str, u32)] = if quick {
            &[("1", 1), ("50", 50)]
        } else {
            &[
                ("1", 1),
                ("50", 50),
                ("200", 200),
                ("1000", 1000),
                ("5000", 5000),
            ]
        };
        let mut loads: Vec<Self> = paced
            .iter()
            .map(|&(name, streams)| Self {
                name,
                title: format!(
                    "{streams} {} × {tokens} at 40/s",
                    if streams == 1 { "stream" } else { "streams" }
                ),
                streams,
                tokens,
                rate: 40,
                shared: false,
                arrival: Duration::from_secs(1),
                rounds: 1,
            })
            .collect();
        let tokens = if quick { 2000 } else { 20_000 };
        loads.push(Self {
            name: "full",
            title: format!("8 streams × {tokens}, full speed"),
            streams: 8,
            tokens,
            rate: 0,
            shared: false,
            arrival: Duration::ZERO,
            // One takes a fraction of a second.
            rounds: if quick { 1 } else { 5 },
        });
        let crowds: &[(&'static str, u32, u32, u32, u64)] = if quick {
            &[("readers", 50, 100, 100, 1)]
        } else {
            &[("readers", 200, 1000, 100, 1), ("10k", 10_000, 40, 4, 5)]
        };
        loads.extend(
            crowds
                .iter()
                .map(|&(name, streams, tokens, rate, arrival)| Self {
                    name,
                    title: format!("{streams} readers of one × {tokens} at {rate}/s"),
                    streams,
                    tokens,
                    rate,
                    shared: true,
                    arrival: Duration::from_secs(arrival),
                    rounds: 1,
                }),
        );
        loads
    }

    /// Whether it can be asked of this way.
    pub(crate) fn suits(&self, way: Way) -> bool {
        !self.shared || way == Way::Chat
    }

    /// Whether tokens come at a rate, so that their lateness means something.
    pub(crate) fn is_paced(&self) -> bool {
        self.rate > 0
    }

    /// The simulator's script.
    pub(crate) fn model(&self) -> String {
        // All readers are there before the first token.
        let delay = if self.shared {
            format!(",delay={}ms", self.arrival.as_millis() * 3 / 2)
        } else {
            String::new()
        };
        let Self { tokens, rate, .. } = self;
        format!("sim:tokens={tokens},rate={rate},text=stamp{delay}")
    }

    /// When a stream begins.
    pub(crate) fn begin_of(&self, stream: u32) -> Duration {
        self.arrival
            .mul_f64(f64::from(stream) / f64::from(self.streams))
    }

    /// How long it may take at most: what has not ended by then is an error.
    pub(crate) fn patience(&self) -> Duration {
        let tokens = f64::from(self.tokens);
        let paced = if self.is_paced() {
            tokens / f64::from(self.rate)
        } else {
            0.0
        };
        Duration::from_secs_f64(paced + 25.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn streams_begin_before_they_are_to_have_arrived() {
        for load in Load::all(false) {
            assert_eq!(load.begin_of(0), Duration::ZERO, "{}", load.name);
            let last = load.begin_of(load.streams - 1);
            assert!(last <= load.arrival, "{}", load.name);
            assert_eq!(last.is_zero(), load.streams == 1 || load.rate == 0);
        }
    }

    #[test]
    fn only_chats_can_be_shared() {
        for load in Load::all(true) {
            assert!(load.suits(Way::Chat));
            assert_eq!(load.suits(Way::Nginx), !load.shared);
        }
    }
}
