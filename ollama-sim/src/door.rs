//! Listening, and connections that can be cut from outside. Nothing in here
//! knows what is spoken over them.

use std::io::{self, IoSlice};
use std::net::SocketAddr;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use axum::Router;
use axum::serve::Listener;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpListener, TcpStream};
use tokio::time::timeout;
use tokio_util::sync::{CancellationToken, WaitForCancellationFutureOwned};
use tokio_util::task::TaskTracker;
use tokio_util::task::task_tracker::TaskTrackerToken;

/// A connection notices the cut when it next reads or writes, which is at
/// once; one that does neither (its client has pipelined a second request)
/// is not worth waiting for longer.
const FAREWELL: Duration = Duration::from_millis(500);

/// Serves until `shutdown`, then cuts every connection. `axum::serve` alone
/// can only wait until the streams end by themselves.
pub(crate) async fn serve(
    listener: TcpListener,
    router: Router,
    shutdown: impl Future<Output = ()>,
) -> io::Result<()> {
    let cut = CancellationToken::new();
    let open = TaskTracker::new();
    let door = Door {
        listener,
        cut: cut.clone(),
        open: open.clone(),
    };
    let guard = cut.drop_guard();
    let result = tokio::select! {
        result = axum::serve(door, router).into_future() => result,
        () = shutdown => Ok(()),
    };
    drop(guard);
    open.close();
    // Those which are left after that hold no more than a closed socket.
    let _ = timeout(FAREWELL, open.wait()).await;
    result
}

/// A listener that gives each connection the means to be cut.
struct Door {
    listener: TcpListener,
    cut: CancellationToken,
    open: TaskTracker,
}

impl Listener for Door {
    type Io = Connection;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> (Connection, SocketAddr) {
        // axum's own accept sleeps over exhausted descriptors and tries again.
        let (stream, addr) = Listener::accept(&mut self.listener).await;
        // Each token goes out by itself, as from Ollama; a socket that refuses
        // the option is merely slower.
        let _ = stream.set_nodelay(true);
        let cut = Box::pin(self.cut.clone().cancelled_owned());
        (
            Connection {
                stream,
                cut,
                _open: self.open.token(),
            },
            addr,
        )
    }

    fn local_addr(&self) -> io::Result<SocketAddr> {
        self.listener.local_addr()
    }
}

/// A connection that fails once it is cut.
struct Connection {
    stream: TcpStream,
    cut: Pin<Box<WaitForCancellationFutureOwned>>,
    _open: TaskTrackerToken,
}

impl Connection {
    /// Fails if cut, and otherwise leaves the waker to be told of the cut.
    fn check(&mut self, cx: &mut Context<'_>) -> io::Result<Pin<&mut TcpStream>> {
        if self.cut.as_mut().poll(cx).is_ready() {
            return Err(io::Error::new(
                io::ErrorKind::ConnectionAborted,
                "the simulator stopped",
            ));
        }
        Ok(Pin::new(&mut self.stream))
    }
}

impl AsyncRead for Connection {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        self.check(cx)?.poll_read(cx, buf)
    }
}

impl AsyncWrite for Connection {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &[u8],
    ) -> Poll<io::Result<usize>> {
        self.check(cx)?.poll_write(cx, buf)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        self.check(cx)?.poll_write_vectored(cx, bufs)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.check(cx)?.poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.check(cx)?.poll_shutdown(cx)
    }
}
