//! A simulator that runs in this process on a port of its own. What it says
//! lives elsewhere; here are only its start and its end.

use std::io;
use std::net::SocketAddr;

use tokio::net::{TcpListener, ToSocketAddrs};
use tokio::task::JoinHandle;
use tokio_util::sync::{CancellationToken, DropGuard};

use crate::sim::Sim;

/// A simulated Ollama in the background. Dropping it stops it.
#[derive(Debug)]
pub struct Running {
    addr: SocketAddr,
    sim: Sim,
    // Cancels when dropped.
    stop: DropGuard,
    task: JoinHandle<io::Result<()>>,
}

impl Running {
    /// Starts one on a free port of 127.0.0.1.
    ///
    /// # Errors
    ///
    /// When the system has no port to give.
    pub async fn start() -> io::Result<Self> {
        Self::start_at(("127.0.0.1", 0)).await
    }

    /// Starts one at `addr`; with the address of a stopped one, in its place.
    ///
    /// # Errors
    ///
    /// When the address cannot be bound.
    pub async fn start_at(addr: impl ToSocketAddrs) -> io::Result<Self> {
        Self::on(TcpListener::bind(addr).await?)
    }

    /// Starts one that listens already.
    ///
    /// # Errors
    ///
    /// When the listener has no address.
    pub fn on(listener: TcpListener) -> io::Result<Self> {
        let addr = listener.local_addr()?;
        let sim = Sim::new();
        let token = CancellationToken::new();
        let (served, stopped) = (sim.clone(), token.clone().cancelled_owned());
        let task = tokio::spawn(async move { served.serve(listener, stopped).await });
        Ok(Self {
            addr,
            sim,
            stop: token.drop_guard(),
            task,
        })
    }

    /// `http://127.0.0.1:PORT`, without a slash at the end.
    #[must_use]
    pub fn url(&self) -> String {
        format!("http://{}", self.addr)
    }

    /// Where it listens.
    #[must_use]
    pub const fn addr(&self) -> SocketAddr {
        self.addr
    }

    /// What it has seen and done.
    #[must_use]
    pub const fn sim(&self) -> &Sim {
        &self.sim
    }

    /// Stops listening and cuts all connections; returns when they are gone,
    /// so that the port is free and the counts are final.
    pub async fn stop(self) {
        drop(self.stop);
        // A failed accept loop or a panic in it is as stopped as can be.
        let _ = self.task.await;
    }
}
