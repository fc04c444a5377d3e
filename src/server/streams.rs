//! The open streams: how many there are, in all and for each client, and whose, so that they can be cut off when who reads
//! them may not any more ([`super::revocation`]).

use std::{
    collections::HashMap,
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

/// Who reads.
#[derive(Debug, Default)]
struct Readers(Mutex<Numbered>);

/// Readers by numbers of no meaning.
#[derive(Debug, Default)]
struct Numbered {
    last: u64,
    all: HashMap<u64, Reader>,
}

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
            let mut readers = self.readers.lock();
            readers.last += 1;
            let number = readers.last;
            let reader = Reader {
                user: caller.owner(),
                by: caller.by.clone(),
                line: line.clone(),
            };
            readers.all.insert(number, reader);
            number
        });
        Ok(Seat {
            _pass: pass,
            readers: Arc::clone(&self.readers),
            number,
        })
    }

    /// Whether nobody reads whose reading can come to an end by itself.
    pub fn is_empty(&self) -> bool {
        self.readers.lock().all.is_empty()
    }

    /// Cuts off those who are not known any more, as their users, by what they were known by.
    pub fn cut_unless(&self, is_known: impl Fn(&str, &By) -> bool) {
        let readers = self.readers.lock();
        let gone = readers
            .all
            .values()
            .filter(|it| !is_known(&it.user, &it.by));
        gone.for_each(|it| it.line.cut());
    }
}

impl Readers {
    fn lock(&self) -> MutexGuard<'_, Numbered> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        if let Some(number) = self.number {
            self.readers.lock().all.remove(&number);
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test says what failed by failing")]

    use futures_util::future::{AbortHandle, Abortable, pending};

    use super::*;
    use crate::server::store::credentials::Session;

    #[tokio::test]
    async fn who_is_not_known_any_more_is_cut_off_and_leaves_nothing() {
        let streams = Streams::new(10, 10);
        let caller = |id: &str| {
            let session = Session {
                id: id.to_owned(),
                ..Session::default()
            };
            Caller {
                by: By::Session(Arc::new(session)),
                ..Caller::default()
            }
        };
        let address = IpAddr::from([192, 0, 2, 1]);
        let read = |id: &str| {
            let (handle, cut) = AbortHandle::new_pair();
            let seat = streams.enter(address, &caller(id), Some(&Line::new(handle)));
            let seat = seat.unwrap();
            tokio::spawn(Abortable::new(
                async move {
                    let _seat = seat;
                    pending::<()>().await;
                },
                cut,
            ))
        };
        let (gone, stays) = (read("gone"), read("stays"));
        // Nobody can end what is read where nobody signs in.
        let free = streams.enter(address, &Caller::default(), None).unwrap();
        streams.cut_unless(|_, by| matches!(by, By::Session(session) if session.id == "stays"));
        assert!(gone.await.unwrap().is_err());
        assert_eq!(streams.readers.lock().all.len(), 1);
        streams.cut_unless(|_, _| false);
        assert!(stays.await.unwrap().is_err());
        assert!(streams.is_empty());
        drop(free);
    }
}
