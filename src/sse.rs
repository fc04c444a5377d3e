//! Server-Sent Events: the bytes of a frame, and `text/event-stream` as the output encoding of a server function.
//!
//! A server function with `output = EventStream` answers with a [`Sse<T>`]: a body of frames whose `data:` is one `T`
//! as JSON. Browsers read it with an `EventSource` at the function's own path, never by calling the function. What
//! the frames say is [`crate::chat::event`]'s matter; when they are written is `server::generation`'s.

use std::{fmt, marker::PhantomData};

use leptos::server_fn::{
    ContentType,
    codec::{Encoding, FromRes, IntoRes},
    error::{FromServerFnError, IntoAppError, ServerFnErrorErr},
    response::ClientRes,
};

/// The `text/event-stream` output encoding.
#[derive(Debug)]
pub struct EventStream;

impl ContentType for EventStream {
    const CONTENT_TYPE: &'static str = "text/event-stream";
}

impl Encoding for EventStream {
    const METHOD: http::Method = http::Method::GET;
}

/// What a server function with [`EventStream`] output gives: a stream of frames, each one a `T` as JSON.
pub struct Sse<T> {
    /// Where the framed bytes come from; `None` when all has been read: the answer is then 204, which ends an
    /// `EventSource`.
    #[cfg(feature = "ssr")]
    source: Option<Box<dyn Source>>,
    frames: PhantomData<fn() -> T>,
}

impl<T> fmt::Debug for Sse<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sse").finish_non_exhaustive()
    }
}

impl<T: Send, E, R> FromRes<EventStream, R, E> for Sse<T>
where
    E: FromServerFnError,
    R: ClientRes<E> + Send,
{
    async fn from_res(_: R) -> Result<Self, E> {
        Err(
            ServerFnErrorErr::Response("read this function with an EventSource".into())
                .into_app_error(),
        )
    }
}

/// The browser's build has no server; this lets it know the function's type all the same.
#[cfg(not(feature = "ssr"))]
impl<T: Send, E> IntoRes<EventStream, leptos::server_fn::response::BrowserMockRes, E> for Sse<T>
where
    E: FromServerFnError,
{
    async fn into_res(self) -> Result<leptos::server_fn::response::BrowserMockRes, E> {
        Err(ServerFnErrorErr::Response("the browser serves nothing".into()).into_app_error())
    }
}

#[cfg(feature = "ssr")]
pub use server::{COMMENT, Handover, RETRY, Source, response, write_frame, write_id};

#[cfg(feature = "ssr")]
mod server {
    //! The writing side.

    use std::{
        convert::Infallible,
        sync::{Arc, Mutex, PoisonError},
        task::{Context, Poll, ready},
    };

    use axum::{
        body::Body,
        http::{
            HeaderName, HeaderValue, StatusCode,
            header::{CACHE_CONTROL, CONTENT_TYPE},
        },
        response::{IntoResponse, Response},
    };
    use bytes::Bytes;
    use futures_util::stream;

    use super::{EventStream, FromServerFnError, IntoRes, Sse};

    /// Where the bytes of a stream come from.
    pub trait Source: Send + 'static {
        /// Appends what there is to `out`; waits when there is nothing. False: it is over, and nothing was appended.
        fn poll_fill(&mut self, context: &mut Context<'_>, out: &mut Vec<u8>) -> Poll<bool>;
    }

    /// An extension of a response whose body is a stream: whoever owns the connection may take the stream out of it
    /// and write it by itself (`server::connection` does). The response's own body has it otherwise.
    #[derive(Clone)]
    pub struct Handover(Arc<Mutex<Option<Box<dyn Source>>>>);

    impl Handover {
        /// The stream, for the first one that asks.
        pub fn take(&self) -> Option<Box<dyn Source>> {
            self.0.lock().unwrap_or_else(PoisonError::into_inner).take()
        }
    }

