//! A stream on its connection: frames in, chunks of HTTP/1.1 out, until either of the two ends.
//!
//! It takes the place of the HTTP library once the answer's head is known. A library keeps buffers, a queue and a
//! state for what may come next on a connection; on this one nothing comes next. What is left is one write for each
//! frame, out of a buffer that all connections of a thread share, and some dozens of bytes for each reader. Which
//! frames there are is the [`Source`]'s matter.

use std::{
    cell::RefCell,
    io,
    pin::Pin,
    task::{Context, Poll, ready},
};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

use crate::sse::Source;

/// What a chunk begins with; its size is filled in when it is known. Zeros in front of it mean nothing.
const CHUNK: &[u8; 10] = b"00000000\r\n";

/// The end of a body in chunks.
const LAST_CHUNK: &[u8] = b"0\r\n\r\n";

thread_local! {
    /// What is being written: it is empty again before anybody else on this thread can have it.
    static SCRATCH: RefCell<Vec<u8>> = const { RefCell::new(Vec::new()) };
}

/// A stream and its connection. As a future it completes when the stream is over and written, or the reader is gone.
pub struct Pipe<T> {
    socket: T,
    source: Box<dyn Source>,
    /// What the connection did not take yet.
    unsent: Vec<u8>,
    /// Whether the source has nothing more to give.
    over: bool,
}

impl<T> std::fmt::Debug for Pipe<T> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Pipe").finish_non_exhaustive()
    }
}

impl<T: AsyncRead + AsyncWrite + Unpin> Pipe<T> {
    /// Writes `head` (the answer's, up to its blank line; it promises chunks, and the end of the connection with
    /// that of the body), then what comes from `source`.
    pub const fn new(socket: T, head: Vec<u8>, source: Box<dyn Source>) -> Self {
        Self {
            socket,
            source,
            unsent: head,
            over: false,
        }
    }

    /// Writes what could not be written before.
    fn poll_unsent(&mut self, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        while !self.unsent.is_empty() {
            let count = ready!(Pin::new(&mut self.socket).poll_write(context, &self.unsent))?;
            if count == 0 {
                return Poll::Ready(Err(io::ErrorKind::WriteZero.into()));
            }
            self.unsent.drain(..count);
        }
        // A reader that has caught up costs nothing.
        self.unsent = Vec::new();
        Poll::Ready(Ok(()))
    }

    /// Takes what there is from the source and writes it, or as much of it as the connection takes.
    fn poll_next(&mut self, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        SCRATCH.with_borrow_mut(|chunk| {
            chunk.clear();
            chunk.extend_from_slice(CHUNK);
            if ready!(self.source.poll_fill(context, chunk)) {
                close(chunk);
            } else {
                self.over = true;
                chunk.clear();
                chunk.extend_from_slice(LAST_CHUNK);
            }
            let count = match Pin::new(&mut self.socket).poll_write(context, chunk) {
                Poll::Ready(count) => count?,
                Poll::Pending => 0,
            };
            self.unsent.extend_from_slice(&chunk[count..]);
            Poll::Ready(Ok(()))
        })
    }

    /// Whether the reader has closed its end. What it sends after its request is nobody's.
    fn poll_gone(&mut self, context: &mut Context<'_>) -> Poll<()> {
        let mut bytes = [0; 64];
        loop {
            let mut buffer = ReadBuf::new(&mut bytes);
            match ready!(Pin::new(&mut self.socket).poll_read(context, &mut buffer)) {
                Ok(()) if !buffer.filled().is_empty() => {}
                _ => return Poll::Ready(()),
            }
        }
    }

    fn poll_write(&mut self, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        loop {
            ready!(self.poll_unsent(context))?;
            if self.over {
                return Pin::new(&mut self.socket).poll_shutdown(context);
            }
            ready!(self.poll_next(context))?;
        }
    }
}

impl<T: AsyncRead + AsyncWrite + Unpin> Future for Pipe<T> {
    type Output = io::Result<()>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        if let Poll::Ready(written) = self.poll_write(context) {
            return Poll::Ready(written);
        }
        ready!(self.poll_gone(context));
        Poll::Ready(Ok(()))
    }
}

/// Ends a chunk and fills in its size.
fn close(chunk: &mut Vec<u8>) {
    let mut size = chunk.len() - CHUNK.len();
    for digit in chunk[..CHUNK.len() - 2].iter_mut().rev() {
        *digit = b"0123456789abcdef"[size % 16];
        size /= 16;
    }
    debug_assert_eq!(size, 0, "a source gives far less than 4 GB at once");
    chunk.extend_from_slice(b"\r\n");
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test says what failed by failing")]

    use std::sync::Arc;

    use tokio::io::{AsyncReadExt, duplex};

    use super::*;

    /// Says its pieces one after the other, then waits or ends. Its `Arc` tells whether it still lives.
    struct Pieces {
        left: Vec<&'static str>,
        ends: bool,
        _alive: Arc<()>,
    }

    impl Source for Pieces {
        fn poll_fill(&mut self, _: &mut Context<'_>, out: &mut Vec<u8>) -> Poll<bool> {
            match self.left.pop() {
                Some(piece) => out.extend_from_slice(piece.as_bytes()),
                None if self.ends => return Poll::Ready(false),
                None => return Poll::Pending,
            }
            Poll::Ready(true)
        }
    }

    fn pieces(ends: bool) -> (Box<Pieces>, Arc<()>) {
        let alive = Arc::new(());
        let left = vec!["a frame of more than sixteen bytes", "one"];
        let pieces = Pieces {
            left,
            ends,
            _alive: Arc::clone(&alive),
        };
        (Box::new(pieces), alive)
    }

    const WHOLE: &str = "head\r\n\r\n00000003\r\none\r\n\
                         00000022\r\na frame of more than sixteen bytes\r\n0\r\n\r\n";

    /// Whatever the connection takes at once, the reader gets the same bytes.
    #[tokio::test]
    async fn what_does_not_fit_is_sent_later() {
        for room in [1, 7, 30, 1000] {
            let (near, mut far) = duplex(room);
            let (source, alive) = pieces(true);
            let piping = tokio::spawn(Pipe::new(near, b"head\r\n\r\n".to_vec(), source));
            let mut text = String::new();
            far.read_to_string(&mut text).await.unwrap();
            assert_eq!(text, WHOLE, "{room}");
            piping.await.unwrap().unwrap();
            assert_eq!(Arc::strong_count(&alive), 1);
        }
    }

    #[tokio::test]
    async fn a_reader_that_leaves_ends_it() {
        let (near, mut far) = duplex(1000);
        let (source, alive) = pieces(false);
        let piping = tokio::spawn(Pipe::new(near, Vec::new(), source));
        far.read_exact(&mut [0; 10]).await.unwrap();
        assert_eq!(Arc::strong_count(&alive), 2);
        drop(far);
        let _ = piping.await.unwrap();
        assert_eq!(Arc::strong_count(&alive), 1);
    }
}
