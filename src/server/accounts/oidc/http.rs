//! Who asks a provider: our own HTTP client, as openidconnect wants one. It is led nowhere else, and reads only so much.

use std::{pin::Pin, time::Duration};

use openidconnect::{AsyncHttpClient, HttpRequest, HttpResponse};
use reqwest::{Client, Url, redirect::Policy};

use crate::server::upstream::http::choose_cryptography;

/// How long it may take to reach a provider.
const CONNECT: Duration = Duration::from_secs(5);

/// How long an answer may take in all.
const ANSWER: Duration = Duration::from_secs(10);

/// How much of an answer is read, in bytes.
const MOST: usize = 1_000_000;

/// The client.
#[derive(Clone, Debug)]
pub struct Http(Client);

/// Why a provider has not answered.
#[derive(Debug, thiserror::Error)]
pub enum Fault {
    /// It was not reached, or has broken off.
    #[error(transparent)]
    Request(#[from] reqwest::Error),
    /// It has answered with something that is no answer.
    #[error(transparent)]
    Http(#[from] ::http::Error),
    /// It has said too much.
    #[error("the answer is larger than {MOST} bytes")]
    TooLarge,
}

impl Http {
    /// For a provider at this address.
    ///
    /// # Errors
    /// When TLS cannot be set up.
    pub fn new(provider: &Url) -> reqwest::Result<Self> {
        choose_cryptography();
        let client = Client::builder()
            .connect_timeout(CONNECT)
            .timeout(ANSWER)
            // A provider that leads elsewhere could have us ask what only we can reach.
            .redirect(Policy::none())
            .user_agent(concat!("brooklet/", env!("CARGO_PKG_VERSION")));
        let client = if is_here(provider) {
            client.no_proxy()
        } else {
            client
        };
        client.build().map(Self)
    }

    async fn ask(self, request: HttpRequest) -> Result<HttpResponse, Fault> {
        let mut response = self.0.execute(request.try_into()?).await?;
        let mut answer = ::http::Response::builder().status(response.status());
        if let Some(headers) = answer.headers_mut() {
            headers.clone_from(response.headers());
        }
        let mut body = Vec::new();
        while let Some(chunk) = response.chunk().await? {
            if body.len() + chunk.len() > MOST {
                return Err(Fault::TooLarge);
            }
            body.extend_from_slice(&chunk);
        }
        Ok(answer.body(body)?)
    }
}

impl<'c> AsyncHttpClient<'c> for Http {
    type Error = Fault;
    type Future = Pin<Box<dyn Future<Output = Result<HttpResponse, Fault>> + Send + 'c>>;

    fn call(&'c self, request: HttpRequest) -> Self::Future {
        Box::pin(self.clone().ask(request))
    }
}

/// Whether an address is one of this machine.
pub fn is_here(url: &Url) -> bool {
    let host = url.host_str().unwrap_or_default().trim_matches(['[', ']']);
    let address = host.parse::<std::net::IpAddr>();
    address.map_or(host == "localhost", |address| address.is_loopback())
}
