//! What is old is forgotten, a little at a time: by a task of its own, so that nobody who begins or ends waits for it.

use std::{
    sync::Arc,
    time::{Duration, SystemTime},
};

use tokio::time::sleep;
use tokio_util::sync::CancellationToken;
use tracing::error;

use super::super::store::Store;

/// How long after the start it is looked for for the first time: whoever starts has something else to do.
const FIRST: Duration = Duration::from_secs(60);

/// How often it is looked for.
const EVERY: Duration = Duration::from_secs(24 * 60 * 60);

/// How long it rests between two steps: it is in no hurry, and others may have one core with it.
const REST: Duration = Duration::from_millis(250);

/// How long a generation is kept: readers come back from a holiday, not from another life.
const KEEP: Duration = Duration::from_secs(30 * 24 * 60 * 60);

/// Forgets what is old in `store`, until `closing`.
pub(super) async fn forget(store: Arc<dyn Store>, closing: CancellationToken) {
    let forgetting = async {
        let mut pause = FIRST;
        loop {
            sleep(pause).await;
            pause = match store.forget_before(SystemTime::now() - KEEP).await {
                Ok(true) => REST,
                Ok(false) => EVERY,
                Err(fault) => {
                    error!("what is old could not be forgotten: {fault}");
                    EVERY
                }
            };
        }
    };
    tokio::select! {
        () = closing.cancelled() => {}
        () = forgetting => {}
    }
}
