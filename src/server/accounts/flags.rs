//! What is said at the start of people who sign in elsewhere.

use std::{io, net::SocketAddr};

use axum::http::HeaderName;
use clap::Args;

use super::{Mode, proxy_header::ProxyHeader};
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
}

/// Who signs people in elsewhere, once it is known to make sense.
#[derive(Debug, Default)]
pub struct Elsewhere {
    /// The proxy, where one names people.
    pub header: Option<ProxyHeader>,
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
        Ok(elsewhere)
    }
}

/// What a flag says; an empty variable is how many tools say "not set".
fn given(text: Option<&String>) -> Option<String> {
    let text = text?.trim();
    (!text.is_empty()).then(|| text.to_owned())
}

fn wrong(why: impl Into<String>) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidInput, why.into())
}
