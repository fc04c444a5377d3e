//! Bytes in and out, and not for ever: a connection that ends when nothing goes on at its other end.
//!
//! A reader that has gone to sleep with its connection open would hold a stream, and what the kernel buffers for it,
//! for ever. Only a write that makes no progress counts: a stream in which nothing is said is no fault of its reader.
//! And who sends the head of a request byte by byte would hold a connection for a byte now and then.

use std::{
    io::{self, IoSlice},
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    task::{Context, Poll, ready},
    time::Duration,
};

use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    time::{Sleep, sleep},
};

/// Whether what comes in next is the head of a request, as who answers requests knows.
#[derive(Clone, Debug, Default)]
pub struct Awaited {
    /// How often that has changed: one is awaited at first.
    changes: Arc<AtomicUsize>,
}

impl Awaited {
    /// A head is awaited from now on, and another one than before; or none is.
    pub fn set(&self, awaited: bool) {
        let changes = self.changes.load(Ordering::Relaxed);
        if is_awaited(changes) != awaited {
            self.changes.store(changes + 1, Ordering::Relaxed);
        }
    }
}

const fn is_awaited(changes: usize) -> bool {
    changes.is_multiple_of(2)
}

/// How long is too long.
#[derive(Clone, Copy, Debug)]
pub struct Patience {
    /// For the head of a request, from its first byte on.
    pub head: Duration,
    /// For a write that makes no progress.
    pub write: Duration,
}

/// A connection that fails when nothing goes on for a while.
#[derive(Debug)]
pub struct Stalling<T> {
    stream: T,
    patience: Patience,
    awaited: Awaited,
    /// Runs while the head of a request comes, which was awaited after so many changes.
    coming: Option<(usize, Pin<Box<Sleep>>)>,
    /// Runs while a write waits; made when the first one has to.
    stalled: Option<Pin<Box<Sleep>>>,
}

impl<T: AsyncWrite + Unpin> Stalling<T> {
    /// A connection that is waited for with such patience.
    pub const fn new(stream: T, patience: Patience, awaited: Awaited) -> Self {
        Self {
            stream,
            patience,
            awaited,
            coming: None,
            stalled: None,
        }
    }

    /// Lets a write go ahead, and looks at the clock when it cannot.
    fn progress<R>(
        &mut self,
        context: &mut Context<'_>,
        write: impl FnOnce(Pin<&mut T>, &mut Context<'_>) -> Poll<io::Result<R>>,
    ) -> Poll<io::Result<R>> {
        if let Poll::Ready(written) = write(Pin::new(&mut self.stream), context) {
            self.stalled = None;
            return Poll::Ready(written);
        }
        let patience = self.patience.write;
        let stalled = self
            .stalled
            .get_or_insert_with(|| Box::pin(sleep(patience)));
        ready!(stalled.as_mut().poll(context));
        too_late("the reader has taken nothing for too long")
    }
}

impl<T: AsyncRead + Unpin> AsyncRead for Stalling<T> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let read = Pin::new(&mut self.stream).poll_read(context, buffer);
        let changes = self.awaited.changes.load(Ordering::Relaxed);
        // Of a head that has come nothing is left, though nothing has been read since.
        self.coming.take_if(|(awaited, _)| *awaited != changes);
        if !is_awaited(changes) {
            return read;
        }
        if read.is_ready() {
            let patience = self.patience.head;
            self.coming
                .get_or_insert_with(|| (changes, Box::pin(sleep(patience))));
            return read;
        }
        if let Some((_, coming)) = &mut self.coming {
            ready!(coming.as_mut().poll(context));
            return too_late("the head of a request came too slowly");
        }
        read
    }
}

fn too_late<T>(why: &str) -> Poll<io::Result<T>> {
    Poll::Ready(Err(io::Error::new(io::ErrorKind::TimedOut, why)))
}

impl<T: AsyncWrite + Unpin> AsyncWrite for Stalling<T> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        self.progress(context, |stream, context| stream.poll_write(context, bytes))
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        self.progress(context, |stream, context| {
            stream.poll_write_vectored(context, bytes)
        })
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.progress(context, |stream, context| stream.poll_flush(context))
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.progress(context, |stream, context| stream.poll_shutdown(context))
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test says what failed by failing")]

    use tokio::{
        io::{AsyncReadExt, AsyncWriteExt, duplex},
        time::Instant,
    };

    use super::*;

    const STALL: Duration = Duration::from_secs(30);

    const PATIENCE: Patience = Patience {
        head: Duration::from_secs(10),
        write: STALL,
    };

    /// By a clock that stands still until there is nothing to do.
    #[tokio::test(start_paused = true)]
    async fn a_reader_that_takes_nothing_is_cut_off_and_a_slow_one_is_not() {
        let (near, mut far) = duplex(10);
        let mut connection = Stalling::new(near, PATIENCE, Awaited::default());
        let begun = Instant::now();
        let reading = async {
            // Ten bytes every twenty seconds, five times, and then nothing.
            for _ in 0..5 {
                sleep(Duration::from_secs(20)).await;
                far.read_exact(&mut [0; 10]).await.unwrap();
            }
            std::future::pending::<()>().await;
        };
        let writing = connection.write_all(&[0; 100]);
        let error = tokio::select! {
            written = writing => written.unwrap_err(),
            () = reading => unreachable!(),
        };
        assert_eq!(error.kind(), io::ErrorKind::TimedOut);
        assert_eq!(begun.elapsed(), Duration::from_secs(5 * 20) + STALL);
    }

    #[tokio::test(start_paused = true)]
    async fn one_that_has_sent_a_head_may_wait_before_the_next() {
        let (near, mut far) = duplex(10);
        let awaited = Awaited::default();
        let mut connection = Stalling::new(near, PATIENCE, awaited.clone());
        let mut byte = [0];
        for _ in 0..3 {
            far.write_all(b" ").await.unwrap();
            connection.read_exact(&mut byte).await.unwrap();
            // Answered at once: nothing is read meanwhile.
            awaited.set(false);
            awaited.set(true);
            let reading = tokio::time::timeout(Duration::from_secs(60), connection.read(&mut byte));
            assert!(reading.await.is_err(), "it waits");
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_head_that_comes_byte_by_byte_is_cut_off_and_what_is_no_head_is_not() {
        let (near, mut far) = duplex(10);
        let awaited = Awaited::default();
        let mut connection = Stalling::new(near, PATIENCE, awaited.clone());
        let begun = Instant::now();
        let writing = tokio::spawn(async move {
            // Nothing at first: a connection may wait for its next request. Then a byte each second.
            sleep(Duration::from_secs(60)).await;
            while far.write_all(b" ").await.is_ok() {
                sleep(Duration::from_secs(1)).await;
            }
        });
        let mut byte = [0];
        connection.read_exact(&mut byte).await.unwrap();
        // A body may take longer: others look at that.
        awaited.set(false);
        for _ in 0..20 {
            connection.read_exact(&mut byte).await.unwrap();
        }
        awaited.set(true);
        let head_begun = Instant::now();
        let error = loop {
            if let Err(error) = connection.read_exact(&mut byte).await {
                break error;
            }
        };
        assert_eq!(error.kind(), io::ErrorKind::TimedOut);
        assert_eq!((head_begun - begun).as_secs(), 80);
        assert_eq!(head_begun.elapsed().as_secs(), 11);
        writing.abort();
    }
}
