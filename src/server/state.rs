//! What every handler may use, handed in at the start: no globals.

use std::{io, net::SocketAddr, sync::Arc};

use leptos::config::LeptosOptions;
use tokio_util::sync::CancellationToken;

use super::{
    body::Bodies,
    catalogue::Catalogue,
    client::Proxies,
    config::{Config, leptos_options},
    finish::Finisher,
    generation::Registry,
    guard::Hosts,
    store::{Chats, Desk, Folder, Sqlite},
    streams::Streams,
    titles::Titles,
    upstream::{Upstream, demo::WithDemo, ollama::Ollama},
};

/// The server's parts; cheap to clone.
#[derive(Clone, Debug)]
pub struct AppState {
    /// All generations.
    pub generations: Registry,
    /// All chats.
    pub chats: Arc<dyn Chats>,
    /// Who makes titles; `None`: nobody is to.
    pub titles: Option<Titles>,
    /// Presets, saved prompts and drafts.
    pub desk: Arc<dyn Desk>,
    /// Colours and formulas.
    pub finisher: Finisher,
    /// The open streams.
    pub streams: Arc<Streams>,
    /// All models.
    pub catalogue: Arc<Catalogue>,
    /// What may be read of requests.
    pub bodies: Arc<Bodies>,
    /// The proxies that say who asks.
    pub proxies: Arc<Proxies>,
    /// The hosts that this server answers for.
    pub hosts: Arc<Hosts>,
    /// What the page's shell needs to know.
    pub leptos: LeptosOptions,
    /// Cancelled when the server is to end.
    pub shutdown: CancellationToken,
}

impl AppState {
    /// The parts that `config` asks for, of a server that listens on `address`.
    ///
    /// # Errors
    /// When `OLLAMA_HOST` makes no sense, TLS cannot be set up, or the data folder cannot be used.
    pub async fn new(config: &Config, address: SocketAddr) -> io::Result<Self> {
        let host = config
            .host()
            .map_err(|why| io::Error::new(io::ErrorKind::InvalidInput, why))?;
        let ollama = Ollama::new(host, config.headers()).map_err(io::Error::other)?;
        let upstream: Arc<dyn Upstream> = Arc::new(WithDemo::new(Arc::new(ollama)));
        let folder = Folder::take(&config.data_dir()?).map_err(io::Error::other)?;
        let store = Arc::new(Sqlite::open(folder).await.map_err(io::Error::other)?);
        let shutdown = CancellationToken::new();
        tokio::spawn(Arc::clone(&store).collect_words(shutdown.clone()));
        let chats: Arc<dyn Chats> = store.clone();
        let desk: Arc<dyn Desk> = store.clone();
        let generations = Registry::new(
            Arc::clone(&upstream),
            store,
            config.limits.clone(),
            shutdown.clone(),
        );
        let titles = Titles::new(
            Arc::clone(&upstream),
            Arc::clone(&chats),
            generations.clone(),
            shutdown.clone(),
        );
        Ok(Self {
            chats,
            desk,
            generations,
            titles: (!config.no_titles).then_some(titles),
            finisher: Finisher::default(),
            streams: Arc::new(Streams::new(
                config.limits.max_streams,
                config.limits.max_streams_per_client,
            )),
            catalogue: Arc::new(Catalogue::new(upstream, config.default_model())),
            bodies: Arc::default(),
            proxies: Arc::new(Proxies::new(&config.trusted_proxy)),
            hosts: Arc::new(Hosts::new(address, &config.host_name)),
            leptos: leptos_options(),
            shutdown,
        })
    }
}
