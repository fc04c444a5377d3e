//! One connection of the load: requests written by hand, responses read with as little work as there can be.
//!
//! All connections read into one buffer, since they are read on one thread, one after the other. Not here: which
//! connections there are, and when ([`crate::run`]).

use std::cell::RefCell;
use std::future::poll_fn;
use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::pin::Pin;
use std::task::{Poll, ready};
use std::time::{SystemTime, UNIX_EPOCH};

use serde_json::Value;
use tokio::io::{AsyncRead, AsyncWriteExt, ReadBuf};
use tokio::net::{TcpSocket, TcpStream};

use crate::Told;
use crate::answer::Answer;
use crate::response::Response;
use crate::way::Way;

thread_local! {
    static BUFFER: RefCell<Vec<u8>> = RefCell::new(vec![0; 64 << 10]);
}

/// A connection to a server.
#[derive(Debug)]
pub(crate) struct Client {
    socket: TcpStream,
    server: SocketAddr,
    /// Lines that stand in the head of each request: who sends it.
    pass: String,
}

/// What a server says to a form.
#[derive(Debug)]
pub(crate) struct Reply {
    pub(crate) status: u16,
    /// The cookie that it has a browser keep: its name and what it holds.
    pub(crate) cookie: Option<String>,
    pub(crate) body: String,
}

impl Client {
    pub(crate) async fn connect(server: SocketAddr) -> Told<Self> {
        Self::over(TcpStream::connect(server).await, server)
    }

    /// The same, by somebody whose requests have these lines in their heads: each ends with a line break.
    pub(crate) async fn connect_as(server: SocketAddr, pass: &str) -> Told<Self> {
        let client = Self::connect(server).await?;
        let pass = pass.to_owned();
        Ok(Self { pass, ..client })
    }

    /// The same, from this one of the machine's own addresses.
    pub(crate) async fn connect_from(server: SocketAddr, own: Ipv4Addr) -> Told<Self> {
        let connect = async {
            let socket = TcpSocket::new_v4()?;
            socket.bind(SocketAddr::from((own, 0)))?;
            socket.connect(server).await
        };
        Self::over(connect.await, server)
    }

    fn over(connected: io::Result<TcpStream>, server: SocketAddr) -> Told<Self> {
        let ready = connected.and_then(|socket| socket.set_nodelay(true).map(|()| socket));
        match ready {
            Ok(socket) => Ok(Self {
                socket,
                server,
                pass: String::new(),
            }),
            Err(error) => Err(format!("connecting failed: {error}")),
        }
    }

    /// Asks `model` by this way and reads its whole answer.
    pub(crate) async fn ask(&mut self, way: Way, model: &str, answer: &mut Answer) -> Told<()> {
        if matches!(way, Way::Chat | Way::Kept) {
            let generation = self.send(way, model).await?;
            return self.follow(&generation, answer).await;
        }
        let (path, body) = way.ask(model);
        self.post(path, &body).await?;
        self.stream(answer).await
    }

    /// Begins a generation and tells its id.
    pub(crate) async fn send(&mut self, way: Way, model: &str) -> Told<String> {
        let (path, body) = way.ask(model);
        self.post(path, &body).await?;
        let mut body = Vec::new();
        let answer = self.read(|bytes, _| body.extend_from_slice(bytes)).await?;
        let status = answer.status();
        serde_json::from_slice::<Value>(&body)
            .ok()
            .and_then(|sent| sent.get("generation")?.as_str().map(str::to_owned))
            .ok_or_else(|| refusal(status, &body))
    }

    /// Reads a generation from its beginning to its end.
    pub(crate) async fn follow(&mut self, generation: &str, answer: &mut Answer) -> Told<()> {
        let head = format!(
            "GET /api/follow?generation={generation} HTTP/1.1\r\nHost: {}\r\n{}\
             Accept: text/event-stream\r\n\r\n",
            self.server, self.pass
        );
        self.write(head.as_bytes()).await?;
        self.stream(answer).await
    }

