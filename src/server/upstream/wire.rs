//! A connection to the model's server, for one answer: written and read by the task that wants it.
//!
//! The token path's first step. A pooled HTTP client reads each connection in a task of its own, with a buffer of its
//! own, and hands chunks over to another one: at forty tokens a second for each of a thousand answers that is most of
//! the work. Here the generation's task reads its socket itself, into a buffer that all connections of a thread share.
//! It speaks plain HTTP/1.1 to the server directly: TLS and proxies are the client library's ([`super::ollama`]).

use std::{
    cell::RefCell,
    io,
    pin::Pin,
    task::{Context, Poll, ready},
    time::Duration,
};

use reqwest::{
    StatusCode,
    header::{CONNECTION, CONTENT_LENGTH, CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue},
};
use socket2::{SockRef, TcpKeepalive};
use tokio::{
    io::{AsyncRead, AsyncReadExt, AsyncWriteExt, ReadBuf},
    net::{TcpStream, lookup_host},
    time::timeout,
};

use super::{
    super::head,
    chunks::{Chunks, Garbled},
};

/// The longest head of an answer, in bytes.
const LONGEST_HEAD: usize = 64 * 1024;

/// The most headers that an answer may have.
const MOST_HEADERS: usize = 100;

/// How much is read at once.
const READ: usize = 64 * 1024;

/// After how long a silent connection is asked whether it is still there: minutes of silence are no fault.
const KEEPALIVE: Duration = Duration::from_secs(30);

thread_local! {
    /// What is being read: it has been taken in before anybody else on this thread can have it.
    static SCRATCH: RefCell<Vec<u8>> = RefCell::new(vec![0; READ]);
}

/// Why there is no answer, or no more of it.
#[derive(Debug)]
pub enum WireFault {
    /// The connection did not come about.
    Connect(io::Error),
    /// It broke, or ended too early.
    Broken(io::Error),
    /// What came is not HTTP/1.1: its first bytes.
    Garbled(Vec<u8>),
}

/// The answer's body, as it comes. Dropping it closes the connection, which is how an answer is cancelled.
#[derive(Debug)]
pub struct Wire {
    socket: TcpStream,
    chunks: Chunks,
    /// What came together with the head.
    first: Vec<u8>,
}

/// Posts JSON to `path` of the server at `address` (a host and a port), with `headers`, of which `host` must be one,
/// and waits for the head of its answer, however long that takes; connecting takes `patience` at the most.
///
/// # Errors
/// [`WireFault`] says how far it got.
pub async fn post(
    address: (&str, u16),
    path: &str,
    headers: &HeaderMap,
    body: &[u8],
    patience: Duration,
) -> Result<(StatusCode, Wire), WireFault> {
    let connected = timeout(patience, connect(address, patience)).await;
    let mut socket = connected
        .unwrap_or_else(|_| Err(no_answer()))
        .map_err(WireFault::Connect)?;
    // Sockets that refuse these are slower, or notice later that the other end is gone.
    let _ = socket.set_nodelay(true);
    let keepalive = TcpKeepalive::new().with_time(KEEPALIVE);
    let _ = SockRef::from(&socket).set_tcp_keepalive(&keepalive);
    let mut headers = headers.clone();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    headers.insert(CONTENT_LENGTH, body.len().into());
    headers.insert(CONNECTION, HeaderValue::from_static("close"));
    let head = head::write(&format!("POST {path} HTTP/1.1"), &headers);
    let request = [&head, body].concat();
    // A server that refuses may answer before it has read everything: its answer says more than the write's error.
    let written = socket.write_all(&request).await;
    let (status, headers, first) = match read_head(&mut socket).await {
        Err(WireFault::Broken(error)) => {
            return Err(WireFault::Broken(written.err().unwrap_or(error)));
        }
        head => head?,
    };
    let chunks = Chunks::of(&headers).map_err(|Garbled| WireFault::Garbled(first.clone()))?;
    Ok((
        status,
        Wire {
            socket,
            chunks,
            first,
        },
    ))
}

impl Wire {
    /// Reads what has arrived, and gives what of it is body to `each`. False: that was all.
    ///
    /// # Errors
    /// When the connection breaks or ends too early, or what comes is not HTTP/1.1.
    pub fn poll_read(
        &mut self,
        context: &mut Context<'_>,
        mut each: impl FnMut(&[u8]),
    ) -> Poll<io::Result<bool>> {
        if !self.first.is_empty() {
            let first = std::mem::take(&mut self.first);
            return Poll::Ready(self.take_in(&first, each));
        }
        if self.chunks.is_over() {
            return Poll::Ready(Ok(false));
        }
        SCRATCH.with_borrow_mut(|scratch| {
            let mut buffer = ReadBuf::new(scratch);
            ready!(Pin::new(&mut self.socket).poll_read(context, &mut buffer))?;
            Poll::Ready(match buffer.filled() {
                [] if self.chunks.may_close() => Ok(false),
                [] => Err(too_early()),
                bytes => self.take_in(bytes, &mut each),
            })
        })
    }

    fn take_in(&mut self, bytes: &[u8], each: impl FnMut(&[u8])) -> io::Result<bool> {
        self.chunks
            .feed(bytes, each)
            .map_err(|Garbled| io::Error::other("the answer is garbled"))?;
        Ok(!self.chunks.is_over())
    }
}

/// Connects to the first address of a name that answers; one that is silent has its share of the time, so that those
/// after it have theirs.
async fn connect(address: (&str, u16), patience: Duration) -> io::Result<TcpStream> {
    let addresses: Vec<_> = lookup_host(address).await?.collect();
    let share = patience / u32::try_from(addresses.len()).unwrap_or(u32::MAX).max(1);
    let mut failure = no_answer();
    for address in addresses {
        match timeout(share, TcpStream::connect(address)).await {
            Ok(Ok(socket)) => return Ok(socket),
            Ok(Err(error)) => failure = error,
            Err(_) => {}
        }
    }
    Err(failure)
}

