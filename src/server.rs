//! The server: everything that is not in the browser.
//!
//! | file | noun |
//! |---|---|
//! | [`config`] | flags, environment, `Leptos.toml` |
//! | [`state`] | [`AppState`]: what every handler may use, handed in, never global |
//! | [`router`] | every route, one readable table |
//! | [`door`] | connections: at once, and not for ever |
//! | [`streams`] | how many streams are open |
//! | [`guard`] | who may ask: `Host` and `Origin`, the size of a body |
//! | [`limits`] | how much is enough |
//! | [`question`] | from what a caller sent to what a model is asked |
//! | [`verbs`] | what the server functions do |
//! | [`one_shot`] | `POST /api/chat`, for programs |
//! | [`catalogue`] | which models there are |
//! | [`reply`] | errors as HTTP answers |
//! | [`assets`] | the site inside the binary |
//! | [`logging`] | lines on stderr |
//! | [`shutdown`] | how it all ends |
//! | [`generation`] | the streams |
//! | [`upstream`] | where tokens come from |
//!
//! Handlers know generations; generations know upstreams; neither knows what stands before it.

pub mod assets;
pub mod catalogue;
pub mod config;
pub mod door;
pub mod generation;
pub mod guard;
pub mod limits;
pub mod logging;
pub mod one_shot;
pub mod question;
pub mod reply;
pub mod router;
pub mod shutdown;
pub mod state;
pub mod streams;
pub mod upstream;
pub mod verbs;

use std::io;

use tokio::net::TcpListener;
use tracing::{info, warn};

pub use config::Config;
use door::{Door, Peer};
pub use question::Question;
pub use state::AppState;

/// Serves on `listener` until `shutdown` completes, then lets readers have their last frames, and ends.
///
/// # Errors
/// When the model's server's client cannot be set up, or the listener fails.
pub async fn run(
    listener: TcpListener,
    config: Config,
    shutdown: impl Future<Output = ()> + Send + 'static,
) -> io::Result<()> {
    let address = listener.local_addr()?;
    let state = AppState::new(&config, address)?;
    if !address.ip().is_loopback() {
        warn!(
            "listening on {address}: whoever can reach it can use it, as there are no accounts yet. \
             Put a proxy with a login in front, or listen on 127.0.0.1."
        );
    }
    let app = router::router(state.clone()).into_make_service_with_connect_info::<Peer>();
    let token = state.shutdown.clone();
    let signal = {
        let state = state.clone();
        async move {
            shutdown.await;
            info!("shutting down");
            state.shutdown.cancel();
        }
    };
    let graceful = token.clone();
    let serve = axum::serve(Door::new(listener), app)
        .with_graceful_shutdown(async move { graceful.cancelled().await });
    tokio::spawn(signal);
    let ended = async {
        token.cancelled().await;
        state.generations.ended().await;
        tokio::time::sleep(shutdown::LAST_FRAMES).await;
    };
    tokio::select! {
        served = serve => served,
        // Connections that do not end by themselves are cut: a reader that does not read must not hold us.
        () = ended => {
            warn!("some readers did not take their last frames in time; they were cut off");
            Ok(())
        }
    }
}
