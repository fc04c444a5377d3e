//! The one task that owns a generation: it reads the upstream as fast as it comes into the log.
//!
//! However a generation ends, it ends here, and its upstream has been dropped by then: who waits for the end of the
//! log, which comes after that, knows that the model's server is free.

mod times;

use std::{convert::Infallible, future::pending, sync::Arc, time::Duration};

use futures_util::{StreamExt, stream::FuturesUnordered};
use tokio::{sync::watch, time::sleep};
use tokio_util::sync::CancellationToken;
use tracing::{info, warn};

use super::{
    super::{
        limits::{After, Limits},
        upstream::{Ask, Batch, Fault, Finish, Reply, Upstream, fault::excerpt},
    },
    Generation,
    meter::Cost,
    queue::Turn,
    silence::{self, Pulse},
};
use crate::{
    chat::{Done, Phase, Stats, Status},
    error::{Error, ErrorKind},
    words::{Sentence, told},
};
use times::Times;

/// How soon after the question it is asked whether the model is loaded: one that is there answers before.
const FIRST_LOOK: Duration = Duration::from_millis(100);

/// How often it is asked after that.
const NEXT_LOOK: Duration = Duration::from_secs(1);

/// What a generation is made with.
pub struct Work {
    /// Where the tokens come from.
    pub upstream: Arc<dyn Upstream>,
    /// What the model is asked.
    pub ask: Ask,
    /// Its way through the queue; given back when the upstream has been dropped.
    pub turn: Turn,
    /// Whether it may run, and what it costs.
    pub cost: Cost,
    /// How long an answer may be, and how long nobody may follow it.
    pub limits: Arc<Limits>,
    /// Cancelled when the server is to end.
    pub shutdown: CancellationToken,
}

/// What has come of a turn.
enum Outcome {
    /// The model was asked.
    Written(Result<Finish, Fault>),
    /// It was not, as the caller has had enough by now.
    Refused(Error),
}

impl std::fmt::Debug for Work {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Work").finish_non_exhaustive()
    }
}

/// Runs a generation to its end, and gives that: its log is still open, for whoever has to save it first.
pub async fn run(generation: Arc<Generation>, work: Work) -> Done {
    let Work {
        upstream,
        ask,
        mut turn,
        cost,
        limits,
        shutdown,
    } = work;
    let mut times = Times::new();
    // On the heap once: moved into what waits for it, it would have its room several times over.
    let writing = Box::pin(async {
        turn.come(|ahead| generation.log.phase(Phase::Queued { ahead }))
            .await;
        if let Err(error) = cost.ticket.may_run() {
            return Outcome::Refused(error);
        }
        Outcome::Written(write(&generation, &*upstream, ask, &limits, &mut times).await)
    });
    let ends = seldom(async {
        tokio::select! {
            biased;
            () = generation.stop.cancelled() => ended(Status::Stopped, None),
            () = generation.hangs.cancelled() => interrupted(
                ErrorKind::Upstream,
                told::unloaded(),
            ),
            () = shutdown.cancelled() => interrupted(
                ErrorKind::Stopping,
                told::shut_down(),
            ),
            () = abandoned(generation.followers.subscribe(), limits.abandon_after) => interrupted(
                ErrorKind::Abandoned,
                told::abandoned(),
            ),
        }
    });
    let done = tokio::select! {
        biased;
        done = ends => done,
        outcome = writing => match outcome {
            Outcome::Written(outcome) => conclude(outcome),
            Outcome::Refused(error) => ended(Status::Failed, Some(error)),
        },
    };
    // Here the future that held the upstream's response is gone, and its connection with it.
    if generation.hangs.is_cancelled() {
        // The next in the queue waits for this: otherwise it would ask the same model that hangs.
        tokio::select! {
            biased;
            () = shutdown.cancelled() => {}
            outcome = upstream.unload(&generation.model) => {
                let _ = generation.unloaded.set(outcome);
            }
        }
    }
    // The next in the queue may be the same user's, who may have had enough by this one.
    cost.pay(&generation, &done);
    drop(turn);
    let done = Done {
        stats: Stats {
            thinking_ms: times.thinking,
            without_thinking: times.without_thinking,
            first_token_ms: times.first_token,
            ..done.stats
        },
        ..done
    };
    tell(&generation, &done);
    done
}

