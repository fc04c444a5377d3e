//! Configuration: flags first, then the environment, then `Leptos.toml`, which is inside the binary.

use std::{io, net::SocketAddr, num::NonZeroUsize, path::PathBuf};

use clap::{Parser, builder::FalseyValueParser};
use leptos::config::{LeptosOptions, get_config_from_str};
use reqwest::header::{HeaderMap, HeaderName, HeaderValue};

use super::{
    accounts::{Mode, flags::Flags},
    client::Network,
    clock::Clock,
    command::Command,
    limits::Limits,
    store::folder,
    upstream::{Host, others::Others},
};
use crate::chat::model::DEMO_MODEL;

/// The serving options, embedded.
const LEPTOS_TOML: &str = include_str!("../../Leptos.toml");

/// A chat page for Ollama: one program, no other service.
///
/// Start it, open the address that it prints, and ask. It talks to the Ollama server on this machine unless told
/// otherwise; without one it offers a scripted demo. Each flag can be given as an environment variable instead.
#[derive(Clone, Debug, Parser)]
#[command(name = "brooklet", version, max_term_width = 100)]
pub struct Config {
    /// What to do instead of serving.
    #[command(subcommand)]
    pub command: Option<Command>,

    /// Where to listen: address and port; port 0 takes a free one.
    ///
    /// The default is for this machine alone. Elsewhere people sign in, unless `--auth none` says otherwise.
    #[arg(long, env = "BROOKLET_LISTEN", value_name = "ADDRESS:PORT", default_value_t = default_listen())]
    pub listen: SocketAddr,

    /// Where Ollama is: `host`, `host:port` or a URL. Several, with commas between, share what is asked.
    ///
    /// `OLLAMA_HOST` is honoured too, in all the forms that Ollama takes.
    #[arg(
        long,
        env = "BROOKLET_OLLAMA",
        value_name = "HOST",
        value_delimiter = ','
    )]
    pub ollama: Vec<Host>,

    /// A header that goes along with every request to Ollama: `Name: value`. May be given several times.
    ///
    /// For an Ollama behind a proxy that wants a login; in the environment, one header a line.
    #[arg(long, env = "BROOKLET_OLLAMA_HEADER", value_name = "HEADER", value_delimiter = '\n', hide_env_values = true, value_parser = parse_header)]
    pub ollama_header: Vec<(HeaderName, HeaderValue)>,

    /// The model that answers when a request names none; without it, the first one that Ollama lists.
    #[arg(long, env = "BROOKLET_MODEL", value_name = "NAME")]
    pub model: Option<String>,

    /// Where Brooklet keeps what has to last; without it, where this system keeps programs' data of a user.
    ///
    /// One Brooklet has a folder at a time.
    #[arg(long, env = "BROOKLET_DATA_DIR", value_name = "FOLDER", global = true)]
    pub data_dir: Option<PathBuf>,

    /// A host name under which this page is reached, such as `chat.example`. May be given several times.
    ///
    /// Listening on this machine alone, or given a name, Brooklet answers only to requests for this machine and for
    /// these names, so that no other web site can reach it through a browser. A proxy in front that passes the public
    /// name on needs it listed here.
    #[arg(
        long,
        env = "BROOKLET_HOST_NAME",
        value_name = "NAME",
        value_delimiter = ','
    )]
    pub host_name: Vec<String>,

    /// The address of a proxy in front that says who asks (`X-Forwarded-For`), or a network. May be given several times.
    ///
    /// Limits for each client are by that address then; what others say of themselves is not believed. In a network that is
    /// named here there are to be proxies alone.
    #[arg(
        long,
        env = "BROOKLET_TRUSTED_PROXY",
        value_name = "ADDRESS",
        value_delimiter = ','
    )]
    pub trusted_proxy: Vec<Network>,

    /// How people come in. Without it: `none` where only this machine can come, `password` elsewhere.
    ///
    /// A proxy in front (`--public-url`, `--host-name`, `--trusted-proxy`) lets others come.
    #[arg(long, env = "BROOKLET_AUTH", value_name = "HOW", value_enum)]
    pub auth: Option<Mode>,

    /// Where browsers find this page, if a proxy stands in front: `https://chat.example`.
    ///
    /// Links that are given to people begin with it, and one that begins with https has cookies go by TLS alone.
    #[arg(long, env = "BROOKLET_PUBLIC_URL", value_name = "URL", value_parser = parse_home)]
    pub public_url: Option<String>,

    /// How many threads serve; without it, one for each core.
    #[arg(long, env = "BROOKLET_THREADS", value_name = "N")]
    pub threads: Option<NonZeroUsize>,

    /// What to log: a level (error, warn, info, debug, trace) or a filter such as `brooklet=debug,info`.
    #[arg(
        long,
        env = "BROOKLET_LOG",
        value_name = "FILTER",
        default_value = "info"
    )]
    pub log: String,

    /// Log one JSON object a line.
    #[arg(long, env = "BROOKLET_LOG_JSON", value_parser = FalseyValueParser::new())]
    pub log_json: bool,

    /// Begin with the built-in demo, a scripted model, as the default.
    #[arg(long, env = "BROOKLET_DEMO", value_parser = FalseyValueParser::new())]
    pub demo: bool,

    /// Make no titles: a chat is called by its first question.
    ///
    /// Otherwise the model that gave a chat's first answer is asked for a title once, while nobody else asks anything: too
    /// much for a slow machine, perhaps.
    #[arg(long, env = "BROOKLET_NO_TITLES", value_parser = FalseyValueParser::new())]
    pub no_titles: bool,

    #[command(flatten)]
    #[allow(missing_docs, reason = "documented where it is defined")]
    pub others: Others,

    #[command(flatten)]
    #[allow(missing_docs, reason = "documented where it is defined")]
    pub elsewhere: Flags,

    #[command(flatten)]
    #[allow(missing_docs, reason = "documented where it is defined")]
    pub limits: Limits,

    /// What time it is; for tests.
    #[arg(skip)]
    pub clock: Clock,
}