    /// Reads what is at `path` to its last byte; tells how many bytes there are.
    pub(crate) async fn get(&mut self, path: &str) -> Told<usize> {
        self.get_as(path, 200).await
    }

    /// The same, of what answers with this status.
    pub(crate) async fn get_as(&mut self, path: &str, expected: u16) -> Told<usize> {
        let Self { server, pass, .. } = self;
        let head = format!("GET {path} HTTP/1.1\r\nHost: {server}\r\n{pass}\r\n");
        self.write(head.as_bytes()).await?;
        let (mut length, mut complaint) = (0, Vec::new());
        let answer = self
            .read(|bytes, _| {
                length += bytes.len();
                if complaint.len() < 300 {
                    complaint.extend_from_slice(bytes);
                }
            })
            .await?;
        if answer.status() == expected {
            return Ok(length);
        }
        Err(format!("{path}: {}", refusal(answer.status(), &complaint)))
    }

    /// Sends a form, as a browser does where there is no script.
    pub(crate) async fn submit(&mut self, path: &str, form: &str) -> Told<Reply> {
        let kind = "application/x-www-form-urlencoded";
        self.post_as(path, kind, form).await?;
        let mut body = Vec::new();
        let answer = self.read(|bytes, _| body.extend_from_slice(bytes)).await?;
        let cookie = answer.header("set-cookie");
        let cookie = cookie.and_then(|it| Some(it.split(';').next()?.to_owned()));
        Ok(Reply {
            status: answer.status(),
            cookie,
            body: String::from_utf8_lossy(&body).into_owned(),
        })
    }

    async fn post(&mut self, path: &str, body: &Value) -> Told<()> {
        let body = body.to_string();
        self.post_as(path, "application/json", &body).await
    }

    async fn post_as(&mut self, path: &str, kind: &str, body: &str) -> Told<()> {
        let request = format!(
            "POST {path} HTTP/1.1\r\nHost: {}\r\n{}Content-Type: {kind}\r\n\
             Content-Length: {}\r\n\r\n{body}",
            self.server,
            self.pass,
            body.len()
        );
        self.write(request.as_bytes()).await
    }

    async fn write(&mut self, bytes: &[u8]) -> Told<()> {
        let written = self.socket.write_all(bytes).await;
        written.map_err(|error| format!("writing the request failed: {error}"))
    }

    async fn stream(&mut self, answer: &mut Answer) -> Told<()> {
        let mut complaint = Vec::new();
        let answered = self
            .read(|bytes, now| {
                answer.feed(bytes, now);
                if answer.tokens() == 0 && complaint.len() < 300 {
                    complaint.extend_from_slice(bytes);
                }
            })
            .await?;
        if answered.status() == 200 {
            return Ok(());
        }
        Err(refusal(answered.status(), &complaint))
    }

    /// Reads a response; `body` gets what has come of it, and when.
    async fn read(&mut self, mut body: impl FnMut(&[u8], u64)) -> Told<Response> {
        let mut response = Response::new();
        while !response.is_over() {
            poll_fn(|context| {
                BUFFER.with_borrow_mut(|buffer| {
                    let mut buffer = ReadBuf::new(buffer);
                    let socket = Pin::new(&mut self.socket);
                    let read = ready!(socket.poll_read(context, &mut buffer));
                    let now = now();
                    Poll::Ready(match (read, buffer.filled()) {
                        (Err(error), _) => Err(format!("the connection broke: {error}")),
                        (Ok(()), []) if response.close() => Ok(()),
                        (Ok(()), []) => Err("the connection was closed in mid-answer".to_owned()),
                        (Ok(()), bytes) => response.feed(bytes, |bytes| body(bytes, now)),
                    })
                })
            })
            .await?;
        }
        Ok(response)
    }
}

/// The time as the simulator's stamps have it: nanoseconds since 1970.
pub(crate) fn now() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    since.map_or(0, |since| {
        u64::try_from(since.as_nanos()).unwrap_or(u64::MAX)
    })
}

fn refusal(status: u16, body: &[u8]) -> String {
    format!("{status} {}", String::from_utf8_lossy(body).trim())
}
