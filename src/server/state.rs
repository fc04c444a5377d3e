//! What every handler may use, handed in at the start: no globals.
//!
//! There is one [`Server`], of nobody in particular. A handler gets an [`AppState`]: the server, and of what is kept in it
//! that which is the caller's. What is another's cannot be reached from there.

use std::{
    io,
    net::{IpAddr, SocketAddr},
    ops::Deref,
    sync::Arc,
};

use axum::{extract::FromRequestParts, http::request::Parts};
use leptos::config::LeptosOptions;
use tokio_util::sync::CancellationToken;

use super::{
    accounts::{Accounts, Caller, Mode, flags::Elsewhere},
    body::Bodies,
    catalogue::Catalogue,
    client::{Client, Proxies},
    config::{Config, leptos_options},
    connection::Line,
    finish::Finisher,
    generation::Registry,
    guard::Hosts,
    models::Models,
    revocation,
    store::{Chats, Desk, Folder, Sqlite, Unfinished, unfinished},
    streams::{Seat, Streams},
    titles::Titles,
    upstream::{Upstream, demo::WithDemo, ollama::Ollama, pool::Pool, several::Several},
};
use crate::error::{Error, Result};

/// The server's parts.
#[derive(Debug)]
pub struct Server {
    /// All that lasts.
    store: Sqlite,
    /// All generations.
    generations: Registry,
    /// Who makes titles; `None`: nobody is to.
    titles: Option<Titles>,
    /// All accounts.
    pub accounts: Arc<Accounts>,
    /// Colours and formulas.
    pub finisher: Finisher,
    /// The open streams.
    pub streams: Streams,
    /// All models.
    pub catalogue: Arc<Catalogue>,
    /// What is done with those of Ollama.
    pub models: Models,
    /// What may be read of requests.
    pub bodies: Bodies,
    /// The proxies that say who asks.
    pub proxies: Arc<Proxies>,
    /// The hosts that this server answers for.
    pub hosts: Hosts,
    /// What the page's shell needs to know.
    pub leptos: LeptosOptions,
    /// Cancelled when the server is to end.
    pub shutdown: CancellationToken,
}

/// From where somebody asks.
#[derive(Clone, Debug, Default)]
pub struct Whence {
    /// The address.
    pub address: Option<IpAddr>,
    /// The connection.
    pub line: Option<Line>,
}

impl Server {
    /// The parts that `config` asks for, of a server that listens on `address`.
    ///
    /// # Errors
    /// When `OLLAMA_HOST` or what is said of accounts makes no sense, TLS cannot be set up, or the data folder cannot be used.
    pub async fn new(config: &Config, address: SocketAddr) -> io::Result<Self> {
        let shutdown = CancellationToken::new();
        let elsewhere = Elsewhere::of(config, address)?;
        let (ollama, asked) = ollama(config, &shutdown)?;
        let all = Several::new(asked, config.others.servers()?);
        let upstream: Arc<dyn Upstream> = Arc::new(WithDemo::new(Arc::new(all)));
        let folder = Folder::take(&config.data_dir()?).map_err(io::Error::other)?;
        let unfinished = Unfinished::at(folder.file(unfinished::FILE));
        let store = Sqlite::open(folder).await.map_err(io::Error::other)?;
        let accounts = Accounts::open(config, address, store.database(), elsewhere).await?;
        let accounts = Arc::new(accounts);
        tokio::spawn(
            shutdown
                .clone()
                .run_until_cancelled_owned(Arc::clone(&accounts).tidy()),
        );
        tokio::spawn(store.clone().collect_words(shutdown.clone()));
        let generations = Registry::new(
            Arc::clone(&upstream),
            Arc::new(store.clone()),
            config.limits.clone(),
            shutdown.clone(),
        );
        let titles = Titles::new(
            Arc::clone(&upstream),
            Arc::new(store.clone()),
            generations.clone(),
            shutdown.clone(),
        );
        let catalogue = Arc::new(Catalogue::new(upstream, config.default_model()));
        let models = Models::new(ollama, &catalogue, unfinished, shutdown.clone());
        Ok(Self {
            store,
            generations,
            titles: (!config.no_titles).then_some(titles),
            accounts,
            finisher: Finisher::default(),
            streams: Streams::new(
                config.limits.max_streams,
                config.limits.max_streams_per_client,
            ),
            catalogue,
            models,
            bodies: Bodies::default(),
            proxies: Arc::new(Proxies::new(&config.trusted_proxy)),
            hosts: Hosts::new(address, &config.host_names()),
            leptos: leptos_options(),
            shutdown,
        })
    }

