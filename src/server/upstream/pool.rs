//! Several Ollamas as one: each question goes to one that has a free place, the one that has the model loaded first.
//!
//! Who does not answer is left out until it does again. A question that has not been answered with a word yet is asked once
//! more, of another one.

use std::{
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicUsize, Ordering},
    },
    task::{Context, Poll},
    time::Duration,
};

use futures_util::future::join_all;
use tokio::{sync::Notify, time::sleep};
use tracing::{info, warn};

use super::{
    Ask, Batch, Fault, Finish, Reply, Upstream,
    ollama::{Ollama, same_model},
};
use crate::{chat::Model, server::Boxed};

/// How often each is asked how it is.
const LOOK_EVERY: Duration = Duration::from_secs(5);

/// Several Ollamas. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Pool(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    members: Vec<Member>,
    /// How many questions each works on at once.
    places: usize,
    /// Told when a place has become free, or somebody has come back.
    free: Notify,
    /// How many wait for a place.
    waiting: AtomicUsize,
}

#[derive(Debug)]
struct Member {
    ollama: Ollama,
    /// How many questions it works on.
    running: AtomicUsize,
    seen: Mutex<Seen>,
}

/// How one was when it was looked at last.
#[derive(Debug, Default)]
struct Seen {
    is_away: bool,
    /// The models that it has; `None`: it was not asked yet.
    has: Option<Vec<String>>,
    /// Those of them that are in memory.
    loaded: Vec<String>,
}

/// A question that one works on.
#[derive(Debug)]
struct Seat {
    pool: Arc<Inner>,
    member: usize,
}

impl Drop for Seat {
    fn drop(&mut self) {
        self.pool.members[self.member]
            .running
            .fetch_sub(1, Ordering::AcqRel);
        self.pool.free.notify_waiters();
    }
}

impl Member {
    fn seen(&self) -> MutexGuard<'_, Seen> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Pool {
    /// These, each of which works on `places` questions at once. There has to be one.
    pub fn new(ollamas: Vec<Ollama>, places: usize) -> Self {
        let member = |ollama| Member {
            ollama,
            running: AtomicUsize::new(0),
            seen: Mutex::default(),
        };
        Self(Arc::new(Inner {
            members: ollamas.into_iter().map(member).collect(),
            places: places.max(1),
            free: Notify::new(),
            waiting: AtomicUsize::new(0),
        }))
    }

    /// Looks at each now and then, for as long as the process lives.
    pub async fn watch(self) {
        loop {
            join_all(self.0.members.iter().map(|member| self.look(member))).await;
            sleep(LOOK_EVERY).await;
        }
    }

    async fn look(&self, member: &Member) {
        let (has, loaded) = tokio::join!(member.ollama.models(), member.ollama.in_memory());
        let mut seen = member.seen();
        match (has, loaded) {
            (Ok(has), Ok(loaded)) => {
                if seen.is_away {
                    info!(host = %member.ollama.host(), "an Ollama is back");
                    self.0.free.notify_waiters();
                }
                *seen = Seen {
                    is_away: false,
                    has: Some(has.into_iter().map(|model| model.name).collect()),
                    loaded,
                };
            }
            (Err(fault), _) | (_, Err(fault)) => {
                let is_away = matches!(fault, Fault::Unreachable { .. });
                if !is_away && seen.is_away {
                    self.0.free.notify_waiters();
                }
                if is_away && !seen.is_away {
                    warn!(host = %member.ollama.host(), "an Ollama is away: {fault}");
                }
                seen.is_away = is_away;
            }
        }
    }

    /// The one to ask for a model, which has a free place; `others`: who was asked already.
    async fn seat(&self, model: &str, others: &[usize]) -> Option<Seat> {
        loop {
            let mut freed = std::pin::pin!(self.0.free.notified());
            // From here on nothing is missed.
            freed.as_mut().enable();
            match self.choose(model, others) {
                Choice::Seat(seat) => return Some(seat),
                Choice::Nobody => return None,
                Choice::Full => {
                    let _waits = Waits::new(&self.0.waiting);
                    freed.await;
                }
            }
        }
    }

    fn choose(&self, model: &str, others: &[usize]) -> Choice {
        let members = self.0.members.iter().enumerate();
        let left = members.filter(|(number, _)| !others.contains(number));
        let ranked = left.map(|(number, member)| {
            let seen = member.seen();
            let lists = |list: &[String]| list.iter().any(|name| same_model(name, model));
            // What is not known yet is found out by asking.
            let lacks = seen.has.as_ref().is_some_and(|has| !lists(has));
            let running = member.running.load(Ordering::Acquire);
            let is_full = running >= self.0.places;
            let is_cold = !lists(&seen.loaded);
            ((seen.is_away, lacks, is_full, is_cold, running), number)
        });
        match ranked.min() {
            None => Choice::Nobody,
            Some(((_, _, true, ..), _)) => Choice::Full,
            Some((_, member)) => {
                // Somebody on another thread may have taken the last place.
                let places = self.0.places;
                let more = |running: usize| (running < places).then_some(running + 1);
                let running = &self.0.members[member].running;
                match running.fetch_update(Ordering::AcqRel, Ordering::Acquire, more) {
                    Ok(_) => {
                        let pool = Arc::clone(&self.0);
                        Choice::Seat(Seat { pool, member })
                    }
                    Err(_) => Choice::Full,
                }
            }
        }
    }
}