impl Config {
    /// The names under which this page is reached: those that are said, and that of the public address.
    pub fn host_names(&self) -> Vec<String> {
        let public = self
            .public_url
            .as_ref()
            .and_then(|url| url.parse::<reqwest::Url>().ok());
        let public = public.and_then(|url| url.host_str().map(str::to_owned));
        self.host_name.iter().cloned().chain(public).collect()
    }

    /// Whether something was said that only a proxy in front needs.
    pub fn is_fronted(&self) -> bool {
        self.public_url.is_some() || !(self.trusted_proxy.is_empty() && self.host_name.is_empty())
    }

    /// How people come in to a server that listens on this address.
    pub fn auth_mode(&self, address: SocketAddr) -> Mode {
        self.auth
            .unwrap_or_else(|| Mode::usual(address, self.is_fronted()))
    }

    /// Where Ollama is: the flag, then `OLLAMA_HOST`, then its usual address. One at least.
    ///
    /// # Errors
    /// A sentence about an `OLLAMA_HOST` that cannot be understood.
    pub fn hosts(&self) -> Result<Vec<Host>, String> {
        if !self.ollama.is_empty() {
            return Ok(self.ollama.clone());
        }
        let host = match std::env::var("OLLAMA_HOST") {
            Ok(text) => text.parse().map_err(|why| format!("OLLAMA_HOST: {why}"))?,
            Err(_) => Host::default(),
        };
        Ok(vec![host])
    }

    /// The data folder.
    ///
    /// # Errors
    /// When none is named and the environment does not say where a user's data is.
    pub fn data_dir(&self) -> io::Result<PathBuf> {
        self.data_dir.clone().or_else(folder::usual).ok_or_else(|| {
            io::Error::other(
                "there is no home folder to keep data in. Name a folder with --data-dir.",
            )
        })
    }

    /// The model that answers when a request names none, if one is configured.
    pub fn default_model(&self) -> Option<String> {
        if self.demo {
            return Some(DEMO_MODEL.to_owned());
        }
        // An empty variable is how many tools say "not set".
        self.model.clone().filter(|model| !model.trim().is_empty())
    }