    /// What of it is for who asks.
    pub fn of(self: &Arc<Self>, caller: Caller, whence: Whence) -> AppState {
        let owner = caller.owner();
        let store = Arc::new(self.store.of(Arc::clone(&owner)));
        let meter = Arc::new(caller.metered(&self.accounts.quotas, whence.address));
        let generations = self.generations.of(owner, store.clone(), meter);
        let titles = self.titles.as_ref();
        AppState {
            titles: titles.map(|titles| titles.of(store.clone())),
            chats: store.clone(),
            desk: store,
            generations,
            caller,
            line: whence.line,
            server: Arc::clone(self),
        }
    }

    /// Those of everybody.
    pub const fn generations(&self) -> &Registry {
        &self.generations
    }

    /// What goes on beside requests, for as long as the server does.
    pub async fn begin_rounds(self: &Arc<Self>) {
        // Before anybody can begin another one.
        self.models.jobs.resume().await;
        if self.accounts.mode != Mode::None {
            let (server, shutdown) = (Arc::clone(self), self.shutdown.clone());
            tokio::spawn(async move {
                let watching = revocation::watch(&server);
                shutdown.run_until_cancelled(watching).await
            });
        }
    }

    /// Waits until every generation has ended and everything has been saved; to be called after the shutdown token has
    /// been cancelled.
    pub async fn ended(&self) {
        let last = self.accounts.quotas.settle();
        tokio::join!(self.generations.all_ended(last), self.models.jobs.ended());
    }
}

/// The Ollama that `config` names first, whose models are looked after, and what is asked: it, or it with others as one.
fn ollama(
    config: &Config,
    shutdown: &CancellationToken,
) -> io::Result<(Ollama, Arc<dyn Upstream>)> {
    let hosts = config
        .hosts()
        .map_err(|why| io::Error::new(io::ErrorKind::InvalidInput, why))?;
    let ollamas = hosts
        .into_iter()
        .map(|host| Ollama::new(host, config.headers()));
    let ollamas: Vec<_> = ollamas
        .collect::<Result<_, _>>()
        .map_err(io::Error::other)?;
    let first = ollamas.first().cloned();
    let first = first.ok_or_else(|| io::Error::other("no Ollama is named"))?;
    if ollamas.len() == 1 {
        let asked = Arc::new(first.clone());
        return Ok((first, asked));
    }
    let pool = Pool::new(ollamas, config.limits.max_parallel);
    let watching = pool.clone().watch();
    tokio::spawn(shutdown.clone().run_until_cancelled_owned(watching));
    Ok((first, Arc::new(pool)))
}

/// What a handler may use; cheap to clone.
#[derive(Clone, Debug)]
pub struct AppState {
    server: Arc<Server>,
    /// Who asks.
    pub caller: Caller,
    /// By which connection.
    line: Option<Line>,
    /// Their generations.
    pub generations: Registry,
    /// Their chats.
    pub chats: Arc<dyn Chats>,
    /// Who makes titles of those; `None`: nobody is to.
    pub titles: Option<Titles>,
    /// Their presets, saved prompts and drafts.
    pub desk: Arc<dyn Desk>,
}

impl AppState {
    /// A place among the open streams for who asks.
    ///
    /// # Errors
    /// [`crate::error::ErrorKind::Busy`] when there is none.
    pub fn sit_down(&self, client: IpAddr) -> Result<Seat> {
        let line = self.line.as_ref();
        self.server.streams.enter(client, &self.caller, line)
    }
}

impl Deref for AppState {
    type Target = Server;

    fn deref(&self) -> &Server {
        &self.server
    }
}

impl FromRequestParts<Arc<Server>> for AppState {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, server: &Arc<Server>) -> Result<Self> {
        // Behind a route that anybody may ask for nothing is known of who asks, and nothing is theirs.
        let caller = parts.extensions.get().cloned();
        let whence = Whence {
            address: parts.extensions.get().map(|Client(address)| *address),
            line: parts.extensions.get().cloned(),
        };
        Ok(server.of(caller.ok_or_else(Error::default)?, whence))
    }
}
