//! The one task that owns a generation: it reads the upstream as fast as it comes into the log.
//!
//! However a generation ends, it ends here, and its upstream is dropped before its log is finished: who waits for the
//! end of the log knows that the model's server is free.

use std::{sync::Arc, time::Instant};

use tokio_util::sync::CancellationToken;
use tracing::{info, warn};

use super::{
    super::upstream::{Ask, Batch, Fault, Finish, Upstream, fault::excerpt},
    Generation,
};
use crate::{
    chat::{Done, Phase, Stats, Status},
    error::{Error, ErrorKind},
};

/// The longest answer, thinking included, in bytes: a model that repeats itself for ever must end somewhere.
const MAX_ANSWER: usize = 8 * 1024 * 1024;

/// Runs a generation to its end.
pub async fn run(
    generation: Arc<Generation>,
    upstream: Arc<dyn Upstream>,
    ask: Ask,
    shutdown: CancellationToken,
) {
    let mut first_token = FirstToken::new();
    let done = tokio::select! {
        biased;
        () = generation.stop.cancelled() => ended(Status::Stopped, None),
        () = shutdown.cancelled() => ended(
            Status::Interrupted,
            Some(Error::new(ErrorKind::Stopping, "Brooklet was shut down while the answer was being written. The text so far is kept.")),
        ),
        outcome = write(&generation, &*upstream, ask, &mut first_token) => conclude(outcome),
    };
    // Here the future that held the upstream's response is gone, and its connection with it.
    let done = Done {
        stats: Stats {
            first_token_ms: first_token.milliseconds,
            ..done.stats
        },
        ..done
    };
    tell(&generation, &done);
    generation.log.finish(done);
}

/// Reads the upstream into the log until one of the two ends.
async fn write(
    generation: &Generation,
    upstream: &dyn Upstream,
    ask: Ask,
    first_token: &mut FirstToken,
) -> Result<Finish, Fault> {
    let mut reply = upstream.chat(ask).await?;
    let mut batch = Batch::default();
    loop {
        let read = reply.read(&mut batch).await;
        if !batch.is_empty() && first_token.is_now() {
            generation.log.phase(Phase::Writing);
        }
        let length = generation.log.append(&mut batch);
        if let Some(finish) = read? {
            return Ok(finish);
        }
        if length > MAX_ANSWER {
            return Ok(Finish {
                reason: Some("length".to_owned()),
                ..Finish::default()
            });
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
                first_token_ms: None,
            },
            reason: finish.reason,
            error: None,
        },
        Err(fault @ Fault::Incomplete(_)) => ended(Status::Interrupted, Some(fault.into())),
        Err(fault) => ended(Status::Failed, Some(fault.into())),
    }
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

/// When the first token came.
struct FirstToken {
    begun: Instant,
    milliseconds: Option<u64>,
}

impl FirstToken {
    fn new() -> Self {
        Self {
            begun: Instant::now(),
            milliseconds: None,
        }
    }

    /// Takes the time, and says whether this was the first.
    fn is_now(&mut self) -> bool {
        let first = self.milliseconds.is_none();
        if first {
            let elapsed = self.begun.elapsed().as_millis();
            self.milliseconds = Some(u64::try_from(elapsed).unwrap_or(u64::MAX));
        }
        first
    }
}