    /// The headers for Ollama.
    pub fn headers(&self) -> HeaderMap {
        self.ollama_header.iter().cloned().collect()
    }
}

/// What Leptos wants to know about the site: `Leptos.toml` with `LEPTOS_*` of the environment laid over it.
pub fn leptos_options() -> LeptosOptions {
    // Only a `LEPTOS_*` variable that makes no sense can fail here; the defaults are as good as any then.
    get_config_from_str(LEPTOS_TOML)
        .unwrap_or_else(|_| LeptosOptions::builder().output_name("brooklet").build())
}

fn default_listen() -> SocketAddr {
    leptos_options().site_addr
}

fn parse_home(text: &str) -> Result<String, String> {
    let url = text.trim().trim_end_matches('/');
    let is_web = ["http://", "https://"]
        .iter()
        .any(|it| url.len() > it.len() && url.starts_with(it));
    match url.parse::<reqwest::Url>() {
        Ok(parsed) if is_web && parsed.path() == "/" && parsed.query().is_none() => {
            Ok(url.to_owned())
        }
        _ => Err("it looks like https://chat.example, and has no path".to_owned()),
    }
}

fn parse_header(text: &str) -> Result<(HeaderName, HeaderValue), String> {
    let (name, value) = text
        .split_once(':')
        .ok_or("a header looks like `Name: value`")?;
    let name = name
        .trim()
        .parse()
        .map_err(|_| format!("`{name}` is no header's name"))?;
    let mut value: HeaderValue = value
        .trim()
        .parse()
        .map_err(|_| "the value holds characters that a header cannot".to_owned())?;
    value.set_sensitive(true);
    Ok((name, value))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test says what failed by failing")]

    use super::*;

    /// `Leptos.toml` is for the program, Cargo.toml's table for the build tool: where both speak, they agree.
    #[test]
    fn leptos_toml_agrees_with_cargo_toml() {
        let ours: toml::Table = toml::from_str(LEPTOS_TOML).unwrap();
        let cargo: toml::Table = toml::from_str(include_str!("../../Cargo.toml")).unwrap();
        let table = |file: &toml::Table| {
            file["package"]["metadata"]["leptos"]
                .as_table()
                .unwrap()
                .clone()
        };
        let cargo = table(&cargo);
        let ours = table(&ours);
        assert!(!ours.is_empty());
        for (key, value) in ours {
            assert_eq!(cargo.get(&key), Some(&value), "{key}");
        }
    }

    #[test]
    fn leptos_toml_is_what_the_program_serves_by() {
        let options = leptos_options();
        assert_eq!(&*options.output_name, "brooklet");
        assert_eq!(&*options.site_pkg_dir, "pkg");
    }

    #[test]
    fn switches_are_thrown_by_any_usual_word_and_nothing_is_nothing() {
        let read = |arguments: &[&str]| {
            let program = ["brooklet"].iter().chain(arguments);
            Config::try_parse_from(program).unwrap()
        };
        assert!(read(&["--demo"]).demo);
        assert!(!read(&[]).demo);
        assert!(read(&["--no-titles"]).no_titles && !read(&[]).no_titles);
        assert_eq!(read(&["--model", ""]).default_model(), None);
        assert_eq!(
            read(&["--model", "a"]).default_model().as_deref(),
            Some("a")
        );
        assert_eq!(
            read(&["--model", "a", "--demo"]).default_model().as_deref(),
            Some(DEMO_MODEL)
        );
    }

    #[test]
    fn headers_are_read_and_bad_ones_refused() {
        let read = |header: &str| Config::try_parse_from(["brooklet", "--ollama-header", header]);
        assert_eq!(
            read("Authorization: Bearer x").unwrap().headers()["authorization"],
            "Bearer x"
        );
        assert!(read("nonsense").is_err());
        assert!(read("a b: c").is_err());
    }

    #[test]
    fn a_bad_address_is_refused_with_a_sentence() {
        let error = Config::try_parse_from(["brooklet", "--ollama", "ftp://x"]).unwrap_err();
        assert!(
            error.to_string().contains("no address of an Ollama server"),
            "{error}"
        );
    }
}
