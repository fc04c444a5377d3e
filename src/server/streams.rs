//! How many streams are open: in all, and for each client.

use std::{
    collections::HashMap,
    net::IpAddr,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use crate::error::{Error, ErrorKind, Result};
use crate::words::told;

/// The open streams.
#[derive(Debug)]
pub struct Streams {
    /// How many there may be.
    most: usize,
    /// How many there may be for one address.
    most_per_client: usize,
    open: Mutex<Open>,
}

#[derive(Debug, Default)]
struct Open {
    all: usize,
    by_client: HashMap<IpAddr, usize>,
}

/// One open stream; dropping it makes room.
#[derive(Debug)]
pub struct Pass {
    streams: Arc<Streams>,
    client: Option<IpAddr>,
}

impl Streams {
    /// None open; at most `most` in all and `most_per_client` for one address.
    pub fn new(most: usize, most_per_client: usize) -> Self {
        Self {
            most,
            most_per_client,
            open: Mutex::default(),
        }
    }

    /// Room for one more. An address of this machine is not counted for itself: a proxy there speaks for many.
    ///
    /// # Errors
    /// [`ErrorKind::Busy`] when there is none.
    pub fn enter(self: &Arc<Self>, client: Option<IpAddr>) -> Result<Pass> {
        let client = client.filter(|client| !client.is_loopback());
        let mut open = self.open();
        if open.all >= self.most {
            let sentence = told::too_many_streams(&open.all.to_string());
            return Err(Error::told(ErrorKind::Busy, sentence));
        }
        if let Some(client) = client {
            let own = open.by_client.entry(client).or_default();
            if *own >= self.most_per_client {
                let sentence = told::too_many_own_streams(&own.to_string());
                return Err(Error::told(ErrorKind::Busy, sentence));
            }
            *own += 1;
        }
        open.all += 1;
        Ok(Pass {
            streams: Arc::clone(self),
            client,
        })
    }

    fn open(&self) -> MutexGuard<'_, Open> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Pass {
    fn drop(&mut self) {
        let mut open = self.streams.open();
        open.all -= 1;
        if let Some(client) = self.client
            && let Some(own) = open.by_client.get_mut(&client)
        {
            *own -= 1;
            if *own == 0 {
                open.by_client.remove(&client);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test says what failed by failing")]

    use super::*;

    #[test]
    fn there_is_room_in_all_and_for_each_client() {
        let streams = Arc::new(Streams::new(3, 1));
        let (ada, bob) = ("192.0.2.1".parse().ok(), "192.0.2.2".parse().ok());
        let here = "127.0.0.1".parse().ok();
        let first = streams.enter(ada).unwrap();
        assert!(streams.enter(ada).is_err());
        let _second = streams.enter(bob).unwrap();
        let third = streams.enter(here).unwrap();
        assert!(streams.enter(here).is_err());
        drop(third);
        drop(first);
        let _again = streams.enter(ada).unwrap();
        let _here = streams.enter(here).unwrap();
        assert_eq!(streams.open().by_client.len(), 2);
    }
}
