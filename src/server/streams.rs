//! How many streams are open: in all, and for each client.

use std::{net::IpAddr, sync::Arc};

use super::room::{Full, Pass, Room};
use crate::{
    error::{Error, ErrorKind, Result},
    words::told,
};

/// The open streams.
#[derive(Debug)]
pub struct Streams(Arc<Room>);

impl Streams {
    /// None open; at most `most` in all and `most_per_client` for one client.
    pub fn new(most: usize, most_per_client: usize) -> Self {
        Self(Room::new(most, most_per_client))
    }

    /// Room for one more.
    ///
    /// # Errors
    /// [`ErrorKind::Busy`] when there is none.
    pub fn enter(&self, client: IpAddr) -> Result<Pass> {
        self.0.enter(client).map_err(|full| {
            let sentence = match full {
                Full::InAll(count) => told::too_many_streams(&count.to_string()),
                Full::OfClient(count) => told::too_many_own_streams(&count.to_string()),
            };
            Error::told(ErrorKind::Busy, sentence)
        })
    }
}
