//! One connection: HTTP/1.1, until a stream takes it over.
//!
//! Requests are read and answered by hyper. When the answer is a stream of ours, hyper gives the connection back, and
//! a [`Pipe`] writes the stream to its end.

use std::{
    convert::Infallible,
    future::{pending, poll_fn},
    net::SocketAddr,
    pin::{Pin, pin},
    sync::{Arc, Mutex, PoisonError},
    task::Poll,
    time::{Duration, SystemTime},
};

use axum::{
    Router,
    body::Body,
    extract::Request,
    http::{
        HeaderValue, Method, StatusCode, Version,
        header::{CONNECTION, DATE, TRANSFER_ENCODING},
        response::Parts,
    },
    response::Response,
};
use futures_util::future::{AbortHandle, Abortable};
use http_body::Body as _;
use http_body_util::BodyExt;
use hyper::{body::Incoming, server::conn::http1, service::service_fn};
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::TcpStream;
use tokio_util::sync::CancellationToken;
use tower_service::Service;
use tracing::trace;

use super::{
    head,
    pipe::Pipe,
    stalling::{Awaited, Patience, Stalling},
};
use crate::sse::{Handover, Source};

/// How long a connection is kept open for the next request: longer than most proxies keep theirs.
const IDLE: Duration = Duration::from_secs(130);

/// The longest head of a request, in bytes.
const LONGEST_HEAD: usize = 64 * 1024;

/// Who is at the other end of a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Peer(pub SocketAddr);

/// A connection, from outside of it.
#[derive(Clone, Debug)]
pub struct Line(AbortHandle);

impl Line {
    /// The one that ends by this.
    pub const fn new(handle: AbortHandle) -> Self {
        Self(handle)
    }

    /// Ends the connection, whatever goes on there.
    pub fn cut(&self) {
        self.0.abort();
    }
}

/// A stream that is to go out on a connection, and the head of its answer.
struct Taken {
    head: Vec<u8>,
    source: Box<dyn Source>,
}

/// That an answer is being given; at its end the head of the next request is awaited.
struct Next(Awaited);

impl Drop for Next {
    fn drop(&mut self) {
        self.0.set(true);
    }
}

/// Where the answer to a request leaves a stream for whoever owns the connection.
type Slot = Arc<Mutex<Option<Taken>>>;

/// Serves a connection to its end. At `shutdown` it ends after the request that is being answered.
pub async fn serve(
    stream: TcpStream,
    peer: Peer,
    patience: Patience,
    router: Router,
    shutdown: CancellationToken,
) {
    let (line, cut) = AbortHandle::new_pair();
    let served = serve_until_cut(stream, peer, Line::new(line), patience, router, shutdown);
    if Abortable::new(served, cut).await.is_err() {
        trace!(?peer, "who asked may not any more");
    }
}

async fn serve_until_cut(
    stream: TcpStream,
    peer: Peer,
    line: Line,
    patience: Patience,
    router: Router,
    shutdown: CancellationToken,
) {
    let awaited = Awaited::default();
    let socket = Stalling::new(stream, patience, awaited.clone());
    // A stream is long, and what was needed for its request is gone by then.
    let answering = Box::pin(answer(socket, awaited, (peer, line), router, shutdown));
    let Some((socket, Taken { head, source })) = answering.await else {
        return;
    };
    if let Err(error) = Pipe::new(socket, head, source).await {
        trace!(?peer, "a stream's connection broke: {error}");
    }
}

/// Answers requests until the connection ends, or a stream is to take it over.
async fn answer(
    socket: Stalling<TcpStream>,
    awaited: Awaited,
    (peer, line): (Peer, Line),
    router: Router,
    shutdown: CancellationToken,
) -> Option<(Stalling<TcpStream>, Taken)> {
    let slot = Slot::default();
    let service = {
        let slot = Arc::clone(&slot);
        service_fn(move |mut request: Request<Incoming>| {
            awaited.set(false);
            request.extensions_mut().insert(peer);
            request.extensions_mut().insert(line.clone());
            let asked = ask(router.clone(), Arc::clone(&slot), request);
            let awaited = awaited.clone();
            async move {
                let response = asked.await?;
                // What is there as a whole is soon written; of what comes bit by bit, the end is waited for.
                let next = Next(awaited);
                if response.body().size_hint().exact().is_some() {
                    return Ok(response);
                }
                Ok::<_, Infallible>(response.map(|body| {
                    Body::new(body.map_frame(move |frame| {
                        let _ = &next;
                        frame
                    }))
                }))
            }
        })
    };
    let mut connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(IDLE)
        .max_buf_size(LONGEST_HEAD)
        .serve_connection(TokioIo::new(socket), service);
    let mut closing = pin!(shutdown.cancelled());
    let mut told = false;
    let taken = poll_fn(|context| {
        if !told && closing.as_mut().poll(context).is_ready() {
            told = true;
            Pin::new(&mut connection).graceful_shutdown();
        }
        let served = Pin::new(&mut connection).poll(context);
        if let Some(taken) = slot.lock().unwrap_or_else(PoisonError::into_inner).take() {
            return Poll::Ready(Some(taken));
        }
        served.map(|served| {
            if let Err(error) = served {
                trace!(?peer, "a connection broke: {error}");
            }
            None
        })
    })
    .await?;
    Some((connection.into_parts().io.into_inner(), taken))
}

/// Answers a request. One whose answer is a stream leaves it in the slot and is never answered here: its connection
/// is not hyper's any more.
async fn ask(
    mut router: Router,
    slot: Slot,
    request: Request<Incoming>,
) -> Result<Response, Infallible> {
    // Chunks are not for HTTP/1.0, and a body is not for HEAD.
    let may_take = request.version() == Version::HTTP_11 && request.method() != Method::HEAD;
    let Ok(mut response) = router.call(request.map(Body::new)).await;
    let handover = response.extensions_mut().remove::<Handover>();
    let Some(source) = handover.filter(|_| may_take).and_then(|it| it.take()) else {
        return Ok(response);
    };
    let head = head_of(response.into_parts().0);
    *slot.lock().unwrap_or_else(PoisonError::into_inner) = Some(Taken { head, source });
    pending().await
}

/// The head of an answer whose body comes in chunks and ends with the connection.
fn head_of(mut parts: Parts) -> Vec<u8> {
    let headers = &mut parts.headers;
    headers.insert(TRANSFER_ENCODING, HeaderValue::from_static("chunked"));
    headers.insert(CONNECTION, HeaderValue::from_static("close"));
    if let Ok(date) = httpdate::fmt_http_date(SystemTime::now()).parse() {
        headers.insert(DATE, date);
    }
    let reason = StatusCode::canonical_reason(&parts.status).unwrap_or_default();
    let status = format!("HTTP/1.1 {} {reason}", parts.status.as_u16());
    head::write(&status, &parts.headers)
}
