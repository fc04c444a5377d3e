//! The queue in front of a model's server: visible and fair.
//!
//! A model's server that is asked for more than it can do at once makes people wait without a word. So at most
//! `places` generations run at a time; the others wait here, see how many are before them, and may leave. Turns go
//! round over the users, and within one user's generations to the one that came first: who sends ten questions does
//! not keep out who sends one. Nothing here knows what a generation does with its place.

use std::{
    collections::{HashMap, VecDeque},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use tokio::sync::watch;

use super::interlude::{Interlude, Interludes};

/// A queue; cheap to share.
#[derive(Clone, Debug)]
pub struct Queue {
    state: Arc<Mutex<State>>,
    interludes: Interludes,
}

/// The queue has as many waiting as it takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Full {
    /// How many wait.
    pub waiting: usize,
}

#[derive(Debug)]
struct State {
    /// How many may run at once.
    places: usize,
    /// How many of one user may.
    each: usize,
    /// How many may wait.
    room: usize,
    /// Whose the running ones are, by their names.
    running: HashMap<Arc<str>, usize>,
    /// The users of whom somebody waits, in the order of their next turns.
    users: VecDeque<User>,
    /// The number of the next ticket.
    next: u64,
}

/// A user of whom somebody waits.
#[derive(Debug)]
struct User {
    name: Arc<str>,
    /// First come first; never empty.
    tickets: VecDeque<Ticket>,
}

#[derive(Debug)]
struct Ticket {
    number: u64,
    /// How many have to end before this one begins; `None`: it is this one's turn.
    ahead: watch::Sender<Option<u32>>,
}

/// A generation's way through the queue: it waits, then has a place, and gives it back when dropped.
#[derive(Debug)]
pub struct Turn {
    queue: Queue,
    user: Arc<str>,
    number: u64,
    ahead: watch::Receiver<Option<u32>>,
}

impl Queue {
    /// A queue for a server that does `places` things at once (at least one), `each` of them for one user, and in which `room`
    /// may wait.
    pub fn new(places: usize, each: usize, room: usize) -> Self {
        Self {
            state: Arc::new(Mutex::new(State {
                places: places.max(1),
                each: each.max(1),
                room,
                running: HashMap::new(),
                users: VecDeque::new(),
                next: 0,
            })),
            interludes: Interludes::default(),
        }
    }

    /// Takes a place if one is free, or a ticket.
    ///
    /// # Errors
    /// [`Full`] when too many wait already.
    pub fn enter(&self, user: &Arc<str>) -> Result<Turn, Full> {
        let mut state = self.state();
        let waiting = state.waiting();
        // Where there is a place, whoever waits is one who may not have it.
        let free = state.has_place() && state.may_run(user);
        if !free && waiting >= state.room {
            return Err(Full { waiting });
        }
        self.interludes.end();
        let number = state.next;
        state.next += 1;
        let (sender, ahead) = watch::channel(None);
        if free {
            state.run(user);
        } else {
            state.join(
                user,
                Ticket {
                    number,
                    ahead: sender,
                },
            );
            state.tell();
        }
        Ok(Turn {
            queue: self.clone(),
            user: Arc::clone(user),
            number,
            ahead,
        })
    }