/// That somebody waits for a place.
struct Waits<'a>(&'a AtomicUsize);

impl<'a> Waits<'a> {
    fn new(count: &'a AtomicUsize) -> Self {
        count.fetch_add(1, Ordering::AcqRel);
        Self(count)
    }
}

impl Drop for Waits<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::AcqRel);
    }
}

enum Choice {
    Seat(Seat),
    /// Who has the model works on as much as it can.
    Full,
    Nobody,
}

impl Upstream for Pool {
    fn chat(&self, ask: Ask) -> Boxed<'_, Result<Box<dyn Reply>, Fault>> {
        Box::pin(async move {
            let mut tried = Vec::new();
            let mut first = None;
            while let Some(seat) = self.seat(&ask.model, &tried).await {
                let member = &self.0.members[seat.member];
                let fault = match begun(&member.ollama, ask.clone()).await {
                    Ok((reply, first)) => {
                        let answer = Seated {
                            reply,
                            first: Some(first),
                            _seat: seat,
                        };
                        return Ok(Box::new(answer) as Box<dyn Reply>);
                    }
                    Err(fault) => fault,
                };
                let is_away = matches!(fault, Fault::Unreachable { .. });
                member.seen().is_away |= is_away;
                // Another one may have it, or be there.
                let may_differ = is_away
                    || matches!(
                        fault,
                        Fault::Nothing(_)
                            | Fault::UnknownModel(_)
                            | Fault::Busy(_)
                            | Fault::Status { status: 500.., .. }
                    );
                tried.push(seat.member);
                let fault = first.get_or_insert(fault);
                if !may_differ || tried.len() > 1 {
                    return Err(fault.clone());
                }
            }
            Err(first.unwrap_or_else(|| Fault::Nothing("there is no Ollama".to_owned())))
        })
    }

    fn models(&self) -> Boxed<'_, Result<Vec<Model>, Fault>> {
        Box::pin(async move {
            let lists = join_all(self.0.members.iter().map(|member| member.ollama.models())).await;
            let mut all: Vec<Model> = Vec::new();
            let mut fault = None;
            for list in lists {
                match list {
                    Ok(models) => {
                        for model in models {
                            if !all.iter().any(|it| it.name == model.name) {
                                all.push(model);
                            }
                        }
                    }
                    Err(why) => fault = fault.or(Some(why)),
                }
            }
            match fault {
                Some(fault) if all.is_empty() => Err(fault),
                _ => Ok(all),
            }
        })
    }

    fn is_loaded<'a>(&'a self, model: &'a str) -> Boxed<'a, Result<bool, Fault>> {
        Box::pin(async move {
            // Who waits for a place is not to take the one that works for one that hangs.
            if self.0.waiting.load(Ordering::Acquire) > 0 {
                return Ok(false);
            }
            let members = self.0.members.iter();
            let all = join_all(members.map(|member| member.ollama.is_loaded(model))).await;
            if all.contains(&Ok(true)) {
                return Ok(true);
            }
            all.into_iter().find(Result::is_ok).unwrap_or(Ok(false))
        })
    }

    fn unload<'a>(&'a self, model: &'a str) -> Boxed<'a, Result<(), Fault>> {
        Box::pin(async move {
            // Which of them hangs is not known: those that have it loaded let go of it.
            let members = self.0.members.iter();
            let unloaded = join_all(members.map(|member| async {
                if member.ollama.is_loaded(model).await? {
                    member.ollama.unload(model).await?;
                }
                Ok(())
            }))
            .await;
            let mut done = unloaded.iter().filter(|it| it.is_ok());
            if done.next().is_some() {
                return Ok(());
            }
            unloaded.into_iter().next().unwrap_or(Ok(()))
        })
    }

    fn server_of<'a>(&'a self, _: &'a str) -> &'a str {
        "ollama"
    }

    fn servers_of(&self, _: &str) -> usize {
        self.0.members.len()
    }
}

/// What was read first of an answer.
type First = (Batch, Result<Option<Finish>, Fault>);

/// Asks, and waits for the first word: until then another one can be asked.
async fn begun(ollama: &Ollama, ask: Ask) -> Result<(Box<dyn Reply>, First), Fault> {
    let mut reply = ollama.chat(ask).await?;
    let mut batch = Batch::default();
    match reply.read(&mut batch).await {
        Err(fault) if batch.is_empty() => Err(fault),
        read => Ok((reply, (batch, read))),
    }
}

/// An answer that takes a place for as long as it comes.
struct Seated {
    // The connection is dropped before the place is free.
    reply: Box<dyn Reply>,
    first: Option<First>,
    _seat: Seat,
}

impl Reply for Seated {
    fn poll_read(
        &mut self,
        context: &mut Context<'_>,
        batch: &mut Batch,
    ) -> Poll<Result<Option<Finish>, Fault>> {
        if let Some((mut first, read)) = self.first.take() {
            batch.take_in(&mut first);
            return Poll::Ready(read);
        }
        self.reply.poll_read(context, batch)
    }
}
