//! What a registry has in memory, of all users.

use std::{
    collections::{HashMap, VecDeque},
    sync::Arc,
    time::{Duration, Instant},
};

use super::super::{Generation, queue::Queue};

/// How long a generation stays in memory after its end; then the store answers for it.
const KEEP_FINISHED: Duration = Duration::from_secs(5 * 60);

/// Generations that are found, and what else there is to know of them.
#[derive(Default)]
pub(super) struct Known {
    pub(super) by_id: HashMap<String, Arc<Generation>>,
    /// Those of one reader, whom nobody else finds, by their ids too.
    pub(super) one_shots: HashMap<String, Arc<Generation>>,
    /// By whose it is, and the client's own id of the request.
    pub(super) by_request: HashMap<(Arc<str>, String), String>,
    /// What has ended, oldest first.
    pub(super) finished: VecDeque<Finished>,
    /// The queue of each server.
    pub(super) queues: HashMap<String, Queue>,
}

/// A generation that has ended.
pub(super) struct Finished {
    pub(super) at: Instant,
    pub(super) generation: Arc<Generation>,
    pub(super) request_id: Option<String>,
}

impl Known {
    /// The generation that this request of this owner began.
    pub(super) fn begun_by(&self, owner: &Arc<str>, request_id: &str) -> Option<Arc<Generation>> {
        let request = (Arc::clone(owner), request_id.to_owned());
        let id = self.by_request.get(&request)?;
        self.by_id.get(id).cloned()
    }

    /// Forgets what ended too long ago, or is too much; what is not in the store yet stays.
    pub(super) fn forget_old(&mut self, max_finished: usize) {
        while let Some(oldest) = self.finished.front()
            && (self.finished.len() > max_finished || oldest.at.elapsed() > KEEP_FINISHED)
            && oldest.generation.is_saved()
        {
            self.by_id.remove(&oldest.generation.id);
            if let Some(request_id) = &oldest.request_id {
                let request = (Arc::clone(&oldest.generation.owner), request_id.clone());
                self.by_request.remove(&request);
            }
            self.finished.pop_front();
        }
    }
}
