//! Wrong passwords are slowed down: by account and address, by address, and by account.
//!
//! Each wrong one makes the next try wait longer, up to a bound that is long for one address and short for an account as a
//! whole, so that nobody can keep another out by guessing. What is not tried for an hour is forgotten: nobody is locked
//! out for ever. A name that there is not is slowed down as one that there is.

use std::{
    collections::HashMap,
    hash::{BuildHasher, Hash, RandomState},
    net::{IpAddr, Ipv4Addr},
    sync::{Mutex, MutexGuard, PoisonError},
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

/// The same for codes of the second factor, which only who knows the password comes to.
const CODES: (u32, u64) = (5, 15 * 60 * 1000);

/// For how long an address from which somebody has signed in may try for that account whatever others do, in milliseconds.
const KNOWN: u64 = 30 * 24 * 60 * 60 * 1000;

/// What is counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Kind {
    /// Codes for an account.
    Code,
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
    /// From where accounts were signed in to, and when.
    known: Mutex<HashMap<u64, u64>>,
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
        let is_known = self.is_known(name, address, now);
        let wrong = self.all();
        let waits = RULES.iter().filter_map(|(kind, free, most)| {
            // Nobody is kept out by others from where they have been.
            let counts = *kind == Kind::Both || !is_known;
            let found = wrong.get(&self.key(*kind, name, address));
            found.filter(|_| counts)?.wait(*free, *most, now)
        });
        waits.max()
    }

    /// Takes note of a wrong one.
    pub fn wrong(&self, name: &str, address: IpAddr, now: u64) {
        let mut wrong = self.all();
        make_room(&mut wrong, now);
        for (kind, ..) in RULES {
            count(&mut wrong, self.key(kind, name, address), now);
        }
    }

    /// Takes note of a right one, which was counted as a wrong one before it was looked at.
    pub fn right(&self, name: &str, address: IpAddr, now: u64) {
        let mut wrong = self.all();
        wrong.remove(&self.key(Kind::Both, name, address));
        for kind in [Kind::Address, Kind::Account] {
            if let Some(found) = wrong.get_mut(&self.key(kind, name, address)) {
                found.count = found.count.saturating_sub(1);
            }
        }
        drop(wrong);
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        if known.len() >= MOST {
            known.clear();
        }
        known.insert(self.key(Kind::Both, name, address), now);
    }

    /// Takes back what was counted of a try that was not looked at.
    pub fn forget(&self, name: &str, address: IpAddr) {
        let mut wrong = self.all();
        for (kind, ..) in RULES {
            if let Some(found) = wrong.get_mut(&self.key(kind, name, address)) {
                found.count = found.count.saturating_sub(1);
            }
        }
    }

    fn is_known(&self, name: &str, address: IpAddr, now: u64) -> bool {
        let known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        let at = known.get(&self.key(Kind::Both, name, address));
        at.is_some_and(|at| now < at + KNOWN)
    }

    /// How long it is until a code for an account may be tried, wherever that comes from.
    pub fn code_wait(&self, id: &str, now: u64) -> Option<u32> {
        let (free, most) = CODES;
        self.all().get(&self.code_key(id))?.wait(free, most, now)
    }

    /// Takes note of a wrong code.
    pub fn code_wrong(&self, id: &str, now: u64) {
        let mut wrong = self.all();
        make_room(&mut wrong, now);
        count(&mut wrong, self.code_key(id), now);
    }

    /// Takes note of a right one.
    pub fn code_right(&self, id: &str) {
        self.all().remove(&self.code_key(id));
    }

    fn code_key(&self, id: &str) -> u64 {
        self.key(Kind::Code, id, Ipv4Addr::UNSPECIFIED.into())
    }

    fn all(&self) -> MutexGuard<'_, HashMap<u64, Wrong>> {
        self.wrong.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A number instead of a name, so that none is as long as somebody likes.
    fn key(&self, kind: Kind, name: &str, address: IpAddr) -> u64 {
        let name = (kind != Kind::Address).then(|| folded(name));
        let by_address = !matches!(kind, Kind::Account | Kind::Code);
        let address = by_address.then(|| client::household(address));
        self.keys.hash_one((kind, name, address))
    }
}

impl Wrong {
    /// How long one waits after so many, of which some are free, in seconds.
    fn wait(self, free: u32, most: u64, now: u64) -> Option<u32> {
        let over = self.count.checked_sub(free)?;
        let wait = 1000_u64.checked_shl(over.min(30)).unwrap_or(most).min(most);
        // A clock that has been set back has nobody wait for longer.
        let until = self.at.min(now) + wait;
        let left = until.saturating_sub(now);
        (left > 0).then(|| u32::try_from(left.div_ceil(1000)).unwrap_or(u32::MAX))
    }
}

fn count(wrong: &mut HashMap<u64, Wrong>, key: u64, now: u64) {
    let entry = wrong.entry(key).or_insert(Wrong { count: 0, at: now });
    if entry.at + FORGOTTEN < now {
        entry.count = 0;
    }
    entry.count = entry.count.saturating_add(1);
    entry.at = now;
}

/// What is old is forgotten where there is much, and all if that is not enough: a crowd of names is tried with passwords whose
/// hashes take longer than that.
fn make_room(wrong: &mut HashMap<u64, Wrong>, now: u64) {
    if wrong.len() >= MOST {
        wrong.retain(|_, it| it.at + FORGOTTEN / 4 > now);
    }
    if wrong.len() >= MOST {
        wrong.clear();
    }
}

#[cfg(test)]
mod tests {
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
    fn right_ones_are_not_counted_and_nobody_is_kept_out_from_where_they_have_been() {
        let slowing = Slowing::default();
        for number in 0..100 {
            let name = (number % 3).to_string();
            assert_eq!(slowing.wait(&name, HERE, 9_000_000), None);
            slowing.wrong(&name, HERE, 9_000_000);
            slowing.right(&name, HERE, 9_000_000);
        }
        for _ in 0..1000 {
            slowing.wrong("0", THERE, 9_000_000);
        }
        assert_eq!(slowing.wait("0", HERE, 9_000_000), None);
        assert_eq!(slowing.wait("0", HERE, 9_000_000 + KNOWN), None);
        assert_eq!(
            slowing.wait("0", Ipv4Addr::LOCALHOST.into(), 9_000_000),
            Some(10)
        );
    }

    #[test]
    fn codes_are_slowed_by_account() {
        let slowing = Slowing::default();
        for _ in 0..15 {
            slowing.code_wrong("anna", 9_000_000);
        }
        assert_eq!(slowing.code_wait("anna", 9_000_000), Some(15 * 60));
        assert_eq!(slowing.code_wait("berta", 9_000_000), None);
        slowing.code_right("anna");
        assert_eq!(slowing.code_wait("anna", 9_000_000), None);
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
