//! The simulator as a program: arguments, the line that says where it
//! listens, and the signals that end it.

use std::io::{self, Write};

use clap::Parser;
use ollama_sim::{Sim, explain};
use tokio::net::TcpListener;

/// Ollama's wire protocol with scripted models.
#[derive(Debug, Parser)]
#[command(version, after_help = explain())]
struct Arguments {
    /// Where to listen; with port 0 on any free one
    #[arg(long, env = "OLLAMA_SIM_LISTEN", default_value = "127.0.0.1:11434")]
    listen: String,
}

#[tokio::main]
async fn main() -> io::Result<()> {
    let arguments = Arguments::parse();
    let listener = TcpListener::bind(&arguments.listen).await?;
    let end = ended()?;
    // A closed standard output is no reason not to serve.
    let _ = writeln!(
        io::stdout(),
        "ollama-sim listens on http://{}",
        listener.local_addr()?
    );
    Sim::new().serve(listener, end).await
}

/// Ctrl-C or SIGTERM. Both are caught from the call on, so before anybody is
/// told that there is something to end.
#[cfg(unix)]
fn ended() -> io::Result<impl Future<Output = ()> + Send + 'static> {
    use tokio::signal::unix::{SignalKind, signal};
    let mut interrupted = signal(SignalKind::interrupt())?;
    let mut terminated = signal(SignalKind::terminate())?;
    Ok(async move {
        tokio::select! {
            _ = interrupted.recv() => {}
            _ = terminated.recv() => {}
        }
    })
}

/// Ctrl-C.
#[cfg(not(unix))]
fn ended() -> io::Result<impl Future<Output = ()> + Send + 'static> {
    Ok(async {
        // If it cannot be caught, it ends the process by itself.
        let _ = tokio::signal::ctrl_c().await;
    })
}
