//! A generation's `EventSource`, kept alive, as a sequence of events.
//!
//! A browser reconnects an `EventSource` by itself when the connection breaks, with `Last-Event-ID`, and the server
//! goes on exactly after it. It gives up when the answer is not a stream: when a proxy says 502 while Brooklet is
//! away, for one. Then this asks what is the matter, and opens a new one, which begins with a snapshot. A hidden page
//! has none, and opens one when it is shown again.

use std::{pin::pin, time::Duration};

use futures_util::{
    StreamExt,
    future::{self, Either},
    stream,
};
use gloo_net::{
    eventsource::{State, futures::EventSource},
    http::{Method, RequestBuilder},
};
use gloo_timers::future::sleep;
use leptos::server_fn::ServerFn;

use super::visibility;
use crate::{
    chat::{GenerationEvent, api::FollowArgs},
    json,
};

/// What the reader is told about the connection.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Link {
    /// Events come as they are made.
    #[default]
    Live,
    /// The connection is broken, and being made again.
    Lost,
}

/// Why following ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ended {
    /// The generation's end was read.
    Done,
    /// The server does not know the generation (any more).
    Gone,
    /// Nobody is signed in here any more.
    SignedOut,
}

/// What happened to an `EventSource`.
enum Closed {
    /// The generation's end was read.
    Done,
    /// The page was hidden.
    Hidden,
    /// The browser has given it up.
    GivenUp,
}

/// Reads a generation to its end, through broken connections; tells each event with its id.
pub async fn follow(
    generation: &str,
    mut on_event: impl FnMut(u64, GenerationEvent),
    mut on_link: impl FnMut(Link),
) -> Ended {
    let url = format!("{}?generation={generation}", FollowArgs::PATH);
    let mut failures = 0;
    loop {
        visibility::shown().await;
        let closed = {
            let reading = pin!(read(&url, &mut on_event, &mut on_link));
            match future::select(reading, pin!(visibility::hidden())).await {
                Either::Left((closed, _)) => closed,
                Either::Right(_) => Closed::Hidden,
            }
        };
        match closed {
            Closed::Done => {
                on_link(Link::Live);
                return Ended::Done;
            }
            Closed::Hidden => continue,
            Closed::GivenUp => {}
        }
        match ask(&url).await {
            Some(404) => {
                on_link(Link::Live);
                return Ended::Gone;
            }
            Some(401) => {
                on_link(Link::Live);
                return Ended::SignedOut;
            }
            Some(200..300) => failures = 0,
            _ => {
                on_link(Link::Lost);
                failures += 1;
            }
        }
        sleep(Duration::from_secs(1 << failures.min(4))).await;
    }
}

/// Reads one `EventSource` until the generation's end, or until the browser gives it up.
async fn read(
    url: &str,
    on_event: &mut impl FnMut(u64, GenerationEvent),
    on_link: &mut impl FnMut(Link),
) -> Closed {
    let Ok(mut source) = EventSource::new(url) else {
        return Closed::GivenUp;
    };
    let (Ok(messages), Ok(opens), Ok(errors)) = (
        source.subscribe("message"),
        source.subscribe("open"),
        source.subscribe("error"),
    ) else {
        return Closed::GivenUp;
    };
    let mut events = stream::select(messages, stream::select(opens, errors));
    while let Some(Ok((kind, event))) = events.next().await {
        match kind.as_str() {
            "message" => {
                let Some(event_data) = event.data().as_string() else {
                    continue;
                };
                let Some(frame) = json::read(&event_data) else {
                    continue;
                };
                let ended = matches!(frame, GenerationEvent::Done(_));
                on_event(event.last_event_id().parse().unwrap_or(0), frame);
                if ended {
                    return Closed::Done;
                }
            }
            "open" => on_link(Link::Live),
            _ if source.state() == State::Connecting => on_link(Link::Lost),
            _ => {}
        }
    }
    Closed::GivenUp
}

/// The status that the stream would have; `None` when nobody answers.
async fn ask(url: &str) -> Option<u16> {
    let request = RequestBuilder::new(url).method(Method::HEAD);
    Some(request.send().await.ok()?.status())
}
