//! How it all ends: which signals mean it, and how long it may take.

use std::time::Duration;

/// How long everything has to end, from the signal on: generations, the last frames of their readers, and what is to be
/// saved. With what comes after it stays under the 10 s that a service manager waits before it kills.
pub const GRACE: Duration = Duration::from_secs(8);

/// Completes at Ctrl-C or SIGTERM; a second one ends the process at once.
///
/// # Panics
/// When the process may not listen for signals, which no system that runs servers forbids.
#[allow(
    clippy::expect_used,
    reason = "without signals there is no orderly end at all"
)]
pub async fn signal() {
    next_signal().await;
    tokio::spawn(async {
        next_signal().await;
        #[allow(clippy::exit, reason = "that is what a second Ctrl-C asks for")]
        std::process::exit(130);
    });
}

#[cfg(unix)]
async fn next_signal() {
    use tokio::signal::unix::{SignalKind, signal};

    let mut terminate = signal(SignalKind::terminate()).expect("signals can be listened for");
    tokio::select! {
        _ = tokio::signal::ctrl_c() => {}
        _ = terminate.recv() => {}
    }
}

#[cfg(not(unix))]
async fn next_signal() {
    let _ = tokio::signal::ctrl_c().await;
}