    /// Waits until nobody is in it: for what must not delay anybody.
    pub async fn interlude(&self) -> Interlude {
        self.interludes.next().await
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Turn {
    /// Waits for the turn; tells how many have to end before it, first at once and then whenever that changes. Nothing
    /// is told when there is no need to wait.
    pub async fn come(&mut self, mut tell: impl FnMut(u32)) {
        loop {
            let ahead = *self.ahead.borrow_and_update();
            let Some(ahead) = ahead else {
                return;
            };
            tell(ahead);
            // The ticket that told us last is gone once it is our turn.
            if self.ahead.changed().await.is_err() {
                return;
            }
        }
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        let mut state = self.queue.state();
        if !state.leave(self.number) {
            state.end(&self.user);
        }
        state.admit();
        state.tell();
        self.queue.interludes.begin();
    }
}

impl State {
    fn waiting(&self) -> usize {
        self.users.iter().map(|user| user.tickets.len()).sum()
    }

    fn has_place(&self) -> bool {
        self.running.values().sum::<usize>() < self.places
    }

    fn may_run(&self, name: &str) -> bool {
        self.running.get(name).is_none_or(|own| *own < self.each)
    }

    fn run(&mut self, name: &Arc<str>) {
        *self.running.entry(Arc::clone(name)).or_default() += 1;
    }

    fn end(&mut self, name: &str) {
        if let Some(own) = self.running.get_mut(name) {
            *own -= 1;
            if *own == 0 {
                self.running.remove(name);
            }
        }
    }

    fn join(&mut self, name: &Arc<str>, ticket: Ticket) {
        match self.users.iter_mut().find(|user| user.name == *name) {
            Some(user) => user.tickets.push_back(ticket),
            None => self.users.push_back(User {
                name: Arc::clone(name),
                tickets: VecDeque::from([ticket]),
            }),
        }
    }

    /// Takes a ticket out; false when there is none of this number, because it has had its turn.
    fn leave(&mut self, number: u64) -> bool {
        let waiting = self.waiting();
        for user in &mut self.users {
            user.tickets.retain(|ticket| ticket.number != number);
        }
        self.users.retain(|user| !user.tickets.is_empty());
        self.waiting() < waiting
    }

    /// Gives free places away.
    fn admit(&mut self) {
        while self.has_place()
            && let Some(next) = self.users.iter().position(|it| self.may_run(&it.name))
            && let Some(mut user) = self.users.remove(next)
        {
            if let Some(ticket) = user.tickets.pop_front() {
                self.run(&user.name);
                ticket.ahead.send_replace(None);
            }
            if !user.tickets.is_empty() {
                self.users.push_back(user);
            }
        }
    }

    /// Tells everybody who waits how many are ahead: one of each user in turn, round after round.
    fn tell(&self) {
        let rounds = self.users.iter().map(|user| user.tickets.len()).max();
        let in_turn = (0..rounds.unwrap_or(0)).flat_map(|round| {
            self.users
                .iter()
                .filter_map(move |user| user.tickets.get(round))
        });
        // Who is first in line waits for one that runs.
        for (ahead, ticket) in (1..).zip(in_turn) {
            let ahead = Some(ahead);
            ticket.ahead.send_if_modified(|told| {
                let news = *told != ahead;
                *told = ahead;
                news
            });
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test says what failed by failing")]

    use futures_util::FutureExt;

    use super::*;

    /// What a turn has been told until now; true when it has come.
    fn told(turn: &mut Turn) -> (Vec<u32>, bool) {
        let mut told = Vec::new();
        let come = turn.come(|ahead| told.push(ahead)).now_or_never().is_some();
        (told, come)
    }

    #[test]
    fn one_user_has_no_more_than_their_part() {
        let queue = Queue::new(3, 2, 10);
        let (ada, bob): (Arc<str>, Arc<str>) = ("ada".into(), "bob".into());
        let first = queue.enter(&ada).unwrap();
        let _second = queue.enter(&ada).unwrap();
        let mut third = queue.enter(&ada).unwrap();
        assert_eq!(told(&mut third), (vec![1], false));
        // There is a place, and it is another's.
        let mut other = queue.enter(&bob).unwrap();
        assert_eq!(told(&mut other), (vec![], true));
        let mut more = queue.enter(&bob).unwrap();
        assert_eq!(told(&mut more), (vec![2], false));
        drop(first);
        assert!(told(&mut third).1);
        assert!(!told(&mut more).1);
        drop(other);
        assert!(told(&mut more).1);
    }

    #[test]
    fn turns_go_round_over_the_users() {
        let queue = Queue::new(1, 1, 10);
        let running = queue.enter(&"ada".into()).unwrap();
        let mut names = ["ada 1", "ada 2", "ada 3", "bob 1", "eve 1", "bob 2"];
        let mut turns: Vec<_> = names
            .iter()
            .map(|name| (*name, queue.enter(&name[..3].into()).unwrap()))
            .collect();
        let places: Vec<_> = turns.iter_mut().map(|(_, turn)| told(turn)).collect();
        assert_eq!(places, [1, 4, 6, 2, 3, 5].map(|ahead| (vec![ahead], false)));

        let mut order = Vec::new();
        let mut done = running;
        while !turns.is_empty() {
            drop(done);
            let next = turns.iter_mut().position(|(_, turn)| told(turn).1).unwrap();
            let (name, turn) = turns.remove(next);
            order.push(name);
            done = turn;
        }
        names = ["ada 1", "bob 1", "eve 1", "ada 2", "bob 2", "ada 3"];
        assert_eq!(order, names);
    }

    #[test]
    fn who_leaves_makes_room_for_those_behind() {
        let queue = Queue::new(2, 2, 2);
        let (first, _second) = (
            queue.enter(&"a".into()).unwrap(),
            queue.enter(&"a".into()).unwrap(),
        );
        let third = queue.enter(&"a".into()).unwrap();
        let mut fourth = queue.enter(&"a".into()).unwrap();
        assert_eq!(queue.enter(&"b".into()).unwrap_err(), Full { waiting: 2 });
        assert_eq!(told(&mut fourth), (vec![2], false));
        drop(third);
        assert_eq!(told(&mut fourth), (vec![1], false));
        let mut fifth = queue.enter(&"a".into()).unwrap();
        drop(first);
        assert_eq!(told(&mut fourth), (vec![], true));
        assert_eq!(told(&mut fifth), (vec![1], false));
        drop(fourth);
        assert_eq!(told(&mut fifth), (vec![], true));
        drop(fifth);
        let mut sixth = queue.enter(&"c".into()).unwrap();
        assert_eq!(told(&mut sixth), (vec![], true));
    }

    /// A queue in which nobody may wait is a limit.
    #[test]
    fn without_room_there_are_only_places() {
        let queue = Queue::new(1, 1, 0);
        let turn = queue.enter(&"a".into()).unwrap();
        assert_eq!(queue.enter(&"a".into()).unwrap_err(), Full { waiting: 0 });
        drop(turn);
        queue.enter(&"a".into()).unwrap();
    }
}
