//! People who sign in at an OIDC provider (`--auth oidc`).
//!
//! | file | noun |
//! |---|---|
//! | [`claims`] | what a provider says of somebody |
//! | [`http`] | who asks it |
//! | [`provider`] | what it is, and what it gives for a code |
//! | [`token`] | what it has signed |
//! | [`trips`] | who is at the provider right now |
//!
//! The authorization code flow with PKCE: a browser is sent to the provider with a state, a nonce and the hash of a verifier;
//! it comes back with a code, which is given to the provider for a signed token. State, nonce and verifier stay here, and
//! belong to the browser that was sent. The pages are in [`super::pages::provider`].

pub mod claims;
pub mod http;
pub mod provider;
pub mod token;
pub mod trips;

use std::{io, net::IpAddr};

use openidconnect::{ClientId, ClientSecret, IssuerUrl, RedirectUrl, Scope};
use tracing::{info, warn};

use super::{Accounts, Visitor, entry::no_randomness, named::Named, token as secrets};
use crate::{
    error::{Error, ErrorKind, Result},
    server::{
        clock::Clock,
        store::{
            credentials::Which,
            users::{By, User},
        },
    },
    words::told,
};
use provider::Provider;
use trips::{Trip, Trips};

/// The longest address to which one goes back, in bytes: it is kept for as long as somebody is away.
const LONGEST_WAY_BACK: usize = 1000;

/// How to sign people in by a provider.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Which provider.
    pub issuer: IssuerUrl,
    /// Who we are there.
    pub client: ClientId,
    /// By what it knows that it is we; `None`: by PKCE alone.
    pub secret: Option<ClientSecret>,
    /// What of people is asked for.
    pub scopes: Vec<Scope>,
    /// Where people come back to.
    pub redirect: RedirectUrl,
    /// The claim with somebody's groups.
    pub groups_claim: String,
    /// The claims with somebody's name: the first that is there.
    pub name_claims: Vec<String>,
    /// The group whose members may come in; `None`: whoever the provider signs in.
    pub user_group: Option<String>,
    /// Whether it matters in which groups somebody is.
    pub needs_groups: bool,
}

/// Sign-ins by a provider.
#[derive(Debug)]
pub struct Oidc {
    provider: Provider,
    trips: Trips,
    clock: Clock,
}

/// With what a browser comes back from the provider.
#[derive(Debug, Default)]
pub struct Return {
    /// The state that it was sent with.
    pub state: String,
    /// The code to be given for a token.
    pub code: String,
    /// Why there is none.
    pub error: String,
    /// Which provider says so, if it says.
    pub issuer: String,
}

impl Oidc {
    /// By the provider that `settings` name; it is not asked yet.
    ///
    /// # Errors
    /// When TLS cannot be set up.
    pub fn new(settings: Settings, clock: Clock) -> io::Result<Self> {
        Ok(Self {
            provider: Provider::new(settings, clock.clone()).map_err(io::Error::other)?,
            trips: Trips::default(),
            clock,
        })
    }

    /// What the provider is called.
    pub fn name(&self) -> &str {
        self.provider.name()
    }

    /// Whether the provider is there.
    ///
    /// # Errors
    /// When it is not.
    pub async fn is_there(&self) -> Result<()> {
        self.provider.known().await.map(drop)
    }

    /// Sends the browser that has this secret to the provider; gives the address there.
    ///
    /// # Errors
    /// When the provider is not there, or too many are under way.
    pub async fn begin(&self, to: &str, browser: &str, address: IpAddr) -> Result<String> {
        let [state, nonce] = [(); 2].map(|()| secrets::new().map_err(no_randomness));
        let (state, nonce) = (state?, nonce?);
        let (url, verifier) = self.provider.address(&state, &nonce).await?;
        let trip = Trip {
            nonce,
            verifier,
            to: if to.len() > LONGEST_WAY_BACK { "/" } else { to }.to_owned(),
            browser: secrets::hash(browser),
        };
        let state = secrets::hash(&state);
        self.trips.begin(state, trip, address, self.clock.now())?;
        Ok(url)
    }

    /// Who has come back, as the provider says.
    async fn end(&self, back: Return, trip: Trip) -> Result<Named> {
        if !back.issuer.is_empty() && back.issuer != self.provider.settings.issuer.as_str() {
            warn!(issuer = ?back.issuer, "a sign-in was answered by another provider than the one that was asked");
            return Err(provider::refused());
        }
        if !back.error.is_empty() {
            // What is no code of the protocol is nobody's business to be shown by us.
            let letters = |it: char| it.is_ascii_alphanumeric() || matches!(it, '_' | '-' | '.');
            let code: String = back.error.chars().filter(|it| letters(*it)).collect();
            let code: String = code.chars().take(64).collect();
            info!(%code, "the provider has signed somebody not in");
            let sentence = match &*code {
                "access_denied" => told::provider_denied(),
                _ => told::provider_error(&code),
            };
            return Err(Error::told(ErrorKind::SignedOut, sentence));
        }
        let claims = self.provider.redeem(back.code, trip).await?;
        let named = claims.named(&self.provider.settings);
        if let Some(group) = &self.provider.settings.user_group
            && !named.groups.contains(group)
        {
            return Err(Error::told(
                ErrorKind::Forbidden,
                told::group_missing(group),
            ));
        }
        Ok(named)
    }
}

impl Accounts {
    /// Signs somebody in who has come back from the provider; gives the secret of their session, and where they wanted to go.
    ///
    /// # Errors
    /// [`ErrorKind::BadRequest`] when nobody with this `state` was sent there by `browser`, [`ErrorKind::Forbidden`] when they
    /// are in the wrong groups, [`ErrorKind::SignedOut`] when the provider or we say no; or when the provider is not there.
    pub(super) async fn sign_in_by(
        &self,
        oidc: &Oidc,
        back: Return,
        browser: Option<&str>,
        visitor: &Visitor,
    ) -> Result<(String, String)> {
        let state = secrets::hash(&back.state);
        let trip = oidc.trips.end(&state, oidc.clock.now());
        // Whoever shows the state has used it up. A code that comes to another browser is somebody else's: one that is to
        // act for them without knowing, or one that was stolen.
        let trip = trip.filter(|trip| browser.is_some_and(|it| secrets::hash(it) == trip.browser));
        let gone = || Error::told(ErrorKind::BadRequest, told::sign_in_gone());
        let trip = trip.ok_or_else(gone)?;
        let to = trip.to.clone();
        let mut about = User::default();
        let entered = async {
            let named = oidc.end(back, trip).await?;
            about.name.clone_from(&named.name);
            self.account_of(&named, visitor).await
        };
        match entered.await {
            Ok(user) => Ok((self.begin_session(&user, None, visitor).await?, to)),
            Err(error) => {
                let detail = &error.message;
                self.note("turned_away", &about, visitor, detail).await;
                Err(error)
            }
        }
    }

    /// Ends the sessions of those whom this provider does not know: they have signed in by a password, or at another one.
    ///
    /// # Errors
    /// When the store fails.
    pub(super) async fn end_sessions_of_others(&self, oidc: &Oidc) -> Result<()> {
        let ours = token::subject(&oidc.provider.settings.issuer, "");
        for user in self.users.users().await? {
            let account = self.users.user(By::Id(&user.id)).await?;
            let subject = account.and_then(|account| account.subject);
            if !subject.is_some_and(|subject| subject.starts_with(&ours)) {
                self.credentials.end_sessions(&user.id, Which::All).await?;
            }
        }
        Ok(())
    }
}