/// Reads the upstream into the log until one of the two ends.
async fn write(
    generation: &Generation,
    upstream: &dyn Upstream,
    ask: Ask,
    limits: &Limits,
    times: &mut Times,
) -> Result<Finish, Fault> {
    let pulse = Pulse::new();
    let model = &generation.model;
    let watching = seldom(silence::watch(
        &generation.log,
        &pulse,
        upstream,
        model,
        limits.silent_after,
    ));
    tokio::select! {
        biased;
        finish = read(generation, upstream, ask, limits, times, &pulse) => finish,
        never = watching => match never {},
    }
}

/// Asks, and reads the answer.
async fn read(
    generation: &Generation,
    upstream: &dyn Upstream,
    ask: Ask,
    limits: &Limits,
    times: &mut Times,
    pulse: &Pulse,
) -> Result<Finish, Fault> {
    let mut reply = begin(generation, upstream, ask, times, pulse).await?;
    let mut batch = Batch::default();
    loop {
        let read = reply.read(&mut batch).await;
        let broken = pulse.beat();
        if times.begins(&batch) || broken {
            generation.log.phase(Phase::Writing);
        }
        let length = generation.log.append(&mut batch);
        if let Some(finish) = read? {
            return Ok(finish);
        }
        if length > limits.max_answer_bytes {
            return Ok(Finish {
                reason: Some("length".to_owned()),
                ..Finish::default()
            });
        }
    }
}

/// Asks, and tells what is going on until the upstream begins to answer.
async fn begin(
    generation: &Generation,
    upstream: &dyn Upstream,
    ask: Ask,
    times: &mut Times,
    pulse: &Pulse,
) -> Result<Box<dyn Reply>, Fault> {
    tokio::select! {
        biased;
        reply = chat(upstream, ask, times) => reply,
        never = tell_phases(generation, upstream, pulse) => match never {},
    }
}

/// Asks; a model that cannot think is asked once more without, rather than not at all.
async fn chat(
    upstream: &dyn Upstream,
    ask: Ask,
    times: &mut Times,
) -> Result<Box<dyn Reply>, Fault> {
    let is_to_think = ask.think.as_ref().is_some_and(|think| *think != false);
    let without = ask.think.is_some().then(|| Ask {
        think: None,
        ..ask.clone()
    });
    match (upstream.chat(ask).await, without) {
        (Err(fault), Some(without)) if fault.is_of_thinking() => {
            times.without_thinking = is_to_think;
            upstream.chat(without).await
        }
        (reply, _) => reply,
    }
}

/// Tells whether the model is being loaded or has the question; a server that does not tell is no failure.
async fn tell_phases(
    generation: &Generation,
    upstream: &dyn Upstream,
    pulse: &Pulse,
) -> Infallible {
    sleep(FIRST_LOOK).await;
    loop {
        match upstream.is_loaded(&generation.model).await {
            Ok(true) => {
                // The time of loading is no silence.
                pulse.beat();
                generation.log.phase(Phase::Reading);
                pending::<()>().await;
            }
            Ok(false) => generation.log.phase(Phase::Loading),
            Err(_) => {}
        }
        sleep(NEXT_LOOK).await;
    }
}

/// A future that is looked at only when it has asked for it, and not whenever the task it belongs to is: for what may
/// end a generation, beside what reads each of its tokens.
fn seldom<F: Future>(future: F) -> impl Future<Output = F::Output> {
    // Not inside of the future below, which would have room for it a second time.
    let mut alone = FuturesUnordered::from_iter([future]);
    async move {
        match alone.next().await {
            Some(output) => output,
            // It holds the one future until that has completed.
            None => pending().await,
        }
    }
}

