//! What anybody can have happen as often as they like, and is to be noted all the same: once for each address and a while.

use std::{
    collections::HashMap,
    net::IpAddr,
    sync::{Mutex, PoisonError},
};

use crate::server::client::household;

/// For how long it is not noted again, in milliseconds.
const WHILE: u64 = 10 * 60 * 1000;

/// How many are remembered; when there are more, nothing is noted until some are forgotten.
const MOST: usize = 10_000;

/// What was noted lately, of whom, and when (milliseconds since 1970).
#[derive(Debug, Default)]
pub struct Seldom(Mutex<HashMap<(&'static str, IpAddr), u64>>);

impl Seldom {
    /// Whether this is to be noted of an address now; it is taken for noted then.
    pub fn is_time(&self, kind: &'static str, address: IpAddr, now: u64) -> bool {
        let mut noted = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let lately = |at: u64| (at..at.saturating_add(WHILE)).contains(&now);
        let which = (kind, household(address));
        if noted.get(&which).is_some_and(|at| lately(*at)) {
            return false;
        }
        if noted.len() >= MOST {
            noted.retain(|_, at| lately(*at));
        }
        if noted.len() >= MOST {
            return false;
        }
        noted.insert(which, now);
        true
    }
}

#[cfg(test)]
mod tests {
    use std::net::Ipv4Addr;

    use super::*;

    #[test]
    fn it_is_noted_once_for_each_address_and_a_while() {
        let seldom = Seldom::default();
        let (here, there) = (
            Ipv4Addr::new(192, 0, 2, 1).into(),
            Ipv4Addr::LOCALHOST.into(),
        );
        assert!(seldom.is_time("slowed", here, 1000));
        assert!(!seldom.is_time("slowed", here, 1000 + WHILE - 1));
        assert!(seldom.is_time("slowed", there, 1000));
        assert!(seldom.is_time("key_refused", here, 1000));
        assert!(seldom.is_time("slowed", here, 1000 + WHILE));
        // A clock that was set back does not keep it quiet.
        assert!(seldom.is_time("slowed", here, 10));
    }

    #[test]
    fn a_crowd_of_addresses_fills_nothing() {
        let seldom = Seldom::default();
        let address =
            |number: usize| IpAddr::from(Ipv4Addr::from(u32::try_from(number).unwrap_or(0)));
        let noted = (0..MOST + 10).filter(|it| seldom.is_time("slowed", address(*it), 5));
        assert_eq!(noted.count(), MOST);
        assert!(seldom.is_time("slowed", address(MOST + 1), 5 + WHILE));
    }
}
