//! How people come in at all.

use std::net::SocketAddr;

use clap::ValueEnum;

/// How people come in. Programs come in by keys, whichever it is; where nobody signs in they need none.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Mode {
    /// Nobody signs in: whoever reaches the server is the one user.
    None,
    /// By a name and a password.
    Password,
    /// A proxy in front signs people in, and names them in a header.
    Header,
    /// An OIDC provider signs people in.
    Oidc,
}

impl Mode {
    /// Whether people sign in elsewhere: then there are no passwords here, and no links by which one comes in.
    pub const fn is_elsewhere(self) -> bool {
        matches!(self, Self::Header | Self::Oidc)
    }

    /// That of a server of which nothing is said: what only this machine reaches is its user's. Where a proxy stands in front
    /// (`fronted`), others reach it.
    pub fn usual(address: SocketAddr, fronted: bool) -> Self {
        if address.ip().is_loopback() && !fronted {
            Self::None
        } else {
            Self::Password
        }
    }
}