/// Completes when nobody has followed the generation for as long as `after` says.
async fn abandoned(mut followers: watch::Receiver<usize>, after: After) {
    // The sender lives in the generation, which the task holds: waiting for a number cannot fail.
    let After::Time(time) = after else {
        return pending().await;
    };
    if time.is_zero() {
        // As soon as its last reader has left; it waits for its first one, though.
        let _ = followers.wait_for(|followers| *followers > 0).await;
    }
    loop {
        let _ = followers.wait_for(|followers| *followers == 0).await;
        tokio::select! {
            biased;
            _ = followers.wait_for(|followers| *followers > 0) => {}
            () = sleep(time) => return,
        }
    }
}

fn conclude(outcome: Result<Finish, Fault>) -> Done {
    match outcome {
        Ok(finish) => Done {
            status: Status::Complete,
            stats: Stats {
                prompt_tokens: finish.prompt_tokens,
                tokens: finish.tokens,
                tokens_per_second: finish.tokens_per_second(),
                ..Stats::default()
            },
            reason: finish.reason,
            error: None,
        },
        Err(fault) if fault.is_in_midst() => ended(Status::Interrupted, Some(fault.into())),
        Err(fault) => ended(Status::Failed, Some(fault.into())),
    }
}

fn interrupted(kind: ErrorKind, sentence: Sentence) -> Done {
    ended(Status::Interrupted, Some(Error::told(kind, sentence)))
}

fn ended(status: Status, error: Option<Error>) -> Done {
    Done {
        status,
        error,
        ..Done::default()
    }
}

/// One line in the log of the server: readable alone, and its fields can be searched.
fn tell(generation: &Generation, done: &Done) {
    // Others choose these words: a line break in them must not make a second line.
    let (id, model) = (&generation.id, excerpt(generation.model.as_bytes()));
    let (tokens, first_token_ms) = (done.stats.tokens, done.stats.first_token_ms);
    match &done.error {
        Some(error) if error.kind != ErrorKind::Stopping => {
            let why = excerpt(error.message.as_bytes());
            warn!(generation = %id, %model, status = ?done.status, "generation ended: {why}");
        }
        _ => {
            info!(generation = %id, %model, status = ?done.status, tokens, first_token_ms, "generation ended");
        }
    }
}

#[cfg(test)]
mod tests {
    use futures_util::FutureExt;
    use tokio::time::Instant;

    use super::*;

    /// By a clock that stands still until there is nothing to do.
    #[tokio::test(start_paused = true)]
    async fn a_generation_is_abandoned_when_it_has_had_no_follower_for_long() {
        let followers = watch::Sender::new(0);
        let minute = Duration::from_secs(60);
        let begun = Instant::now();
        let mut waiting = Box::pin(abandoned(followers.subscribe(), After::Time(5 * minute)));
        let four = Box::pin(sleep(4 * minute));
        let futures_util::future::Either::Left(((), _)) =
            futures_util::future::select(four, &mut waiting).await
        else {
            panic!("too soon");
        };
        followers.send_replace(1);
        assert!((&mut waiting).now_or_never().is_none());
        sleep(10 * minute).await;
        assert!((&mut waiting).now_or_never().is_none());
        followers.send_replace(0);
        waiting.await;
        assert_eq!(begun.elapsed(), 19 * minute);
    }

    #[tokio::test(start_paused = true)]
    async fn at_once_waits_for_the_first_follower_and_never_is_never() {
        let followers = watch::Sender::new(0);
        let mut at_once = Box::pin(abandoned(
            followers.subscribe(),
            After::Time(Duration::ZERO),
        ));
        let mut never = Box::pin(abandoned(followers.subscribe(), After::Never));
        sleep(Duration::from_secs(3600)).await;
        assert!((&mut at_once).now_or_never().is_none());
        followers.send_replace(1);
        assert!((&mut at_once).now_or_never().is_none());
        followers.send_replace(0);
        at_once.await;
        sleep(Duration::from_secs(3600)).await;
        assert!((&mut never).now_or_never().is_none());
    }
}
