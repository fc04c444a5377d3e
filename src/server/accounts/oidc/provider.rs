//! A provider: what it says of itself, the keys that it signs with, and what it gives for a code.
//!
//! It is asked when somebody wants to sign in, not at the start: it may be away then. What it says is believed for an hour;
//! a token that is signed by a key that is not known has it asked again at once.

use std::{error::Error as StdError, sync::Arc, time::Duration};

use openidconnect::{
    AuthType, AuthenticationFlow, AuthorizationCode, ClaimsVerificationError, CsrfToken,
    DiscoveryError, Nonce, OAuth2TokenResponse, PkceCodeChallenge, PkceCodeVerifier,
    RequestTokenError, SignatureVerificationError, SubjectIdentifier, TokenResponse,
    UserInfoClaims, UserInfoError,
    core::{CoreClientAuthMethod, CoreGenderClaim, CoreProviderMetadata, CoreResponseType},
};
use tokio::sync::Mutex;
use tracing::{info, warn};

use super::{
    Settings,
    claims::{Claims, More},
    http::{Fault, Http},
    token::{self, OurClient},
    trips::Trip,
};
use crate::{
    error::{Error, ErrorKind, Result},
    server::{
        clock::{Clock, milliseconds},
        upstream::fault::excerpt,
    },
    words::told,
};

/// For how long it is believed what a provider says of itself.
const BELIEVED: Duration = Duration::from_secs(60 * 60);

/// For how long a provider that has not answered is not asked again.
const LEFT_ALONE: Duration = Duration::from_secs(5);

/// The provider.
#[derive(Debug)]
pub struct Provider {
    /// How people sign in there.
    pub settings: Settings,
    name: String,
    http: Http,
    clock: Clock,
    /// What it has last said of itself, or that it has not. Who comes while it is asked waits for the answer.
    said: Mutex<Option<Said>>,
}

#[derive(Debug)]
struct Said {
    what: Result<Arc<CoreProviderMetadata>>,
    /// When: milliseconds since 1970.
    at: u64,
}

impl Provider {
    /// The one that `settings` name.
    ///
    /// # Errors
    /// When TLS cannot be set up.
    pub fn new(settings: Settings, clock: Clock) -> reqwest::Result<Self> {
        let url = settings.issuer.url();
        Ok(Self {
            name: url.host_str().unwrap_or_default().to_owned(),
            http: Http::new(url)?,
            settings,
            clock,
            said: Mutex::default(),
        })
    }

    /// What it is called: its host.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// What it says of itself.
    ///
    /// # Errors
    /// [`ErrorKind::Unreachable`] or [`ErrorKind::Upstream`] when it says nothing, or nothing that can be believed.
    pub async fn known(&self) -> Result<Arc<CoreProviderMetadata>> {
        self.known_after(None).await
    }

    /// The same, if it has been said after this; else it is asked.
    async fn known_after(
        &self,
        before: Option<&Arc<CoreProviderMetadata>>,
    ) -> Result<Arc<CoreProviderMetadata>> {
        let mut said = self.said.lock().await;
        let now = self.clock.now();
        if let Some(Said { what, at }) = &*said {
            let good = if what.is_ok() { BELIEVED } else { LEFT_ALONE };
            let is_that =
                matches!((what, before), (Ok(it), Some(before)) if Arc::ptr_eq(it, before));
            if now < at + milliseconds(good) && !is_that {
                return what.clone();
            }
        }
        let issuer = self.settings.issuer.clone();
        let discovered = CoreProviderMetadata::discover_async(issuer, &self.http).await;
        let what = discovered
            .map(Arc::new)
            .map_err(|error| self.not_known(&error));
        *said = Some(Said {
            what: what.clone(),
            // It may have taken longer than it is left alone.
            at: self.clock.now(),
        });
        what
    }

    /// Where a browser is sent, and what the code is given for a token with that it comes back with.
    ///
    /// # Errors
    /// As [`Provider::known`].
    pub async fn address(&self, state: &str, nonce: &str) -> Result<(String, PkceCodeVerifier)> {
        let client = self.client(&*self.known().await?);
        let (state, nonce) = (state.to_owned(), nonce.to_owned());
        let (challenge, verifier) = PkceCodeChallenge::new_random_sha256();
        let (url, ..) = client
            .authorize_url(
                AuthenticationFlow::<CoreResponseType>::AuthorizationCode,
                || CsrfToken::new(state),
                || Nonce::new(nonce),
            )
            .add_scopes(self.settings.scopes.iter().cloned())
            .set_pkce_challenge(challenge)
            .url();
        Ok((url.into(), verifier))
    }

