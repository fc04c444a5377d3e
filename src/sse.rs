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
    /// The framed bytes; `None` when all has been read: the answer is then 204, which ends an `EventSource`.
    #[cfg(feature = "ssr")]
    body: Option<ByteStream>,
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
pub use server::{ByteStream, COMMENT, RETRY, response, write_frame};

#[cfg(feature = "ssr")]
mod server {
    //! The writing side.

    use std::{convert::Infallible, io::Write, pin::Pin};

    use axum::{
        body::Body,
        http::{
            HeaderName, HeaderValue, StatusCode,
            header::{CACHE_CONTROL, CONTENT_TYPE},
        },
        response::{IntoResponse, Response},
    };
    use bytes::Bytes;
    use futures_util::{Stream, StreamExt};

    use super::{EventStream, FromServerFnError, IntoRes, Sse};

    /// Bytes that are frames already.
    pub type ByteStream = Pin<Box<dyn Stream<Item = Bytes> + Send>>;

    /// A comment line: keeps proxies from thinking that the connection is dead; readers pass it over.
    pub const COMMENT: &[u8] = b": still here\n\n";

    /// Tells a browser to come back after a second when the connection breaks.
    pub const RETRY: &[u8] = b"retry: 1000\n\n";

    /// Appends one frame: `id:` if there is one, `data:` with what `json` writes (which must hold no line break, as
    /// JSON does not), and the blank line.
    pub fn write_frame(buffer: &mut Vec<u8>, id: Option<u64>, json: impl FnOnce(&mut Vec<u8>)) {
        if let Some(id) = id {
            // Writing to a Vec cannot fail.
            let _ = writeln!(buffer, "id: {id}");
        }
        buffer.extend_from_slice(b"data: ");
        json(buffer);
        buffer.extend_from_slice(b"\n\n");
    }

    /// The HTTP answer around a body of frames, with the headers that keep proxies from holding it back.
    pub fn response(body: impl Stream<Item = Bytes> + Send + 'static) -> Response {
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
        (headers, Body::from_stream(body.map(Ok::<_, Infallible>))).into_response()
    }

    impl<T> Sse<T> {
        /// A stream of frames; each must be a `T` as JSON in [`write_frame`]'s form.
        pub fn new(body: ByteStream) -> Self {
            Self {
                body: Some(body),
                frames: std::marker::PhantomData,
            }
        }

        /// There is nothing more to read: 204, after which an `EventSource` does not come back.
        pub const fn ended() -> Self {
            Self {
                body: None,
                frames: std::marker::PhantomData,
            }
        }
    }

    impl<T: Send, E: FromServerFnError> IntoRes<EventStream, Response, E> for Sse<T> {
        async fn into_res(self) -> Result<Response, E> {
            Ok(match self.body {
                Some(body) => response(body),
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
