//! Listening: connections are accepted here and served by a thread each of the crew.

use std::time::Duration;

use axum::{Router, serve::Listener};
use tokio::{
    net::{TcpListener, TcpStream},
    task::yield_now,
};
use tokio_util::{sync::CancellationToken, task::TaskTracker};

use super::{
    connection::{self, Peer},
    crew::Crew,
};

/// A listener, and what its connections are served with.
#[derive(Debug)]
pub struct Door {
    /// Where connections come in.
    pub listener: TcpListener,
    /// Who answers.
    pub router: Router,
    /// How long a reader may take nothing.
    pub patience: Duration,
    /// Cancelled when no more are to come: those that are open end after what they are at.
    pub shutdown: CancellationToken,
}

impl Door {
    /// Has `crew` serve until the shutdown, and until the last connection has ended.
    pub async fn serve(mut self, crew: &mut Crew) {
        let connections = TaskTracker::new();
        loop {
            // Axum's accept sleeps over exhausted descriptors and tries again.
            let (stream, peer) = tokio::select! {
                biased;
                () = self.shutdown.cancelled() => break,
                accepted = Listener::accept(&mut self.listener) => accepted,
            };
            // A frame is small and must not wait for the next; a socket that refuses the option is merely slower.
            let _ = stream.set_nodelay(true);
            let (router, shutdown) = (self.router.clone(), self.shutdown.clone());
            let patience = self.patience;
            let serve = move |stream: TcpStream| {
                connection::serve(stream, Peer(peer), patience, router, shutdown)
            };
            crew.hand_over(stream, &connections, serve);
            // One at a time: a crowd at the door must not keep those waiting who are being served.
            yield_now().await;
        }
        // Nobody is to knock where nobody opens.
        drop(self.listener);
        connections.close();
        connections.wait().await;
    }
}
