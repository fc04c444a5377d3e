//! Wrong passwords are slowed down: by account and address, by address, and by account.
//!
//! Each wrong one makes the next try wait longer, up to a bound that is long for one address and short for an account as a
//! whole, so that nobody can keep another out by guessing. What is not tried for an hour is forgotten: nobody is locked
//! out for ever. A name that there is not is slowed down as one that there is.

use std::{
    collections::HashMap,
    hash::{BuildHasher, Hash, RandomState},
    net::IpAddr,
    sync::{Mutex, PoisonError},
};

use crate::server::{client, store::users::folded};

/// After that long without a wrong one everything is forgotten, in milliseconds.
const FORGOTTEN: u64 = 60 * 60 * 1000;

/// How many tries are remembered; beyond it the oldest are forgotten.
const MOST: usize = 100_000;

/// What is counted, how many wrong ones are free, and how long one waits at the most, in milliseconds.
const RULES: [(Kind, u32, u64); 3] = [
    (Kind::Both, 5, 15 * 60 * 1000),
    (Kind::Address, 20, 15 * 60 * 1000),
    (Kind::Account, 20, 10 * 1000),
];

/// What is counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Kind {
    /// Tries for an account from an address.
    Both,
    /// Tries from an address.
    Address,
    /// Tries for an account.
    Account,
}

/// Who waits.
#[derive(Debug, Default)]
pub struct Slowing {
    wrong: Mutex<HashMap<u64, Wrong>>,
    keys: RandomState,
}

#[derive(Clone, Copy, Debug)]
struct Wrong {
    count: u32,
    /// When the last one was: milliseconds since 1970.
    at: u64,
}

impl Slowing {
    /// How long it is until this account may be tried from this address, in seconds; `None`: it may be now.
    pub fn wait(&self, name: &str, address: IpAddr, now: u64) -> Option<u32> {
        let wrong = self.wrong.lock().unwrap_or_else(PoisonError::into_inner);
        let waits = RULES.iter().filter_map(|(kind, free, most)| {
            let Wrong { count, at } = *wrong.get(&self.key(*kind, name, address))?;
            let over = count.checked_sub(*free)?;
            let wait = 1000_u64.checked_shl(over.min(30)).unwrap_or(*most);
            let until = at + wait.min(*most);
            (until > now).then(|| until - now)
        });
        let longest = waits.max()?;
        u32::try_from(longest.div_ceil(1000)).ok()
    }

    /// Takes note of a wrong one.
    pub fn wrong(&self, name: &str, address: IpAddr, now: u64) {
        let mut wrong = self.wrong.lock().unwrap_or_else(PoisonError::into_inner);
        if wrong.len() >= MOST {
            let newest = wrong.values().map(|it| it.at).max().unwrap_or_default();
            wrong.retain(|_, it| it.at + FORGOTTEN / 4 > newest);
        }
        for (kind, ..) in RULES {
            let entry = wrong.entry(self.key(kind, name, address));
            let entry = entry.or_insert(Wrong { count: 0, at: now });
            if entry.at + FORGOTTEN < now {
                entry.count = 0;
            }
            entry.count = entry.count.saturating_add(1);
            entry.at = now;
        }
    }

    /// Takes note of a right one: who knows the password need not wait here.
    pub fn right(&self, name: &str, address: IpAddr) {
        let mut wrong = self.wrong.lock().unwrap_or_else(PoisonError::into_inner);
        wrong.remove(&self.key(Kind::Both, name, address));
    }

    /// A number instead of a name, so that none is as long as somebody likes.
    fn key(&self, kind: Kind, name: &str, address: IpAddr) -> u64 {
        let name = (kind != Kind::Address).then(|| folded(name));
        let address = (kind != Kind::Account).then(|| client::household(address));
        self.keys.hash_one((kind, name, address))
    }
}

#[cfg(test)]
mod tests {
    use std::net::Ipv4Addr;

    use super::*;

    const HERE: IpAddr = IpAddr::V4(Ipv4Addr::new(192, 0, 2, 1));
    const THERE: IpAddr = IpAddr::V4(Ipv4Addr::new(192, 0, 2, 2));

    #[test]
    fn each_wrong_one_makes_the_next_wait_longer_and_an_hour_makes_all_forgotten() {
        let slowing = Slowing::default();
        let mut now = 1_000_000;
        let mut waited = Vec::new();
        for _ in 0..20 {
            let wait = slowing.wait("Anna", HERE, now).unwrap_or(0);
            waited.push(wait);
            now += u64::from(wait) * 1000;
            assert_eq!(slowing.wait("anna ", HERE, now), None);
            slowing.wrong("ANNA", HERE, now);
        }
        assert_eq!(waited[..8], [0, 0, 0, 0, 0, 1, 2, 4]);
        assert_eq!(*waited.last().unwrap_or(&0), 15 * 60);
        assert!(slowing.wait("anna", HERE, now).is_some());
        now += FORGOTTEN + 1;
        assert_eq!(slowing.wait("anna", HERE, now), None);
        slowing.wrong("anna", HERE, now);
        assert_eq!(slowing.wait("anna", HERE, now), None);
    }

    #[test]
    fn nobody_keeps_another_out_for_long() {
        let slowing = Slowing::default();
        for _ in 0..1000 {
            slowing.wrong("anna", HERE, 5_000_000);
        }
        assert_eq!(slowing.wait("anna", HERE, 5_000_000), Some(15 * 60));
        assert_eq!(slowing.wait("anna", THERE, 5_000_000), Some(10));
        assert_eq!(slowing.wait("berta", THERE, 5_000_000), None);
        // Who tries many names waits for each.
        assert_eq!(slowing.wait("berta", HERE, 5_000_000), Some(15 * 60));
    }

    #[test]
    fn what_is_remembered_does_not_grow_for_ever() {
        let slowing = Slowing::default();
        for number in 0..2 * MOST as u64 {
            slowing.wrong(&number.to_string(), HERE, number * 100);
        }
        let wrong = slowing.wrong.lock().unwrap_or_else(PoisonError::into_inner);
        assert!(wrong.len() <= MOST + RULES.len(), "{}", wrong.len());
    }
}
