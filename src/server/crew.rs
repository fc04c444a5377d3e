//! The threads that serve: each one runs its own connections and generations, in the order in which they are ready.
//!
//! One scheduler for all threads would move tasks about, and lets those at the end of its overflow queue wait for
//! seconds when there are thousands: measured, see ARCHITECTURE.md. Here a thread's tasks take turns. What would hold
//! a turn for long has to go to the threads for blocking work.

use std::{io, thread};

use tokio::{
    net::TcpStream,
    runtime::{Builder, Handle},
    sync::oneshot,
};
use tokio_util::task::TaskTracker;

/// Threads that serve, of which the one that accepts is the first. The others end when this is dropped.
#[derive(Debug)]
pub struct Crew {
    others: Vec<Worker>,
    /// Whose turn it is: 0 is the thread that accepts.
    next: usize,
}

#[derive(Debug)]
struct Worker {
    handle: Handle,
    /// Its thread ends when this is dropped.
    _stop: oneshot::Sender<()>,
}

impl Crew {
    /// A crew of `count` threads, this one included.
    ///
    /// # Errors
    /// When the system has no more threads to give.
    pub fn start(count: usize) -> io::Result<Self> {
        let others = (1..count).map(Worker::start).collect::<io::Result<_>>()?;
        Ok(Self { others, next: 0 })
    }

    /// Has the next thread serve a connection.
    pub fn hand_over<F>(
        &mut self,
        stream: TcpStream,
        connections: &TaskTracker,
        serve: impl FnOnce(TcpStream) -> F + Send + 'static,
    ) where
        F: Future<Output = ()> + Send + 'static,
    {
        let turn = self.next;
        self.next = (turn + 1) % (self.others.len() + 1);
        let Some(worker) = turn.checked_sub(1).and_then(|it| self.others.get(it)) else {
            connections.spawn(serve(stream));
            return;
        };
        // A socket belongs to the thread that waits for it. One that cannot be moved is closed: its client comes again.
        let Ok(stream) = stream.into_std() else {
            return;
        };
        let moved = async move {
            if let Ok(stream) = TcpStream::from_std(stream) {
                serve(stream).await;
            }
        };
        connections.spawn_on(moved, &worker.handle);
    }
}

impl Worker {
    fn start(number: usize) -> io::Result<Self> {
        let runtime = Builder::new_current_thread().enable_all().build()?;
        let handle = runtime.handle().clone();
        let (stop, stopped) = oneshot::channel::<()>();
        thread::Builder::new()
            .name(format!("brooklet-{number}"))
            .spawn(move || {
                // The sender says nothing: it is dropped.
                let _ = runtime.block_on(stopped);
                runtime.shutdown_background();
            })?;
        Ok(Self {
            handle,
            _stop: stop,
        })
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test says what failed by failing")]

    use std::collections::HashSet;

    use tokio::net::TcpListener;

    use super::*;

    #[tokio::test]
    async fn threads_take_turns() {
        let mut crew = Crew::start(3).unwrap();
        let connections = TaskTracker::new();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let (sender, mut threads) = tokio::sync::mpsc::unbounded_channel();
        for _ in 0..6 {
            let (_client, accepted) = tokio::join!(
                TcpStream::connect(listener.local_addr().unwrap()),
                listener.accept()
            );
            let sender = sender.clone();
            crew.hand_over(accepted.unwrap().0, &connections, |stream| async move {
                stream.writable().await.unwrap();
                sender.send(thread::current().id()).unwrap();
            });
        }
        drop(sender);
        let mut seen = Vec::new();
        while let Some(id) = threads.recv().await {
            seen.push(id);
        }
        let different: HashSet<_> = seen.iter().collect();
        assert_eq!((seen.len(), different.len()), (6, 3));
    }
}
