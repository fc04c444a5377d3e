//! A server of models as it is reached: HTTP, whatever is spoken over it.
//!
//! A question may be answered after minutes: so there is no total timeout, and dropping the response is the one cancel
//! signal. No header of a browser's request is passed on.

use std::{
    future::poll_fn,
    task::{Poll, ready},
    time::Duration,
};

use bytes::Bytes;
use reqwest::{
    Client, Method, StatusCode,
    header::{HOST, HeaderMap, HeaderValue, USER_AGENT},
};
use serde::{Serialize, de::DeserializeOwned};
use tokio::time::timeout;

use super::{
    Fault, Host,
    body::{Body, innermost, plainly},
    fault::excerpt,
    wire::{self, WireFault},
};

/// How long a connection may take to come about.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);

/// How long a short question, such as the list of models, may take.
pub const SHORT_TIMEOUT: Duration = Duration::from_secs(5);

/// How long something may take that is done at once, such as deleting a model from a slow disk.
const ORDER_TIMEOUT: Duration = Duration::from_secs(60);

/// How much of a refusal's body is read, in bytes.
const LONGEST_REFUSAL: usize = 64 * 1024;

/// How Brooklet calls itself.
const NAME: &str = concat!("brooklet/", env!("CARGO_PKG_VERSION"));

/// Who reaches a server through something else has it in one of these.
const PROXIES: [&str; 4] = ["http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"];

/// Chooses the cryptography of this process, which reqwest leaves to the program: ring, as it builds with nothing but
/// a C compiler. To be called before a client is made; the first call counts.
pub fn choose_cryptography() {
    let _ = rustls::crypto::ring::default_provider().install_default();
}

/// A server, and how it is asked.
#[derive(Clone, Debug)]
pub struct Server {
    host: Host,
    client: Client,
    /// The headers of a question on a connection of our own; `None` where there is TLS, a login or a proxy on the
    /// way, which are the client's.
    plain: Option<HeaderMap>,
    /// What a refusal means: its status, and its body.
    refusal: fn(&Host, StatusCode, &[u8]) -> Fault,
}

impl Server {
    /// The server at `host`; `headers` go along with every request.
    ///
    /// # Errors
    /// When TLS cannot be set up.
    pub fn new(
        host: Host,
        headers: HeaderMap,
        refusal: fn(&Host, StatusCode, &[u8]) -> Fault,
    ) -> reqwest::Result<Self> {
        choose_cryptography();
        let plain = plain_headers(&host, &headers);
        let client = Client::builder()
            .connect_timeout(CONNECT_TIMEOUT)
            .default_headers(headers)
            .http1_only()
            .redirect(reqwest::redirect::Policy::none())
            .tcp_keepalive(Duration::from_secs(30))
            .tcp_nodelay(true)
            .user_agent(NAME);
        let client = if host.is_loopback() {
            client.no_proxy()
        } else {
            client
        };
        Ok(Self {
            client: client.build()?,
            host,
            plain,
            refusal,
        })
    }

    /// Where it is.
    pub const fn host(&self) -> &Host {
        &self.host
    }

    /// That nobody answers at its address.
    pub fn unreachable(&self, cause: String) -> Fault {
        Fault::Unreachable {
            host: self.host.to_string(),
            cause,
        }
    }

    /// That what answers there is something else.
    pub fn foreign(&self, text: String) -> Fault {
        Fault::NotOllama {
            host: self.host.to_string(),
            text,
        }
    }

    /// Asks a short question.
    ///
    /// # Errors
    /// [`Fault`] says why there is no answer.
    pub async fn get<T: DeserializeOwned>(&self, route: &str) -> Result<T, Fault> {
        let request = self.client.get(self.host.route(route));
        let response = request
            .timeout(SHORT_TIMEOUT)
            .send()
            .await
            .map_err(|e| self.no_answer(&e))?;
        if response.status() != StatusCode::OK {
            let status = response.status();
            return Err(match self.refused(status, &mut response.into()).await {
                // No model was asked for, so none is unknown.
                Fault::UnknownModel(text) => self.foreign(text),
                fault => fault,
            });
        }
        let body = response.bytes().await.map_err(|e| self.no_answer(&e))?;
        serde_json::from_slice(&body).map_err(|_| self.foreign(excerpt(&body)))
    }

