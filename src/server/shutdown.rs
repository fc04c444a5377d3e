//! How it all ends: which signals mean it, and how long it may take.

use std::time::Duration;

/// How long everything has to end, from the signal on: generations, the last frames of their readers, and what is to be
/// saved. With what comes after it stays under the 10 s that a service manager waits before it kills.
pub const GRACE: Duration = Duration::from_secs(8);

/// Completes at Ctrl-C or SIGTERM, of which none is missed from the call on; a second one ends the process at once.
///
/// # Panics
/// When the process may not listen for signals, which no system that runs servers forbids.
pub fn signal() -> impl Future<Output = ()> + Send + 'static {
    let first = next_signal();
    async {
        first.await;
        let second = next_signal();
        tokio::spawn(async {
            second.await;
            #[allow(clippy::exit, reason = "that is what a second Ctrl-C asks for")]
            std::process::exit(130);
        });
    }
}

#[cfg(unix)]
#[allow(
    clippy::expect_used,
    reason = "without signals there is no orderly end at all"
)]
fn next_signal() -> impl Future<Output = ()> + Send + 'static {
    use tokio::signal::unix::{SignalKind, signal};

    let listen = |kind| signal(kind).expect("signals can be listened for");
    let (mut interrupt, mut terminate) = (
        listen(SignalKind::interrupt()),
        listen(SignalKind::terminate()),
    );
    async move {
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
        }
    }
}

#[cfg(not(unix))]
fn next_signal() -> impl Future<Output = ()> + Send + 'static {
    async {
        let _ = tokio::signal::ctrl_c().await;
    }
}
