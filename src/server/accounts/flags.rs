//! What is said at the start of people who sign in elsewhere.

use std::{fs, io, net::SocketAddr, path::PathBuf};

use axum::http::HeaderName;
use clap::Args;
use openidconnect::{ClientId, ClientSecret, IssuerUrl, RedirectUrl, Scope};
use tracing::warn;

use super::{
    Mode,
    oidc::{Oidc, Settings, http},
    proxy_header::ProxyHeader,
};
use crate::server::{Config, client::Proxies};

/// Who signs people in elsewhere, and what they become here.
#[derive(Clone, Debug, Args)]
#[command(
    next_help_heading = "Accounts that another server looks after (--auth header, --auth oidc)"
)]
pub struct Flags {
    /// The group whose members are administrators; all others are users. Without it, administrators are made on the page
    /// of the administration.
    ///
    /// The role follows the group each time somebody signs in by a provider, or asks by a proxy. The last
    /// administrator who can come in stays one.
    #[arg(long, env = "BROOKLET_ADMIN_GROUP", value_name = "GROUP")]
    pub admin_group: Option<String>,

    /// With `--auth header`: the header by which the proxy names the user.
    ///
    /// It is believed from a `--trusted-proxy` alone, which has to replace what a client sends by that name.
    #[arg(
        long,
        env = "BROOKLET_AUTH_HEADER",
        value_name = "NAME",
        default_value = "Remote-User"
    )]
    pub auth_header: HeaderName,

    /// With `--auth header` and `--admin-group`: the header by which the proxy lists the user's groups, with commas between.
    #[arg(
        long,
        env = "BROOKLET_AUTH_GROUPS_HEADER",
        value_name = "NAME",
        default_value = "Remote-Groups"
    )]
    pub auth_groups_header: HeaderName,

    /// With `--auth oidc`: the provider, as it calls itself: `https://id.example/realms/home`.
    ///
    /// What is at `/.well-known/openid-configuration` below it says the rest. At the provider, the address to which people come
    /// back is `--public-url` with `/oidc/end` after it.
    #[arg(long, env = "BROOKLET_OIDC_ISSUER", value_name = "URL")]
    pub oidc_issuer: Option<String>,

    /// With `--auth oidc`: what the provider calls this Brooklet.
    #[arg(long, env = "BROOKLET_OIDC_CLIENT_ID", value_name = "ID")]
    pub oidc_client_id: Option<String>,

    /// With `--auth oidc`: by what the provider knows that it is this Brooklet; without it, by PKCE alone.
    ///
    /// Other users of this machine can see what a program is started with: rather use the environment, or a file.
    #[arg(long, env = "BROOKLET_OIDC_CLIENT_SECRET", value_name = "SECRET", hide_env_values = true, value_parser = parse_secret)]
    pub oidc_client_secret: Option<ClientSecret>,

    /// The same, in a file.
    #[arg(long, env = "BROOKLET_OIDC_CLIENT_SECRET_FILE", value_name = "FILE")]
    pub oidc_client_secret_file: Option<PathBuf>,

    /// With `--auth oidc`: what is asked of the provider, with spaces between. Some want `groups` there to tell of groups, and
    /// some refuse it.
    #[arg(
        long,
        env = "BROOKLET_OIDC_SCOPES",
        value_name = "SCOPES",
        default_value = "openid profile email"
    )]
    pub oidc_scopes: String,

    /// With `--auth oidc`: the claim with somebody's groups. One inside of another is `realm_access.roles`.
    #[arg(
        long,
        env = "BROOKLET_OIDC_GROUPS_CLAIM",
        value_name = "CLAIM",
        default_value = "groups"
    )]
    pub oidc_groups_claim: String,

    /// With `--auth oidc`: the claim by which somebody is called here; without it, or where it is not there,
    /// `preferred_username`, `email` or `name`.
    #[arg(long, env = "BROOKLET_OIDC_NAME_CLAIM", value_name = "CLAIM")]
    pub oidc_name_claim: Option<String>,

    /// With `--auth oidc`: the group whose members may come in; without it, whoever the provider signs in.
    #[arg(long, env = "BROOKLET_OIDC_USER_GROUP", value_name = "GROUP")]
    pub oidc_user_group: Option<String>,
}

/// Who signs people in elsewhere, once it is known to make sense.
#[derive(Debug, Default)]
pub struct Elsewhere {
    /// The proxy, where one names people.
    pub header: Option<ProxyHeader>,
    /// The provider, where people sign in at one.
    pub oidc: Option<Oidc>,
    /// The group whose members are administrators.
    pub admin_group: Option<String>,
}