    /// Has something done that does not take long; gives what is said of it.
    ///
    /// # Errors
    /// [`Fault`] says why it is not done.
    pub async fn order(
        &self,
        method: Method,
        route: &str,
        what: &impl Serialize,
    ) -> Result<Bytes, Fault> {
        let request = self.client.request(method, self.host.route(route));
        let request = request.timeout(ORDER_TIMEOUT).json(what);
        let response = request.send().await.map_err(|e| self.no_answer(&e))?;
        let status = response.status();
        if status != StatusCode::OK {
            return Err(self.refused(status, &mut response.into()).await);
        }
        response.bytes().await.map_err(|e| self.no_answer(&e))
    }

    /// Posts what is asked; gives the body of the answer.
    ///
    /// # Errors
    /// [`Fault`] says why there is none.
    pub async fn post(&self, route: &str, ask: &impl Serialize) -> Result<Body, Fault> {
        let (status, mut body) = self.answer_to(route, ask).await?;
        if status != StatusCode::OK {
            return Err(self.refused(status, &mut body).await);
        }
        Ok(body)
    }

    /// The answer, whatever it is.
    async fn answer_to(
        &self,
        route: &str,
        ask: &impl Serialize,
    ) -> Result<(StatusCode, Body), Fault> {
        let url = self.host.route(route);
        if let (Some(headers), Some(address)) = (&self.plain, self.host.plain()) {
            // What is asked has nothing that JSON cannot say.
            let body = serde_json::to_vec(ask).unwrap_or_default();
            let posted = wire::post(address, url.path(), headers, &body, CONNECT_TIMEOUT).await;
            return match posted {
                Ok((status, wire)) => Ok((status, Body::Wire(wire))),
                Err(WireFault::Connect(error)) => Err(self.unreachable(plainly(&error))),
                Err(WireFault::Broken(error)) => Err(Fault::Nothing(plainly(&error))),
                Err(WireFault::Garbled(bytes)) => Err(self.foreign(excerpt(&bytes))),
            };
        }
        let request = self.client.post(url).json(ask);
        let response = request.send().await.map_err(|e| self.no_answer(&e))?;
        Ok((response.status(), response.into()))
    }

    /// What an answer other than 200 says.
    async fn refused(&self, status: StatusCode, body: &mut Body) -> Fault {
        let mut bytes = Vec::new();
        let read = poll_fn(|context| {
            while bytes.len() < LONGEST_REFUSAL
                && ready!(body.poll_read(context, |more| bytes.extend_from_slice(more))) == Ok(true)
            {
            }
            Poll::Ready(())
        });
        // What has come by then, or before it broke, says what there is to say.
        let _ = timeout(SHORT_TIMEOUT, read).await;
        (self.refusal)(&self.host, status, &bytes)
    }

    /// Why no answer came at all.
    fn no_answer(&self, error: &reqwest::Error) -> Fault {
        if error.is_timeout() {
            self.unreachable("no answer in time".to_owned())
        } else if error.is_connect() {
            self.unreachable(innermost(error))
        } else {
            Fault::Nothing(innermost(error))
        }
    }
}

/// The headers of a question to `host`, if nothing is on the way.
fn plain_headers(host: &Host, headers: &HeaderMap) -> Option<HeaderMap> {
    let proxied = || PROXIES.iter().any(|name| std::env::var_os(name).is_some());
    let authority = host.authority()?;
    if !host.is_loopback() && proxied() {
        return None;
    }
    let mut all = HeaderMap::new();
    all.insert(USER_AGENT, HeaderValue::from_static(NAME));
    all.insert(HOST, authority.parse().ok()?);
    all.extend(headers.clone());
    Some(all)
}
