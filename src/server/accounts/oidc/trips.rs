//! Who is at the provider right now: what was sent along with each, for when they come back. Each state is good once, for ten
//! minutes, and of one household there are only so many.

use std::{
    collections::HashMap,
    net::IpAddr,
    sync::{Mutex, PoisonError},
    time::Duration,
};

use openidconnect::PkceCodeVerifier;

use crate::{
    error::{Error, ErrorKind, Result},
    server::{client::household, clock::milliseconds, store::credentials::Hash},
    words::told,
};

/// For how long somebody may be away.
pub const AWAY: Duration = Duration::from_secs(10 * 60);

/// How many may be away at once.
const MOST: usize = 10_000;

/// How many of one household; the oldest makes room for the next.
const MOST_OF_ONE: usize = 200;

/// What belongs to somebody who was sent to the provider.
#[derive(Debug)]
pub struct Trip {
    /// What the token has to hold.
    pub nonce: String,
    /// What the code is given for a token with.
    pub verifier: PkceCodeVerifier,
    /// Where they wanted to go.
    pub to: String,
    /// What is kept of their browser's secret.
    pub browser: Hash,
}

/// All who are away, by what is kept of their state.
#[derive(Debug, Default)]
pub struct Trips(Mutex<HashMap<Hash, Away>>);

#[derive(Debug)]
struct Away {
    trip: Trip,
    household: IpAddr,
    /// Since when: milliseconds since 1970.
    since: u64,
}

impl Trips {
    /// Sends somebody away.
    ///
    /// # Errors
    /// [`ErrorKind::Busy`] when too many are.
    pub fn begin(&self, state: Hash, trip: Trip, address: IpAddr, now: u64) -> Result<()> {
        let mut trips = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let household = household(address);
        let own = || trips.iter().filter(|(_, it)| it.household == household);
        if own().count() >= MOST_OF_ONE
            && let Some(oldest) = own().min_by_key(|(_, it)| it.since)
        {
            let oldest = *oldest.0;
            trips.remove(&oldest);
        }
        if trips.len() >= MOST {
            trips.retain(|_, it| !it.is_over(now));
        }
        if trips.len() >= MOST {
            return Err(Error::told(ErrorKind::Busy, told::sign_ins_many()));
        }
        let away = Away {
            trip,
            household,
            since: now,
        };
        trips.insert(state, away);
        Ok(())
    }

    /// Somebody comes back with this state, which is used up; `None`: nobody was sent with it, or too long ago.
    pub fn end(&self, state: &Hash, now: u64) -> Option<Trip> {
        let mut trips = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let away = trips.remove(state)?;
        (!away.is_over(now)).then_some(away.trip)
    }
}

impl Away {
    fn is_over(&self, now: u64) -> bool {
        self.since + milliseconds(AWAY) <= now
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test says what failed by failing")]

    use std::net::Ipv4Addr;

    use super::*;

    fn trip() -> Trip {
        Trip {
            nonce: String::new(),
            verifier: PkceCodeVerifier::new(String::new()),
            to: "/".to_owned(),
            browser: [0; 32],
        }
    }

    fn state(number: u32) -> Hash {
        let mut state = [0; 32];
        state[..4].copy_from_slice(&number.to_be_bytes());
        state
    }

    fn address(number: u32) -> IpAddr {
        Ipv4Addr::from(number).into()
    }

    #[test]
    fn a_state_is_good_once_and_for_ten_minutes() {
        let (trips, away) = (Trips::default(), milliseconds(AWAY));
        for number in 0..2 {
            trips.begin(state(number), trip(), address(1), 5).unwrap();
        }
        assert!(trips.end(&state(2), 5).is_none());
        assert!(trips.end(&state(0), 4 + away).is_some());
        assert!(trips.end(&state(0), 5).is_none());
        assert!(trips.end(&state(1), 5 + away).is_none());
    }

    #[test]
    fn one_household_takes_only_its_own_place() {
        let trips = Trips::default();
        let most = u32::try_from(MOST).unwrap();
        let most_of_one = u32::try_from(MOST_OF_ONE).unwrap();
        trips.begin(state(0), trip(), address(1), 0).unwrap();
        for number in 1..=most_of_one + 1 {
            let now = u64::from(number);
            trips.begin(state(number), trip(), address(2), now).unwrap();
        }
        // Its own oldest has made room.
        assert!(trips.end(&state(1), 1).is_none());
        assert!(trips.end(&state(0), 1).is_some());
        for number in most_of_one + 2..most + 2 {
            let one = address(number);
            trips.begin(state(number), trip(), one, 500).unwrap();
        }
        let full = trips.begin(state(most + 2), trip(), address(3), 501);
        assert_eq!(full.unwrap_err().kind, ErrorKind::Busy);
        // What is over makes room.
        let later = 500 + milliseconds(AWAY);
        trips
            .begin(state(most + 2), trip(), address(3), later)
            .unwrap();
    }
}
