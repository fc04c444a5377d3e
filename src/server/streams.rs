//! The open streams: how many there are, in all and for each client, and whose, so that they can be cut off when who reads
//! them may not any more ([`super::revocation`]).

use std::{
    collections::{HashMap, HashSet},
    net::IpAddr,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use super::{
    accounts::caller::{By, Caller},
    connection::Line,
    room::{Full, Pass, Room},
};
use crate::{
    error::{Error, ErrorKind, Result},
    words::told,
};

/// The open streams.
#[derive(Debug)]
pub struct Streams {
    room: Arc<Room>,
    readers: Arc<Readers>,
}

/// Who reads, by numbers of no meaning.
#[derive(Debug, Default)]
struct Readers(Mutex<(u64, HashMap<u64, Reader>)>);

#[derive(Debug)]
struct Reader {
    user: Arc<str>,
    by: By,
    line: Line,
}

/// A place among the open streams; dropping it makes room.
#[derive(Debug)]
pub struct Seat {
    _pass: Pass,
    readers: Arc<Readers>,
    /// `None`: whoever reads may do so for ever.
    number: Option<u64>,
}

impl Streams {
    /// None open; at most `most` in all and `most_per_client` for one client.
    pub fn new(most: usize, most_per_client: usize) -> Self {
        Self {
            room: Room::new(most, most_per_client),
            readers: Arc::default(),
        }
    }

    /// Room for one more, which `caller` reads by `line`.
    ///
    /// # Errors
    /// [`ErrorKind::Busy`] when there is none.
    pub fn enter(&self, client: IpAddr, caller: &Caller, line: Option<&Line>) -> Result<Seat> {
        let pass = self.room.enter(client).map_err(|full| {
            let sentence = match full {
                Full::InAll(count) => told::too_many_streams(&count.to_string()),
                Full::OfClient(count) => told::too_many_own_streams(&count.to_string()),
            };
            Error::told(ErrorKind::Busy, sentence)
        })?;
        let line = line.filter(|_| !matches!(caller.by, By::Default));
        let number = line.map(|line| {
            let mut readers = self.readers.all();
            let (last, all) = &mut *readers;
            *last += 1;
            let reader = Reader {
                user: caller.owner(),
                by: caller.by.clone(),
                line: line.clone(),
            };
            all.insert(*last, reader);
            *last
        });
        Ok(Seat {
            _pass: pass,
            readers: Arc::clone(&self.readers),
            number,
        })
    }

    /// The users who read, or whose programs do.
    pub fn users(&self) -> HashSet<Arc<str>> {
        let readers = self.readers.all();
        readers.1.values().map(|it| Arc::clone(&it.user)).collect()
    }

    /// Cuts off those of a user who are not known any more by what they were known by.
    pub fn cut_unless(&self, user: &str, is_known: impl Fn(&By) -> bool) {
        let readers = self.readers.all();
        let own = readers.1.values().filter(|it| &*it.user == user);
        own.filter(|it| !is_known(&it.by))
            .for_each(|it| it.line.cut());
    }
}

impl Readers {
    fn all(&self) -> MutexGuard<'_, (u64, HashMap<u64, Reader>)> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        if let Some(number) = self.number {
            self.readers.all().1.remove(&number);
        }
    }
}
