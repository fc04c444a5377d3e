//! `/api/chat` and `/api/generate`: from the request to the response. How the
//! request is read lives in `request`, how the body comes about in `answer`.

use axum::body::Body;
use axum::extract::State;
use axum::http::{HeaderMap, header};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use futures_util::stream::unfold;
use serde_json::Value;
use tokio::time::{Instant, sleep};

use crate::answer::{Answer, Since};
use crate::fault::Fault;
use crate::lines::{Lines, Shape};
use crate::refusal::Refusal;
use crate::request::{Ask, decode};
use crate::script::canonical;
use crate::sim::Sim;
use crate::stats::Open;
use crate::steps::Tail;

/// More than any answer with the fault `badlen` has.
const BAD_LENGTH: u64 = 1 << 30;

const JSON: &str = "application/json; charset=utf-8";
const NDJSON: &str = "application/x-ndjson";
const EVENTS: &str = "text/event-stream";

pub(crate) async fn chat(
    State(sim): State<Sim>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, Refusal> {
    let body: Value = decode(&body)?;
    sim.remember(&headers, body.clone());
    respond(sim, Ask::read(body, Shape::Chat)?, Shape::Chat).await
}

pub(crate) async fn generate(State(sim): State<Sim>, body: Bytes) -> Result<Response, Refusal> {
    let ask = Ask::read(decode(&body)?, Shape::Generate)?;
    respond(sim, ask, Shape::Generate).await
}

/// Nothing is sent before this returns: whatever waits, waits in here, and a
/// client that leaves meanwhile drops it.
pub(crate) async fn respond(sim: Sim, ask: Ask, shape: Shape) -> Result<Response, Refusal> {
    let asked = Instant::now();
    let name = canonical(&ask.model);
    if sim.stock().lacks(&name) {
        return Err(Refusal::missing(&ask.model));
    }
    if ask.load_only {
        return Ok(load(&sim, &name, &ask, shape).await);
    }
    let mut open = Open::new(sim.clone(), name.clone(), ask.keep_alive);
    sim.memory().load(&name, ask.script.load).await;
    let loaded = Instant::now();
    // Even the shortest sleep takes a millisecond.
    if !ask.script.delay.is_zero() {
        sleep(ask.script.delay).await;
    }
    let bad_length = match ask.script.fault {
        Some(Fault::Instead(instead)) => {
            open.complete();
            return Ok(instead.into_response());
        }
        fault => fault == Some(Fault::BadLength),
    };
    let stream = ask.stream;
    let mut answer = Box::new(Answer::new(ask, shape, open, Since { asked, loaded }));
    if stream {
        answer.ready().await;
    } else {
        answer.gather().await?;
    }
    let kind = match (stream, shape) {
        (false, _) => JSON,
        (true, Shape::OpenAi) => EVENTS,
        (true, _) => NDJSON,
    };
    let next = |mut answer: Box<Answer>| async { Some((answer.next().await?, answer)) };
    let mut response = typed(kind, Body::from_stream(unfold(answer, next)));
    if bad_length {
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_LENGTH, BAD_LENGTH.into());
    }
    Ok(response)
}

/// Loads the model, or unloads it if it is not to be kept.
async fn load(sim: &Sim, name: &str, ask: &Ask, shape: Shape) -> Response {
    let unload = ask.keep_alive.is_zero();
    if !unload {
        sim.memory().load(name, ask.script.load).await;
    }
    sim.memory().rest(name, ask.keep_alive);
    let reason = if unload { "unload" } else { "load" };
    let mut lines = Lines::new(shape, &ask.model, &ask.script);
    lines.done(&Tail::default(), Some(reason), None);
    typed(JSON, Body::from(lines.take(usize::MAX)))
}

fn typed(kind: &'static str, body: Body) -> Response {
    ([(header::CONTENT_TYPE, kind)], body).into_response()
}