    impl std::fmt::Debug for Handover {
        fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
            f.debug_struct("Handover").finish_non_exhaustive()
        }
    }

    /// A comment line: keeps proxies from thinking that the connection is dead; readers pass it over.
    pub const COMMENT: &[u8] = b": still here\n\n";

    /// Tells a browser to come back after a second when the connection breaks.
    pub const RETRY: &[u8] = b"retry: 1000\n\n";

    /// Appends one frame: `id:` if there is one, `data:` with what `json` writes (which must hold no line break, as
    /// JSON does not), and the blank line.
    pub fn write_frame(buffer: &mut Vec<u8>, id: Option<u64>, json: impl FnOnce(&mut Vec<u8>)) {
        if let Some(id) = id {
            write_id(buffer, id);
        }
        buffer.extend_from_slice(b"data: ");
        json(buffer);
        buffer.extend_from_slice(b"\n\n");
    }

    /// Appends the line that tells a frame's id.
    pub fn write_id(buffer: &mut Vec<u8>, id: u64) {
        buffer.extend_from_slice(b"id: ");
        // A number is always JSON, and is written faster so than by the formatting machinery.
        let _ = serde_json::to_writer(&mut *buffer, &id);
        buffer.push(b'\n');
    }

    /// The HTTP answer around a stream, with the headers that keep proxies from holding it back.
    pub fn response(source: impl Source) -> Response {
        respond(Box::new(source))
    }

    fn respond(source: Box<dyn Source>) -> Response {
        let headers = [
            (CONTENT_TYPE, HeaderValue::from_static("text/event-stream")),
            (
                CACHE_CONTROL,
                HeaderValue::from_static("no-cache, no-transform"),
            ),
            (
                HeaderName::from_static("x-accel-buffering"),
                HeaderValue::from_static("no"),
            ),
        ];
        let handover = Handover(Arc::new(Mutex::new(Some(source))));
        let (mut source, later) = (None, handover.clone());
        let body = stream::poll_fn(move |context| {
            if source.is_none() {
                source = later.take();
            }
            let Some(source) = &mut source else {
                return Poll::Ready(None);
            };
            let mut bytes = Vec::new();
            let more = ready!(source.poll_fill(context, &mut bytes));
            Poll::Ready(more.then(|| Ok::<_, Infallible>(Bytes::from(bytes))))
        });
        let mut response = (headers, Body::from_stream(body)).into_response();
        response.extensions_mut().insert(handover);
        response
    }

    impl<T> Sse<T> {
        /// A stream of frames; each must be a `T` as JSON in [`write_frame`]'s form.
        pub fn new(source: impl Source) -> Self {
            Self {
                source: Some(Box::new(source)),
                frames: std::marker::PhantomData,
            }
        }

        /// There is nothing more to read: 204, after which an `EventSource` does not come back.
        pub const fn ended() -> Self {
            Self {
                source: None,
                frames: std::marker::PhantomData,
            }
        }
    }

    impl<T: Send, E: FromServerFnError> IntoRes<EventStream, Response, E> for Sse<T> {
        async fn into_res(self) -> Result<Response, E> {
            Ok(match self.source {
                Some(source) => respond(source),
                None => StatusCode::NO_CONTENT.into_response(),
            })
        }
    }

    #[cfg(test)]
    mod tests {
        use super::*;

        #[test]
        fn a_frame_is_an_id_a_data_line_and_a_blank_line() {
            let mut buffer = Vec::new();
            write_frame(&mut buffer, Some(7), |json| {
                json.extend_from_slice(b"{\"delta\":\"a\"}");
            });
            write_frame(&mut buffer, None, |json| {
                json.extend_from_slice(b"{\"done\":true}");
            });
            assert_eq!(
                String::from_utf8_lossy(&buffer),
                "id: 7\ndata: {\"delta\":\"a\"}\n\ndata: {\"done\":true}\n\n"
            );
        }
    }
}