fn no_answer() -> io::Error {
    io::Error::new(io::ErrorKind::TimedOut, "no answer in time")
}

fn too_early() -> io::Error {
    io::Error::new(
        io::ErrorKind::UnexpectedEof,
        "the connection was closed in mid-answer",
    )
}

/// Reads the head of an answer; gives the bytes that came after it too.
async fn read_head(socket: &mut TcpStream) -> Result<(StatusCode, HeaderMap, Vec<u8>), WireFault> {
    let mut bytes = Vec::with_capacity(1024);
    loop {
        // A first look may be at a `100 Continue`, which nobody asked for; what counts comes after it.
        while let Some((status, headers, length)) = parse(&bytes)? {
            bytes.drain(..length);
            if !status.is_informational() {
                return Ok((status, headers, bytes));
            }
        }
        if bytes.len() > LONGEST_HEAD {
            return Err(WireFault::Garbled(bytes));
        }
        match socket.read_buf(&mut bytes).await {
            Ok(0) if bytes.is_empty() => return Err(WireFault::Broken(too_early())),
            Ok(0) => return Err(WireFault::Garbled(bytes)),
            Ok(_) => {}
            Err(error) => return Err(WireFault::Broken(error)),
        }
    }
}

/// The head that `bytes` begin with and its length, if it is whole.
fn parse(bytes: &[u8]) -> Result<Option<(StatusCode, HeaderMap, usize)>, WireFault> {
    let garbled = || WireFault::Garbled(bytes.to_vec());
    let mut room = [httparse::EMPTY_HEADER; MOST_HEADERS];
    let mut response = httparse::Response::new(&mut room);
    let length = match response.parse(bytes) {
        Ok(httparse::Status::Complete(length)) => length,
        Ok(httparse::Status::Partial) => return Ok(None),
        Err(_) => return Err(garbled()),
    };
    let status = response.code.unwrap_or_default();
    let status = StatusCode::from_u16(status).map_err(|_| garbled())?;
    let headers = response.headers.iter().map(|header| {
        let name = HeaderName::from_bytes(header.name.as_bytes()).map_err(|_| garbled())?;
        let value = HeaderValue::from_bytes(header.value).map_err(|_| garbled())?;
        Ok((name, value))
    });
    Ok(Some((status, headers.collect::<Result<_, _>>()?, length)))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test says what failed by failing")]

    use std::future::poll_fn;

    use tokio::net::TcpListener;

    use super::*;

    /// What a server that answers with `answer` and closes has said, as the caller sees it.
    async fn ask(answer: &'static [u8]) -> Result<(u16, String, bool), String> {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let serving = tokio::spawn(async move {
            let (mut socket, _) = listener.accept().await.unwrap();
            let mut request = vec![0; 1000];
            let count = socket.read(&mut request).await.unwrap();
            for piece in answer.chunks(7) {
                socket.write_all(piece).await.unwrap();
                socket.flush().await.unwrap();
            }
            String::from_utf8_lossy(&request[..count]).into_owned()
        });
        let headers = [("x-own", "yes")].map(|(n, v)| (n.parse().unwrap(), v.parse().unwrap()));
        let headers = headers.into_iter().collect();
        let patience = Duration::from_secs(5);
        let posted = post(("127.0.0.1", port), "/api/chat", &headers, b"{}", patience).await;
        let request = serving.await.unwrap();
        assert!(
            request.starts_with("POST /api/chat HTTP/1.1\r\n"),
            "{request}"
        );
        assert!(request.contains("\r\nx-own: yes\r\n"), "{request}");
        assert!(request.ends_with("\r\n\r\n{}"), "{request}");
        let (status, mut wire) = posted.map_err(|fault| format!("{fault:?}"))?;
        let mut body = Vec::new();
        let whole = loop {
            let more =
                poll_fn(|context| wire.poll_read(context, |bytes| body.extend_from_slice(bytes)));
            match more.await {
                Ok(true) => {}
                Ok(false) => break true,
                Err(_) => break false,
            }
        };
        Ok((status.as_u16(), String::from_utf8(body).unwrap(), whole))
    }

    #[tokio::test]
    async fn an_answer_is_read_in_each_of_its_forms() {
        for (answer, read) in [
            (
                &b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n1\r\nd\r\n0\r\n\r\n"[..],
                (200, "abcd", true),
            ),
            (b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n3\r\nabc\r\n", (200, "abc", false)),
            (b"HTTP/1.1 404 Not Found\r\nContent-Length: 2\r\n\r\nno", (404, "no", true)),
            (b"HTTP/1.1 404 Not Found\r\nContent-Length: 3\r\n\r\nno", (404, "no", false)),
            (b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.0 200 OK\r\n\r\nall", (200, "all", true)),
        ] {
            let (status, body, whole) = read;
            assert_eq!(ask(answer).await, Ok((status, body.to_owned(), whole)));
        }
    }

    #[tokio::test]
    async fn what_is_no_answer_is_told_from_none() {
        assert!(
            ask(b"SSH-2.0-x\r\n\r\n")
                .await
                .unwrap_err()
                .contains("Garbled")
        );
        assert!(
            ask(b"HTTP/1.1 200 OK\r\nbro")
                .await
                .unwrap_err()
                .contains("Garbled")
        );
        assert!(ask(b"").await.unwrap_err().contains("Broken"));
    }
}
