//! Who asks.

use std::{net::IpAddr, sync::Arc};

use axum::{
    extract::FromRequestParts,
    http::{HeaderMap, header::USER_AGENT, request::Parts},
};

use crate::{
    error::{Error, Result},
    server::{
        client::{Client, Secure},
        quota::{Allowance, Metered, Quotas},
        store::{
            credentials::{Key, Session},
            users::{Role, User},
        },
    },
};

/// As much as is kept of what a browser calls itself, in characters.
const LONGEST_AGENT: usize = 200;

/// Who asks, by the one check ([`super::access`]). The default is the one user where there are no accounts.
#[derive(Clone, Debug, Default)]
pub struct Caller {
    /// Who.
    pub user: Arc<User>,
    /// How that is known.
    pub by: By,
    /// What of the server's limits is another for the user.
    pub allowance: Allowance,
    /// The same for the key, if a program asks.
    pub key_allowance: Allowance,
}

/// How it is known who asks.
#[derive(Clone, Debug, Default)]
pub enum By {
    /// Nobody signs in here.
    #[default]
    Default,
    /// A person has signed in.
    Session(Arc<Session>),
    /// A proxy has named a person.
    Proxy,
    /// A program has a key.
    Key(Arc<Key>),
}

impl Caller {
    /// Who everybody is where nobody signs in, and there are accounts.
    pub fn everybody(user: User) -> Self {
        Self::new(user, By::Default)
    }

    /// This user, as is known by this.
    pub fn new(user: User, by: By) -> Self {
        let key_allowance = match &by {
            By::Key(key) => Allowance::read(&key.limits),
            By::Default | By::Session(_) | By::Proxy => Allowance::default(),
        };
        Self {
            allowance: Allowance::read(&user.limits),
            user: Arc::new(user),
            key_allowance,
            by,
        }
    }

    /// What they use is counted by these; `address`: where they are, if that is known.
    pub fn metered(&self, quotas: &Arc<Quotas>, address: Option<IpAddr>) -> Metered {
        let key = match &self.by {
            By::Key(key) => Some((Arc::from(&*key.id), &self.key_allowance)),
            By::Default | By::Session(_) | By::Proxy => None,
        };
        quotas.of((self.owner(), &self.allowance), key, address)
    }

    /// The owner of what is theirs.
    pub fn owner(&self) -> Arc<str> {
        Arc::from(&*self.user.id)
    }

    /// The id of their session, if a person has signed in.
    pub fn session(&self) -> Option<&str> {
        match &self.by {
            By::Session(session) => Some(&session.id),
            By::Default | By::Proxy | By::Key(_) => None,
        }
    }

    /// Whether they look after the accounts of others.
    pub fn is_admin(&self) -> bool {
        self.user.role == Role::Admin
    }
}

/// From where somebody comes who is not known yet.
#[derive(Clone, Debug)]
pub struct Visitor {
    /// The address.
    pub address: IpAddr,
    /// What the browser calls itself.
    pub agent: String,
    /// The secret of a session that it had.
    pub session: Option<String>,
}

impl Visitor {
    /// The one that sends these headers from this address; `secure`: by TLS.
    pub fn new(address: IpAddr, secure: bool, headers: &HeaderMap) -> Self {
        let agent = headers.get(USER_AGENT).and_then(|it| it.to_str().ok());
        Self {
            address,
            agent: agent
                .unwrap_or_default()
                .chars()
                .take(LONGEST_AGENT)
                .collect(),
            session: super::cookie::session(headers, secure),
        }
    }
}

impl<S: Sync> FromRequestParts<S> for Visitor {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self> {
        // Every request has both (`guard`).
        let told = (parts.extensions.get(), parts.extensions.get());
        let (Some(Client(address)), Some(Secure(secure))) = told else {
            return Err(Error::default());
        };
        Ok(Self::new(*address, *secure, &parts.headers))
    }
}
