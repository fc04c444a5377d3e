//! Listening: connections are accepted here and served by a thread each of the crew.

use std::{net::IpAddr, sync::Arc, time::Duration};

use axum::{Router, serve::Listener};
use tokio::{
    io::{self, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    task::yield_now,
    time::timeout,
};
use tokio_util::{sync::CancellationToken, task::TaskTracker};

use super::{
    client::Proxies,
    connection::{self, Peer},
    crew::Crew,
    room::{Pass, Room},
    stalling::Patience,
};

/// What somebody is told for whom there is no room.
const FULL: &[u8] = b"HTTP/1.1 503 Service Unavailable\r\n\
    x-content-type-options: nosniff\r\n\
    content-security-policy: default-src 'none'; frame-ancestors 'none'\r\n\
    referrer-policy: no-referrer\r\n\
    retry-after: 5\r\n\
    content-type: text/plain; charset=utf-8\r\n\
    content-length: 71\r\n\
    connection: close\r\n\r\n\
    Brooklet has as many connections as it may have. Try again in a moment.";

/// How many are told so at once; others are just not let in.
const TURNED_AWAY: usize = 100;

/// How long that may take.
const LINGER: Duration = Duration::from_secs(1);

/// Tells somebody that there is no room. What has been asked is read: a connection that is closed before that takes the
/// answer back.
async fn turn_away(mut stream: TcpStream) -> io::Result<()> {
    stream.write_all(FULL).await?;
    stream.shutdown().await?;
    io::copy(&mut stream, &mut io::sink()).await.map(drop)
}

/// A listener, and what its connections are served with.
#[derive(Debug)]
pub struct Door {
    /// Where connections come in.
    pub listener: TcpListener,
    /// Who answers.
    pub router: Router,
    /// How long is too long.
    pub patience: Patience,
    /// Room for connections.
    pub room: Arc<Room>,
    /// The proxies, which speak for many.
    pub proxies: Arc<Proxies>,
    /// Cancelled when no more are to come: those that are open end after what they are at.
    pub shutdown: CancellationToken,
}

impl Door {
    /// Has `crew` serve until the shutdown, and until the last connection has ended.
    pub async fn serve(mut self, crew: &mut Crew) {
        let connections = TaskTracker::new();
        let lingering = Room::new(TURNED_AWAY, TURNED_AWAY);
        loop {
            // Axum's accept sleeps over exhausted descriptors and tries again.
            let (stream, peer) = tokio::select! {
                biased;
                () = self.shutdown.cancelled() => break,
                accepted = Listener::accept(&mut self.listener) => accepted,
            };
            let Some(pass) = self.enter(peer.ip()) else {
                if let Ok(pass) = lingering.enter(None) {
                    connections.spawn(async move {
                        let _ = timeout(LINGER, turn_away(stream)).await;
                        drop(pass);
                    });
                }
                yield_now().await;
                continue;
            };
            // A frame is small and must not wait for the next; a socket that refuses the option is merely slower.
            let _ = stream.set_nodelay(true);
            let (router, shutdown) = (self.router.clone(), self.shutdown.clone());
            let patience = self.patience;
            let serve = move |stream: TcpStream| {
                let served = connection::serve(stream, Peer(peer), patience, router, shutdown);
                async move {
                    served.await;
                    drop(pass);
                }
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

    /// Room for a connection from there. Who speaks for many is not counted for itself.
    fn enter(&self, peer: IpAddr) -> Option<Pass> {
        let is_proxy = self.proxies.include(peer);
        let client = (!is_proxy).then_some(peer);
        self.room.enter(client).ok()
    }
}