    /// Gives a code for what it stands for.
    ///
    /// # Errors
    /// [`ErrorKind::SignedOut`] when the provider does not take it, or what it gives is not to be believed; or as
    /// [`Provider::known`].
    pub async fn redeem(&self, code: String, trip: Trip) -> Result<Claims> {
        let metadata = self.known().await?;
        let client = self.client(&metadata);
        let request = client
            .exchange_code(AuthorizationCode::new(code))
            .map_err(|error| self.odd(&error))?
            .set_pkce_verifier(trip.verifier);
        let tokens = request
            .request_async(&self.http)
            .await
            .map_err(|error| match &error {
                RequestTokenError::Request(fault) => self.unreachable(fault),
                RequestTokenError::ServerResponse(_) => {
                    info!("the provider does not take a code: {}", whole(&error));
                    refused()
                }
                _ => self.odd(&error),
            })?;
        let Some(id_token) = tokens.id_token() else {
            warn!(
                "the provider has given no ID token; is `openid` among the scopes that it takes?"
            );
            return Err(refused());
        };
        let (nonce, ours) = (Nonce::new(trip.nonce), &self.settings.client);
        let mut verified = token::verified(&client, &tokens, id_token, &nonce, ours);
        if let Err(ClaimsVerificationError::SignatureVerification(
            SignatureVerificationError::NoMatchingKey
            | SignatureVerificationError::CryptoError(_)
            | SignatureVerificationError::AmbiguousKeyId(_),
        )) = &verified
        {
            // It may sign by another key since we have asked for them.
            let metadata = self.known_after(Some(&metadata)).await?;
            verified = token::verified(&self.client(&metadata), &tokens, id_token, &nonce, ours);
        }
        let claims = verified.map_err(|error| {
            warn!("a token of the provider is not believed: {}", whole(&error));
            refused()
        })?;
        if claims.sub().is_empty() {
            warn!("a token of the provider does not say who it is about (`sub`)");
            return Err(refused());
        }
        if claims.suffice(&self.settings) || metadata.userinfo_endpoint().is_none() {
            return Ok(claims);
        }
        // Some providers say little in the token, and the rest to who asks for it with it.
        let sub = SubjectIdentifier::new(claims.sub().to_owned());
        let request = client
            .user_info(tokens.access_token().clone(), Some(sub))
            .map_err(|error| self.odd(&error))?;
        let more: UserInfoClaims<More, CoreGenderClaim> = request
            .request_async(&self.http)
            .await
            .map_err(|error| match &error {
            UserInfoError::Request(fault) => self.unreachable(fault),
            _ => self.odd(&error),
        })?;
        Ok(claims.and(Claims::of(&more)))
    }

    fn client(&self, metadata: &CoreProviderMetadata) -> OurClient {
        let settings = &self.settings;
        let client = OurClient::from_provider_metadata(
            metadata.clone(),
            settings.client.clone(),
            settings.secret.clone(),
        );
        let methods = metadata.token_endpoint_auth_methods_supported();
        let takes = |method| methods.is_some_and(|them| them.contains(&method));
        let basic = takes(CoreClientAuthMethod::ClientSecretBasic);
        let client = if takes(CoreClientAuthMethod::ClientSecretPost) && !basic {
            client.set_auth_type(AuthType::RequestBody)
        } else {
            client
        };
        client.set_redirect_uri(settings.redirect.clone())
    }

    fn not_known(&self, error: &DiscoveryError<Fault>) -> Error {
        match error {
            DiscoveryError::Request(fault) => self.unreachable(fault),
            _ => self.odd(error),
        }
    }

    fn unreachable(&self, fault: &Fault) -> Error {
        warn!(
            "the provider {} does not answer: {}",
            self.name,
            whole(fault)
        );
        Error::told(
            ErrorKind::Unreachable,
            told::provider_unreachable(&self.name),
        )
    }

    fn odd(&self, error: &(dyn StdError + 'static)) -> Error {
        let why = whole(error);
        warn!(
            "the provider {} is not understood, or not believed: {why}",
            self.name
        );
        Error::told(ErrorKind::Upstream, told::provider_odd(&self.name))
    }
}

/// That what the provider has said is not to be believed.
pub fn refused() -> Error {
    Error::told(ErrorKind::SignedOut, told::provider_refused())
}

/// An error with all of its causes.
fn whole(error: &dyn StdError) -> String {
    let (mut text, mut cause) = (error.to_string(), error.source());
    while let Some(error) = cause {
        text = format!("{text}: {error}");
        cause = error.source();
    }
    // What a provider says begins no line of the log of its own.
    excerpt(text.as_bytes())
}
