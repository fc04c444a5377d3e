//! Others beside logins: how long somebody waits who is signed in, for a request and for the first token of a stream.
//!
//! Not here: the logins ([`super::logins`]).

use std::net::SocketAddr;
use std::time::Duration;

use tokio::task::JoinSet;
use tokio::time::{Instant, sleep_until, timeout, timeout_at};

use super::logins::{Done, Door, PATIENCE, late};
use super::people::People;
use crate::Told;
use crate::answer::Answer;
use crate::client::{Client, now};
use crate::way::Way;

/// How many sign in at once where as many as can be are wanted.
const CROWD: u32 = 8;

/// How often others ask, and how often they begin a stream.
const ASK_EVERY: Duration = Duration::from_millis(10);
const STREAM_EVERY: Duration = Duration::from_millis(50);

/// Over how many connections others ask in turn: one that waits keeps no other from asking.
const CONNECTIONS: u32 = 50;

/// What others ask for.
const PATH: &str = "/api/presets";

/// The stream that they read.
const MODEL: &str = "sim:tokens=5,text=stamp";
const TOKENS: u32 = 5;

/// Others, and so many logins a second beside them.
#[derive(Debug)]
pub(crate) struct Beside {
    pub(crate) rate: Rate,
    pub(crate) logins: Done,
    pub(crate) requests: Done,
    /// Until a stream's first token.
    pub(crate) streams: Done,
    pub(crate) wall: Duration,
}

impl Beside {
    pub(crate) const fn errors(&self) -> u64 {
        self.logins.failed + self.requests.failed + self.streams.failed
    }
}

/// How many logins a second there are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Rate {
    Paced(u32),
    /// As many as the server does.
    Most,
}

/// How long others wait beside logins.
pub(crate) async fn watch(
    door: &Door,
    people: &People,
    rate: Rate,
    during: Duration,
) -> Told<Beside> {
    let requests = askers(door.server, &people.session).await?;
    let begun = Instant::now();
    let end = begun + during;
    let logins = match rate {
        Rate::Paced(rate) => door.pace(rate, end),
        Rate::Most => door.crowd(CROWD, end),
    };
    let mut asking = JoinSet::new();
    for (slot, client) in (0..).zip(requests) {
        asking.spawn(ask(client, begun + ASK_EVERY * slot, end));
    }
    let mut streaming = JoinSet::new();
    let mut at = begun + STREAM_EVERY / 2;
    while at < end {
        let (server, pass) = (door.server, people.session.clone());
        streaming.spawn(async move {
            sleep_until(at).await;
            stream(server, &pass).await
        });
        at += STREAM_EVERY;
    }
    let (logins, requests, streams) =
        tokio::join!(logins.join_all(), asking.join_all(), streaming.join_all());
    Ok(Beside {
        rate,
        logins: Done::of(logins.concat()),
        requests: Done::of(requests.concat()),
        streams: Done::of(streams),
        wall: begun.elapsed(),
    })
}

/// The connections by which others ask, each used once already.
async fn askers(server: SocketAddr, pass: &str) -> Told<Vec<Client>> {
    let mut clients = Vec::new();
    for _ in 0..CONNECTIONS {
        let mut client = Client::connect_as(server, pass).await?;
        client.get(PATH).await?;
        clients.push(client);
    }
    Ok(clients)
}

/// Asks over one of the connections whenever it is its turn. Who had to wait too long for that has waited since then.
async fn ask(mut client: Client, first: Instant, end: Instant) -> Vec<Told<Duration>> {
    let mut results = Vec::new();
    let mut at = first;
    while at < end {
        let in_time = Instant::now() <= at;
        sleep_until(at).await;
        let since = if in_time { Instant::now() } else { at };
        let got = timeout(PATIENCE, client.get(PATH)).await;
        let got = got.unwrap_or_else(|_| late("a request"));
        let is_broken = got.is_err();
        results.push(got.map(|_| since.elapsed()));
        if is_broken {
            break;
        }
        at += ASK_EVERY * CONNECTIONS;
    }
    results
}

/// Reads a stream over a connection of its own; tells how long its first token took.
pub(crate) async fn stream(server: SocketAddr, pass: &str) -> Told<Duration> {
    let asked = now();
    let mut answer = Answer::new(TOKENS);
    let read = async {
        let mut client = Client::connect_as(server, pass).await?;
        client.ask(Way::Chat, MODEL, &mut answer).await
    };
    let read = timeout_at(Instant::now() + PATIENCE, read).await;
    read.unwrap_or_else(|_| late("a stream"))?;
    answer.end(TOKENS);
    match (answer.first, answer.errors.count()) {
        (Some(first), 0) => Ok(Duration::from_nanos(first.saturating_sub(asked))),
        _ => Err(format!("a stream came wrongly: {:?}", answer.errors)),
    }
}
