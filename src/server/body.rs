//! The body of a request: read whole, and not for ever.
//!
//! A handler gets it when it is there. How large one may be, how slow, and what all of them may take together is said here.

use std::{sync::Arc, time::Duration};

use axum::body::Body;
use bytes::Bytes;
use http_body::Body as _;
use http_body_util::BodyExt;
use tokio::{
    sync::{OwnedSemaphorePermit, Semaphore},
    time::{Instant, timeout_at},
};

use crate::{
    error::{Error, ErrorKind, MAX_BODY, Result},
    words::told,
};

/// How much of a body that is too large is read and thrown away, so that its sender gets to read our answer.
const LINGER: usize = 100_000_000;

/// For how long nothing may come.
const PATIENCE: Duration = Duration::from_secs(10);

/// How many bytes have to come in a second: the time that a byte gives is no longer, and none is saved up beyond
/// [`PATIENCE`].
const PACE: u32 = 5000;

/// What all bodies that are being read may take, in bytes.
const ALL: usize = 256 * 1024 * 1024;

/// What is as short as this takes none of it: a Stop arrives whatever others send.
const SHORT: usize = 16 * 1024;

/// The unit that it is counted by.
const UNIT: usize = 1024;

/// Room for bodies.
#[derive(Debug)]
pub struct Bodies(Arc<Semaphore>);

/// The room that a body takes; dropping it gives it back.
pub type Held = Option<OwnedSemaphorePermit>;

impl Default for Bodies {
    fn default() -> Self {
        Self::new(ALL)
    }
}

impl Bodies {
    fn new(bytes: usize) -> Self {
        Self(Arc::new(Semaphore::new(bytes / UNIT)))
    }

    /// Reads a whole body of up to [`MAX_BODY`] bytes.
    ///
    /// # Errors
    /// 413 for a larger one; 408 for one that comes too slowly; 503 when others take all the room; 400 when the connection
    /// breaks. What comes after that is in `body` still.
    pub async fn read(&self, body: &mut Body) -> Result<(Bytes, Held)> {
        // As it has been announced, or as it comes.
        if body.size_hint().lower() > MAX_BODY as u64 {
            return Err(Error::too_large());
        }
        let mut deadline = Instant::now() + PATIENCE;
        let mut read = Vec::new();
        let mut held: Held = None;
        while let Some(data) = next(body, deadline).await? {
            let length = read.len() + data.len();
            if length > MAX_BODY {
                return Err(Error::too_large());
            }
            let has = held.as_ref().map_or(0, OwnedSemaphorePermit::num_permits);
            let takes = length.saturating_sub(SHORT).div_ceil(UNIT);
            let more = u32::try_from(takes.saturating_sub(has)).unwrap_or(u32::MAX);
            let Ok(more) = Arc::clone(&self.0).try_acquire_many_owned(more) else {
                return Err(Error::told(ErrorKind::Busy, told::too_many_bodies()));
            };
            match &mut held {
                Some(held) => held.merge(more),
                None => held = Some(more),
            }
            read.extend_from_slice(&data);
            let gained = u32::try_from(data.len()).unwrap_or(u32::MAX);
            let gained = Duration::from_secs(gained.into()) / PACE;
            deadline = (deadline + gained).min(Instant::now() + PATIENCE);
        }
        Ok((read.into(), held))
    }
}

/// What comes next; `None`: that was all.
async fn next(body: &mut Body, deadline: Instant) -> Result<Option<Bytes>> {
    loop {
        let Ok(frame) = timeout_at(deadline, body.frame()).await else {
            return Err(Error::told(ErrorKind::TooSlow, told::too_slow()));
        };
        let Some(frame) = frame else {
            return Ok(None);
        };
        let frame = frame
            .map_err(|error| Error::bad_request(format!("The request broke off: {error}.")))?;
        if let Ok(data) = frame.into_data() {
            return Ok(Some(data));
        }
    }
}

/// Reads on, so that who sends it reads our answer; but not for ever.
pub async fn throw_away(mut body: Body) {
    let deadline = Instant::now() + PATIENCE;
    let mut length = 0;
    while length < LINGER {
        let Ok(Some(Ok(frame))) = timeout_at(deadline, body.frame()).await else {
            return;
        };
        length += frame.data_ref().map_or(0, Bytes::len);
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test says what failed by failing")]

    use std::convert::Infallible;

    use futures_util::{StreamExt, stream};
    use tokio::time::sleep;

    use super::*;

    /// A body in pieces of this many bytes, one each second.
    fn each_second(size: usize, count: usize) -> Body {
        let pieces = stream::iter(0..count).then(move |_| async move {
            sleep(Duration::from_secs(1)).await;
            Ok::<_, Infallible>(vec![b' '; size])
        });
        Body::from_stream(pieces)
    }

    /// By a clock that stands still until there is nothing to do.
    #[tokio::test(start_paused = true)]
    async fn a_slow_body_is_read_and_one_that_is_too_slow_is_not() {
        let bodies = Bodies::default();
        let (slow, _) = bodies.read(&mut each_second(5000, 100)).await.unwrap();
        assert_eq!(slow.len(), 500_000);
        let refused = async |mut body: Body| {
            let begun = Instant::now();
            let error = bodies.read(&mut body).await.unwrap_err();
            assert_eq!(error.kind, ErrorKind::TooSlow);
            begun.elapsed()
        };
        assert_eq!(refused(each_second(10, 100)).await.as_secs(), 10);
        // Much at first buys no time for later.
        let much = Body::from(vec![b' '; 9_000_000]).into_data_stream();
        let much = Body::from_stream(much.chain(each_second(10, 100).into_data_stream()));
        assert_eq!(refused(much).await.as_secs(), 10);
    }

    #[tokio::test]
    async fn what_all_of_them_take_has_a_limit_and_comes_back() {
        let bodies = Bodies::new(10 * UNIT);
        let read = async |length: usize| bodies.read(&mut Body::from(vec![b' '; length])).await;
        let long = SHORT + 4 * UNIT;
        let first = read(long).await.unwrap();
        let (_, second) = read(long).await.unwrap();
        let error = read(long).await.unwrap_err();
        assert_eq!(error.kind, ErrorKind::Busy);
        // What was begun in vain takes nothing, and neither does what is short.
        assert_eq!(bodies.0.available_permits(), 2);
        let short = read(SHORT).await.unwrap();
        assert_eq!(bodies.0.available_permits(), 2);
        drop(second);
        read(long).await.unwrap();
        drop((first, short));
        assert_eq!(bodies.0.available_permits(), 10);
        assert!(read(0).await.unwrap().0.is_empty());
    }
}
