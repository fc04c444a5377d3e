//! How many may be in at once: in all, and for each client.

use std::{
    collections::HashMap,
    net::IpAddr,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use super::client::household;

/// A room that so many are let into.
#[derive(Debug)]
pub struct Room {
    /// How many there may be.
    most: usize,
    /// How many there may be of one client.
    most_per_client: usize,
    inside: Mutex<Inside>,
}

#[derive(Debug, Default)]
struct Inside {
    all: usize,
    by_client: HashMap<IpAddr, usize>,
}

/// One who is in; dropping it makes room.
#[derive(Debug)]
pub struct Pass {
    room: Arc<Room>,
    client: Option<IpAddr>,
}

/// Why there is no room.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Full {
    /// So many are in, which is all that may be.
    InAll(usize),
    /// So many are in of this client, which is all it may have.
    OfClient(usize),
}

impl Room {
    /// An empty one for at most `most`, and `most_per_client` of one client.
    pub fn new(most: usize, most_per_client: usize) -> Arc<Self> {
        Arc::new(Self {
            most,
            most_per_client,
            inside: Mutex::default(),
        })
    }

    /// Lets one more in; `None` speaks for many and is not counted for itself, and neither is an address of this machine: a
    /// proxy, perhaps.
    ///
    /// # Errors
    /// When there is no room.
    pub fn enter(self: &Arc<Self>, client: impl Into<Option<IpAddr>>) -> Result<Pass, Full> {
        let client = client.into().map(|client| client.to_canonical());
        let client = client.filter(|client| !client.is_loopback()).map(household);
        let mut inside = self.inside();
        if inside.all >= self.most {
            return Err(Full::InAll(inside.all));
        }
        if let Some(client) = client {
            let own = inside.by_client.get(&client).copied().unwrap_or_default();
            if own >= self.most_per_client {
                return Err(Full::OfClient(own));
            }
            inside.by_client.insert(client, own + 1);
        }
        inside.all += 1;
        Ok(Pass {
            room: Arc::clone(self),
            client,
        })
    }

    fn inside(&self) -> MutexGuard<'_, Inside> {
        self.inside.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Pass {
    fn drop(&mut self) {
        let mut inside = self.room.inside();
        inside.all -= 1;
        if let Some(client) = self.client
            && let Some(own) = inside.by_client.get_mut(&client)
        {
            *own -= 1;
            if *own == 0 {
                inside.by_client.remove(&client);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test says what failed by failing")]

    use super::*;

    fn address(text: &str) -> IpAddr {
        text.parse().unwrap()
    }

    #[test]
    fn there_is_room_in_all_and_for_each_client() {
        let room = Room::new(3, 1);
        let (ada, bob, here) = (
            address("192.0.2.1"),
            address("192.0.2.2"),
            address("127.0.0.1"),
        );
        let first = room.enter(ada).unwrap();
        assert_eq!(room.enter(ada).unwrap_err(), Full::OfClient(1));
        let _second = room.enter(bob).unwrap();
        let third = room.enter(here).unwrap();
        assert_eq!(room.enter(here).unwrap_err(), Full::InAll(3));
        drop(third);
        drop(first);
        let _again = room.enter(ada).unwrap();
        let _here = room.enter(here).unwrap();
        assert_eq!(room.inside().by_client.len(), 2);
    }

    #[test]
    fn a_client_is_one_whichever_of_its_addresses_it_takes() {
        let room = Room::new(9, 1);
        let _first = room.enter(address("2001:db8::1")).unwrap();
        assert!(room.enter(address("2001:db8:0:ff::2")).is_err());
        let _other = room.enter(address("2001:db8:0:100::1")).unwrap();
        let _fourth = room.enter(address("192.0.2.1")).unwrap();
        assert!(room.enter(address("::ffff:192.0.2.1")).is_err());
        // This machine, written as IPv6 has it.
        let _here = room.enter(address("::ffff:127.0.0.1")).unwrap();
        let _here_too = room.enter(address("::ffff:127.0.0.1")).unwrap();
    }

    #[test]
    fn nothing_stays_of_those_who_were_not_let_in() {
        let room = Room::new(9, 0);
        assert!(room.enter(address("192.0.2.1")).is_err());
        assert!(room.inside().by_client.is_empty());
    }
}
