//! The server: everything that is not in the browser.
//!
//! | file | noun |
//! |---|---|
//! | [`config`] | flags, environment, `Leptos.toml` |
//! | [`command`] | what the program does instead of serving |
//! | [`state`] | [`Server`]: all parts, handed in, never global; [`AppState`]: what of them is for who asks |
//! | [`accounts`] | who may come in, and as whom |
//! | [`clock`] | what time it is |
//! | [`router`] | every route, one readable table |
//! | [`door`] | listening, and who serves what comes in |
//! | [`crew`] | the threads that serve |
//! | [`connection`] | one connection: HTTP, until a stream takes it over |
//! | [`pipe`] | a stream on its connection |
//! | [`descriptors`] | room for open files |
//! | [`stalling`] | connections that end when nothing goes on at the other end |
//! | [`room`] | how many may be in at once: in all, and for each client |
//! | [`streams`] | the open streams: how many, and whose |
//! | [`revocation`] | what ends when somebody may not come in any more |
//! | [`head`] | the head of an HTTP message |
//! | [`guard`] | who may ask: `Host` and `Origin`, the size of an address |
//! | [`client`] | the address of who asks, by way of a proxy too |
//! | [`body`] | the body of a request, read whole and not for ever |
//! | [`language`] | in which language somebody is answered |
//! | [`limits`] | how much is enough |
//! | [`quota`] | how much is enough for one user, key or address |
//! | [`question`] | from what a caller sent to what a model is asked |
//! | [`verbs`] | what the server functions of generations do |
//! | [`threads`] | what those of chats do |
//! | [`titles`] | what chats are called, by the models that answer in them |
//! | [`shelf`] | the list of chats |
//! | [`desk`] | what those of settings, presets and drafts do |
//! | [`prompts`] | what those of saved prompts do |
//! | [`settings`] | what can be set, and within which bounds |
//! | [`finish`] | colours of code, and formulas as MathML |
//! | [`page`] | the pages that people open |
//! | [`plain`] | forms without a script, and answers that come as HTML |
//! | [`one_shot`] | `POST /api/chat`, for programs |
//! | [`openai`] | `/v1`: OpenAI's API, for programs that speak it |
//! | [`export`] | `GET /api/export`: chats as files |
//! | [`catalogue`] | which models there are |
//! | [`models`] | `/models`: what is done with the models of Ollama |
//! | [`reply`] | errors as HTTP answers |
//! | [`assets`] | the site inside the binary |
//! | [`diagram`] | the frame in which diagrams are drawn |
//! | [`logging`] | lines on stderr |
//! | [`shutdown`] | how it all ends |
//! | [`generation`] | the streams |
//! | [`store`] | what lasts |
//! | [`upstream`] | where tokens come from |
//!
//! Handlers know generations; generations know upstreams and stores; none of them knows what stands before it.

pub mod accounts;
pub mod assets;
pub mod body;
pub mod catalogue;
pub mod client;
pub mod clock;
pub mod command;
pub mod config;
pub mod connection;
pub mod crew;
pub mod descriptors;
pub mod desk;
pub mod diagram;
pub mod door;
pub mod drawing;
pub mod export;
pub mod finish;
pub mod generation;
pub mod guard;
pub mod head;
pub mod language;
pub mod limits;
pub mod logging;
pub mod models;
pub mod one_shot;
pub mod openai;
pub mod page;
pub mod pipe;
pub mod plain;
pub mod prompts;
pub mod question;
pub mod quota;
pub mod reply;
pub mod revocation;
pub mod room;
pub mod router;
pub mod settings;
pub mod shelf;
pub mod shutdown;
pub mod stalling;
pub mod state;
pub mod store;
pub mod streams;
pub mod threads;
pub mod titles;
pub mod upstream;
pub mod verbs;

use std::{io, net::SocketAddr, pin::Pin, sync::Arc, thread, time::Duration};

use tokio::net::TcpListener;
use tracing::{info, warn};

use accounts::Mode;
pub use config::Config;
use crew::Crew;
use door::Door;
pub use question::Question;
use room::Room;
use stalling::Patience;
pub use state::{AppState, Server};

/// A future in a box: what makes a trait with asynchronous functions one that can be an object.
pub type Boxed<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// How long is too long at the other end of a connection.
const PATIENCE: Patience = Patience {
    head: Duration::from_secs(10),
    write: Duration::from_secs(30),
};

/// Serves on `listener` until `shutdown` completes, then lets readers have their last frames, and ends. Tells the
/// address to `ready` once nothing can be in the way any more.
///
/// # Errors
/// When the model's server's client cannot be set up, the data folder cannot be used, or the system has no threads to
/// give.
pub async fn run(
    listener: TcpListener,
    config: Config,
    shutdown: impl Future<Output = ()> + Send + 'static,
    ready: impl FnOnce(SocketAddr),
) -> io::Result<()> {
    let address = listener.local_addr()?;
    let state = Arc::new(Server::new(&config, address).await?);
    state.begin_rounds().await;
    let others_come = config.is_fronted() || !address.ip().is_loopback();
    if matches!(state.accounts.mode, Mode::Password | Mode::Oidc)
        && !address.ip().is_loopback()
        && !state.accounts.is_behind_tls()
    {
        warn!(
            "people sign in, and nothing says that they come by TLS: what they type can be read on the way. Put a proxy with \
             TLS in front, and say where that is by --public-url https://…"
        );
    }
    if state.accounts.mode == Mode::None && others_come {
        warn!(
            "listening on {address} without accounts: whoever can reach it can use it, and read all chats. \
             Start it with `--auth password` to have people sign in."
        );
    }
    let token = state.shutdown.clone();
    let signal = {
        let token = token.clone();
        async move {
            shutdown.await;
            info!("shutting down");
            token.cancel();
        }
    };
    let threads = config
        .threads
        .map_or_else(thread::available_parallelism, Ok)?;
    // Generations run on its threads too: it stays until they have ended.
    let mut crew = Crew::start(threads.get())?;
    let limits = &config.limits;
    // A connection for which there is no file would not even be told so.
    let files = descriptors::left(limits.max_parallel).unwrap_or(usize::MAX);
    let most = limits.max_connections.min(files);
    if most < limits.max_connections {
        info!("at most {most} connections: this system has no files for more (`ulimit -n`)");
    }
    // One client alone does not keep all others out.
    let most_per_client = limits.max_connections_per_client.min(most.div_ceil(2));
    let room = Room::new(most, most_per_client);
    let door = Door {
        listener,
        router: router::router(Arc::clone(&state)),
        patience: PATIENCE,
        room,
        proxies: Arc::clone(&state.proxies),
        shutdown: token.clone(),
    };
    tokio::spawn(signal);
    ready(address);
    // The last reader may leave before everything is saved, or after it.
    let ended = async {
        let saved = async {
            token.cancelled().await;
            state.ended().await;
        };
        tokio::join!(door.serve(&mut crew), saved);
    };
    let late = async {
        token.cancelled().await;
        tokio::time::sleep(shutdown::GRACE).await;
    };
    tokio::select! {
        () = ended => {}
        // A reader that does not read, or a disk that does not write, must not hold us.
        () = late => warn!(
            "not everything ended in time: readers that took nothing were cut off, and what could not be saved is lost"
        ),
    }
    Ok(())
}
