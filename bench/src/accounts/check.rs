//! What the check of who asks costs: the same requests by everybody, round by round in turn.
//!
//! Not here: who asks ([`super::people`]), and the table ([`mod@super::document`]).

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use super::people::{NOWHERE, People};
use crate::Told;
use crate::client::Client;
use crate::figures::Times;
use crate::folder::Folder;
use crate::process::{Process, START};
use crate::run::{Programs, REST};

/// How often a request is sent before a round is counted.
const WARM: usize = 50;

/// Who asks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Who {
    /// Anybody, where nobody signs in.
    Anybody,
    /// Somebody who has signed in, by their cookie.
    Session,
    /// A program, by its key.
    Key,
    /// A program with a key that is nobody's.
    Wrong,
}

/// One request by one of them.
#[derive(Debug)]
pub(crate) struct Checked {
    pub(crate) path: &'static str,
    pub(crate) who: Who,
    /// What the answer's status is.
    pub(crate) status: u16,
    pub(crate) times: Times,
    /// For how long it was sent.
    pub(crate) wall: Duration,
    /// Microseconds of the server's processor time a request, of each round.
    rounds: Vec<f64>,
}

impl Checked {
    /// Microseconds of the server's processor time a request: the median of the rounds, so that one in which the machine did
    /// something else does not count.
    pub(crate) fn cost(&self) -> f64 {
        let mut rounds = self.rounds.clone();
        rounds.sort_by(f64::total_cmp);
        rounds.get(rounds.len() / 2).copied().unwrap_or_default()
    }
}

/// How much is sent.
struct Amount {
    rounds: usize,
    /// Requests of a round, and for how long at the most.
    most: usize,
    longest: Duration,
}

/// The paths, and what the answer's status is to those who are known and to who has a wrong key.
const REQUESTS: [(&str, u16, u16); 3] = [
    ("/healthz", 200, 200),
    ("/v1/nothing", 404, 401),
    ("/api/presets", 200, 401),
];

/// Sends all requests by everybody.
pub(crate) async fn measure(
    programs: &Programs,
    people: &People,
    quick: bool,
) -> Told<Vec<Checked>> {
    let amount = match quick {
        true => Amount {
            rounds: 1,
            most: 200,
            longest: Duration::from_millis(100),
        },
        false => Amount {
            rounds: 7,
            most: 2000,
            longest: Duration::from_millis(250),
        },
    };
    let folder = Folder::for_data()?;
    let none = ["--auth", "none"];
    let open = programs.brooklet_with(&none, NOWHERE, folder.path(), START);
    let open = open.await?;
    let closed = people.serve(programs, NOWHERE).await?;
    let mut all = all();
    let mut times = vec![Vec::new(); all.len()];
    tokio::time::sleep(REST).await;
    for _ in 0..amount.rounds {
        for (one, times) in all.iter_mut().zip(&mut times) {
            let (server, address, pass) = match one.who {
                Who::Anybody => (&open.0, open.1, ""),
                Who::Session => (&closed.0, closed.1, &*people.session),
                Who::Key => (&closed.0, closed.1, &*people.key),
                Who::Wrong => (&closed.0, closed.1, &*people.wrong),
            };
            round(one, times, (server, address), pass, &amount).await?;
        }
    }
    for (one, times) in all.iter_mut().zip(times) {
        one.times = Times::new(times);
    }
    open.0.stop().await;
    closed.0.stop().await;
    Ok(all)
}

/// All of them, nothing sent yet.
fn all() -> Vec<Checked> {
    let whos = [Who::Anybody, Who::Session, Who::Key, Who::Wrong];
    let requests = REQUESTS.into_iter().flat_map(|(path, known, unknown)| {
        whos.map(|who| Checked {
            path,
            who,
            status: if who == Who::Wrong { unknown } else { known },
            times: Times::default(),
            wall: Duration::ZERO,
            rounds: Vec::new(),
        })
    });
    requests.collect()
}

/// Sends one request again and again over one connection.
async fn round(
    one: &mut Checked,
    times: &mut Vec<u32>,
    (server, address): (&Process, SocketAddr),
    pass: &str,
    amount: &Amount,
) -> Told<()> {
    let mut client = Client::connect_as(address, pass).await?;
    for _ in 0..WARM {
        client.get_as(one.path, one.status).await?;
    }
    let before = server.processor_time()?;
    let (begun, mut count) = (Instant::now(), 0_u32);
    for _ in 0..amount.most {
        let since = Instant::now();
        client.get_as(one.path, one.status).await?;
        times.push(u32::try_from(since.elapsed().as_micros()).unwrap_or(u32::MAX));
        count += 1;
        if begun.elapsed() > amount.longest {
            break;
        }
    }
    one.wall += begun.elapsed();
    let used = server.processor_time()?.saturating_sub(before);
    one.rounds
        .push(used.as_secs_f64() * 1e6 / f64::from(count.max(1)));
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_round_that_was_disturbed_does_not_count() {
        let mut all = all();
        assert_eq!(all.len(), 12);
        if let Some(one) = all.first_mut() {
            one.rounds = vec![21.0, 20.0, 180.0];
            assert_eq!(one.cost(), 21.0);
        }
    }
}
