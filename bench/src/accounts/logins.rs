//! Logins: how many a server does at most, and so many a second for others to wait beside.
//!
//! Each is by another account and from another address, as people sign in. Not here: the form ([`super::people`]), and the
//! others ([`super::others`]).

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use tokio::task::JoinSet;
use tokio::time::{Instant, sleep, sleep_until, timeout};

use super::others::{self, Beside, Rate};
use super::people::{self, People};
use crate::Told;
use crate::figures::Times;
use crate::process::{Memory, Process};
use crate::run::{Programs, REST};

/// How long something may take that is begun before the end.
pub(crate) const PATIENCE: Duration = Duration::from_secs(10);

/// Who is refused does not come again at once.
const PAUSE: Duration = Duration::from_millis(10);

/// What was found.
#[derive(Debug)]
pub(crate) struct Logins {
    pub(crate) most: Vec<Most>,
    pub(crate) beside: Vec<Beside>,
    /// The server after a first login that is not counted.
    pub(crate) idle: Memory,
    /// The server after the last one.
    pub(crate) after: Memory,
}

impl Logins {
    pub(crate) fn errors(&self) -> u64 {
        let most = self.most.iter().map(|it| it.done.failed);
        let beside = self.beside.iter().map(Beside::errors);
        most.chain(beside).sum()
    }

    /// Why the first that failed did.
    pub(crate) fn failure(&self) -> Option<&str> {
        let most = self.most.iter().map(|it| &it.done);
        let beside = self.beside.iter();
        let beside = beside.flat_map(|it| [&it.logins, &it.requests, &it.streams]);
        most.chain(beside).find_map(|it| it.failure.as_deref())
    }
}

/// So many people sign in again and again.
#[derive(Debug)]
pub(crate) struct Most {
    pub(crate) at_once: u32,
    pub(crate) done: Done,
    pub(crate) wall: Duration,
    /// The server's processor time.
    pub(crate) used: Duration,
}

/// What was done of one kind.
#[derive(Debug, Default)]
pub(crate) struct Done {
    pub(crate) times: Times,
    pub(crate) failed: u64,
    /// Why the first that failed did.
    pub(crate) failure: Option<String>,
}

impl Done {
    pub(crate) fn of(results: Vec<Told<Duration>>) -> Self {
        let mut done = Self::default();
        let mut times = Vec::new();
        for result in results {
            match result {
                Ok(time) => times.push(u32::try_from(time.as_micros()).unwrap_or(u32::MAX)),
                Err(why) => {
                    done.failed += 1;
                    done.failure = done.failure.or(Some(why));
                }
            }
        }
        done.times = Times::new(times);
        done
    }
}

/// Has people sign in, and watches others beside them.
pub(crate) async fn measure(programs: &Programs, people: &People, quick: bool) -> Told<Logins> {
    let (crowds, rates, each): (&[u32], &[u32], _) = match quick {
        true => (&[1, 2], &[0, 5], Duration::from_millis(700)),
        false => (&[1, 2, 4, 8], &[0, 1, 5, 10, 20], Duration::from_secs(5)),
    };
    let (sim, upstream) = programs.sim().await?;
    let (server, address) = people.serve(programs, &upstream.to_string()).await?;
    let door = Door::new(address);
    // What a server does only once is done.
    door.come().await?;
    others::stream(address, &people.session).await?;
    sleep(REST).await;
    let idle = server.memory()?;
    let mut most = Vec::new();
    for &at_once in crowds {
        most.push(crowd(&door, &server, at_once, each / 2).await?);
        sleep(REST).await;
    }
    let mut beside = Vec::new();
    let rates = rates.iter().map(|&rate| Rate::Paced(rate));
    for rate in rates.chain([Rate::Most]) {
        beside.push(others::watch(&door, people, rate, each).await?);
        sleep(REST).await;
    }
    let after = server.memory()?;
    server.stop().await;
    sim.stop().await;
    Ok(Logins {
        most,
        beside,
        idle,
        after,
    })
}

/// Where people come in.
#[derive(Clone, Debug)]
pub(crate) struct Door {
    pub(crate) server: SocketAddr,
    /// How many have come: the next one is somebody else.
    count: Arc<AtomicU32>,
}

impl Door {
    fn new(server: SocketAddr) -> Self {
        Self {
            server,
            count: Arc::default(),
        }
    }

    /// Signs the next one in; tells how long that took.
    async fn come(&self) -> Told<Duration> {
        let number = self.count.fetch_add(1, Ordering::Relaxed);
        let since = Instant::now();
        let came = timeout(PATIENCE, people::come(self.server, number)).await;
        came.unwrap_or_else(|_| late("a login"))?;
        Ok(since.elapsed())
    }

    /// Signs people in, so many at once, until `end`.
    pub(crate) fn crowd(&self, at_once: u32, end: Instant) -> JoinSet<Vec<Told<Duration>>> {
        let mut crowd = JoinSet::new();
        for _ in 0..at_once {
            let door = self.clone();
            crowd.spawn(async move {
                let mut results = Vec::new();
                while Instant::now() < end {
                    let result = door.come().await;
                    if result.is_err() {
                        sleep(PAUSE).await;
                    }
                    results.push(result);
                }
                results
            });
        }
        crowd
    }

    /// Signs people in, so many a second, until `end`.
    pub(crate) fn pace(&self, rate: u32, end: Instant) -> JoinSet<Vec<Told<Duration>>> {
        let mut paced = JoinSet::new();
        if rate == 0 {
            return paced;
        }
        let every = Duration::from_secs(1) / rate;
        // The first one is not at the very beginning, where others begin too.
        let mut at = Instant::now() + every / 2;
        while at < end {
            let door = self.clone();
            paced.spawn(async move {
                sleep_until(at).await;
                vec![door.come().await]
            });
            at += every;
        }
        paced
    }
}

/// How many logins there are when so many come at once.
async fn crowd(door: &Door, server: &Process, at_once: u32, during: Duration) -> Told<Most> {
    let before = server.processor_time()?;
    let begun = Instant::now();
    let results = door.crowd(at_once, begun + during).join_all().await;
    let wall = begun.elapsed();
    Ok(Most {
        at_once,
        done: Done::of(results.concat()),
        wall,
        used: server.processor_time()?.saturating_sub(before),
    })
}

pub(crate) fn late<T>(what: &str) -> Told<T> {
    Err(format!("{what} took more than {} s", PATIENCE.as_secs()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_failed_is_counted_apart() {
        let done = Done::of(vec![
            Ok(Duration::from_millis(2)),
            Err("first".to_owned()),
            Err("second".to_owned()),
        ]);
        assert_eq!((done.times.count(), done.failed), (1, 2));
        assert_eq!(done.failure.as_deref(), Some("first"));
        assert_eq!(done.times.longest(), Some(2.0));
    }
}
