//! What anybody can have happen as often as they like, and is to be noted all the same: once for whom it is about, each address and a while.

use std::{
    collections::HashMap,
    net::IpAddr,
    sync::{Mutex, PoisonError},
};

use crate::server::client::household;

/// For how long it is not noted again, in milliseconds.
const WHILE: u64 = 10 * 60 * 1000;

/// How many are remembered; when there are more, the oldest is forgotten.
const MOST: usize = 10_000;

/// What was noted lately: what, about whom, from where; and when (milliseconds since 1970).
#[derive(Debug, Default)]
pub struct Seldom(Mutex<HashMap<(&'static str, String, IpAddr), u64>>);

impl Seldom {
    /// Whether this is to be noted now; it is taken for noted then.
    pub fn is_time(&self, kind: &'static str, whom: &str, address: IpAddr, now: u64) -> bool {
        let mut noted = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let lately = |at: u64| (at..at.saturating_add(WHILE)).contains(&now);
        let which = (kind, whom.to_owned(), household(address));
        if noted.get(&which).is_some_and(|at| lately(*at)) {
            return false;
        }
        if noted.len() >= MOST {
            noted.retain(|_, at| lately(*at));
        }
        if noted.len() >= MOST {
            let oldest = noted.iter().min_by_key(|(_, at)| **at);
            if let Some(oldest) = oldest.map(|(which, _)| which.clone()) {
                noted.remove(&oldest);
            }
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
        assert!(seldom.is_time("slowed", "a", here, 1000));
        assert!(!seldom.is_time("slowed", "a", here, 1000 + WHILE - 1));
        assert!(seldom.is_time("slowed", "b", here, 1000));
        assert!(seldom.is_time("slowed", "a", there, 1000));
        assert!(seldom.is_time("key_refused", "a", here, 1000));
        assert!(seldom.is_time("slowed", "a", here, 1000 + WHILE));
        // A clock that was set back does not keep it quiet.
        assert!(seldom.is_time("slowed", "a", here, 10));
    }

    #[test]
    fn a_crowd_of_addresses_fills_nothing_and_mutes_nobody() {
        let seldom = Seldom::default();
        let address = |number: usize| {
            let number = u32::try_from(number).unwrap_or_default();
            IpAddr::from(Ipv4Addr::from(number))
        };
        for number in 0..MOST + 10 {
            let at = u64::try_from(number).unwrap_or_default();
            assert!(seldom.is_time("slowed", "", address(number), at));
        }
        let kept = seldom.0.lock().unwrap_or_else(PoisonError::into_inner);
        assert_eq!(kept.len(), MOST);
    }
}