impl Elsewhere {
    /// As `config` has it, for a server that listens on `address`.
    ///
    /// # Errors
    /// With a sentence about what is missing, or makes no sense.
    pub fn of(config: &Config, address: SocketAddr) -> io::Result<Self> {
        let flags = &config.elsewhere;
        let mode = config.auth_mode(address);
        let mut elsewhere = Self {
            admin_group: given(flags.admin_group.as_ref()).filter(|_| mode.is_elsewhere()),
            ..Self::default()
        };
        if mode == Mode::Header {
            if config.trusted_proxy.is_empty() {
                return Err(wrong(
                    "with `--auth header` the proxy in front says who asks, and only one that is listed is believed. \
                     Name its address with --trusted-proxy.",
                ));
            }
            elsewhere.header = Some(ProxyHeader {
                name: flags.auth_header.clone(),
                groups: flags.auth_groups_header.clone(),
                proxies: Proxies::new(&config.trusted_proxy),
            });
        }
        if mode == Mode::Oidc {
            elsewhere.oidc = Some(Oidc::new(settings(config)?, config.clock.clone())?);
        } else if config.auth.is_none() && given(flags.oidc_issuer.as_ref()).is_some() {
            return Err(wrong(
                "--oidc-issuer names who signs people in, but nothing says that they are to sign in there. Start with \
                 `--auth oidc`.",
            ));
        }
        Ok(elsewhere)
    }
}

/// How people sign in at a provider, as `config` has it.
fn settings(config: &Config) -> io::Result<Settings> {
    let flags = &config.elsewhere;
    let (issuer, client) = (
        given(flags.oidc_issuer.as_ref()),
        given(flags.oidc_client_id.as_ref()),
    );
    let (Some(issuer), Some(client), Some(home)) = (issuer, client, &config.public_url) else {
        return Err(wrong(
            "with `--auth oidc` a provider signs people in, and all of this has to be said: which one it is \
             (--oidc-issuer), what it calls this Brooklet (--oidc-client-id), and where browsers find this page \
             (--public-url).",
        ));
    };
    let issuer = IssuerUrl::new(issuer.clone())
        .ok()
        .filter(|it| matches!(it.url().scheme(), "http" | "https") && it.url().has_host())
        .ok_or_else(|| {
            wrong(format!(
                "--oidc-issuer: `{issuer}` is no address; it looks like https://id.example"
            ))
        })?;
    if issuer.url().scheme() == "http" && !http::is_here(issuer.url()) {
        warn!(
            "the provider {} is asked without TLS: whoever is in between can sign in as anybody",
            issuer.as_str()
        );
    }
    let redirect = RedirectUrl::new(format!("{home}/oidc/end"));
    let user_group = given(flags.oidc_user_group.as_ref());
    let names = ["preferred_username", "email", "name"].map(str::to_owned);
    let scopes = flags.oidc_scopes.split_whitespace();
    Ok(Settings {
        issuer,
        client: ClientId::new(client),
        secret: secret(flags)?,
        // That one is always asked for.
        scopes: scopes
            .filter(|it| *it != "openid")
            .map(|it| Scope::new(it.to_owned()))
            .collect(),
        redirect: redirect.map_err(|error| wrong(format!("--public-url: {error}")))?,
        groups_claim: flags.oidc_groups_claim.clone(),
        name_claims: given(flags.oidc_name_claim.as_ref())
            .into_iter()
            .chain(names)
            .collect(),
        needs_groups: user_group.is_some() || given(flags.admin_group.as_ref()).is_some(),
        user_group,
    })
}

/// By what a provider knows that it is we.
fn secret(flags: &Flags) -> io::Result<Option<ClientSecret>> {
    let said = flags.oidc_client_secret.clone();
    let said = said.filter(|it| !it.secret().is_empty());
    let Some(file) = &flags.oidc_client_secret_file else {
        return Ok(said);
    };
    if said.is_some() {
        return Err(wrong(
            "there are two secrets for the provider: say one of --oidc-client-secret and --oidc-client-secret-file.",
        ));
    }
    let unread = |why: &str| {
        let file = file.display();
        wrong(format!("--oidc-client-secret-file: {file} {why}"))
    };
    let secret =
        fs::read_to_string(file).map_err(|error| unread(&format!("cannot be read: {error}")))?;
    match secret.trim() {
        "" => Err(unread("is empty.")),
        secret => Ok(Some(ClientSecret::new(secret.to_owned()))),
    }
}

#[allow(clippy::unnecessary_wraps, reason = "as clap wants it")]
fn parse_secret(text: &str) -> Result<ClientSecret, String> {
    Ok(ClientSecret::new(text.trim().to_owned()))
}

/// What a flag says; an empty variable is how many tools say "not set".
fn given(text: Option<&String>) -> Option<String> {
    let text = text?.trim();
    (!text.is_empty()).then(|| text.to_owned())
}

fn wrong(why: impl Into<String>) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidInput, why.into())
}
