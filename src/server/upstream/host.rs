//! Where Ollama is: `OLLAMA_HOST` in all the forms that Ollama itself takes.
//!
//! `host`, `host:port`, `:port`, `http(s)://host[:port][/path]`; without a port 11434, with an explicit scheme that
//! scheme's own. An address to listen on (`0.0.0.0`, `::`) becomes one to connect to.

use std::{fmt, str::FromStr};

use reqwest::Url;

/// The port that Ollama listens on.
const PORT: u16 = 11434;

/// Ollama's address. A name and a password in it are used, and never shown.
#[derive(Clone, PartialEq, Eq)]
pub struct Host(Url);

impl Host {
    /// The URL of one of Ollama's routes, such as `api/chat`.
    pub fn route(&self, route: &str) -> Url {
        let mut url = self.0.clone();
        let path = format!("{}/{route}", url.path().trim_end_matches('/'));
        url.set_path(&path);
        url
    }

    /// Host and port, if it is reached without TLS and without a login.
    pub fn plain(&self) -> Option<(&str, u16)> {
        if self.0.scheme() != "http" || !self.0.username().is_empty() || self.0.password().is_some()
        {
            return None;
        }
        // An IPv6 address is connected to without its brackets.
        let host = self.0.host_str()?.trim_matches(['[', ']']);
        Some((host, self.0.port_or_known_default()?))
    }

    /// The same as a request names it: `127.0.0.1:11434`, `[::1]:11434`.
    pub fn authority(&self) -> Option<String> {
        let (_, port) = self.plain()?;
        Some(format!("{}:{port}", self.0.host_str()?))
    }

    /// Whether it is this machine, where no proxy has any business.
    pub fn is_loopback(&self) -> bool {
        match self.0.host_str() {
            Some("localhost") => true,
            Some(host) => host
                .trim_matches(['[', ']'])
                .parse::<std::net::IpAddr>()
                .is_ok_and(|address| address.is_loopback()),
            None => false,
        }
    }
}

impl Default for Host {
    fn default() -> Self {
        // The literal address: `localhost` may mean ::1, where Ollama does not listen.
        Self(Url::parse("http://127.0.0.1:11434").unwrap_or_else(|_| unreachable!("a constant")))
    }
}

impl fmt::Display for Host {
    /// As a person would say it: `127.0.0.1:11434`, `https://gpu.example`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut url = self.0.clone();
        // Neither can fail for http and https.
        let _ = url.set_username("");
        let _ = url.set_password(None);
        let url = url.as_str().trim_end_matches('/');
        f.write_str(url.strip_prefix("http://").unwrap_or(url))
    }
}

impl fmt::Debug for Host {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Host({self})")
    }
}

impl FromStr for Host {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let text = text.trim().trim_matches(['"', '\'']).trim();
        if text.is_empty() {
            return Ok(Self::default());
        }
        let refused = |why: &dyn fmt::Display| {
            format!(
                "`{text}` is no address of an Ollama server ({why}); it looks like 127.0.0.1:11434 or https://gpu.example"
            )
        };
        let (explicit, address) = match text.split_once("://") {
            Some(("http" | "https", _)) => (true, text.to_owned()),
            Some((scheme, _)) => return Err(refused(&format!("{scheme} is not http or https"))),
            // An IPv6 address without brackets has colons, but no port.
            None if text.parse::<std::net::Ipv6Addr>().is_ok() => {
                (false, format!("http://[{text}]"))
            }
            None if text.starts_with(':') => (false, format!("http://127.0.0.1{text}")),
            None => (false, format!("http://{text}")),
        };
        let mut url = Url::parse(&address).map_err(|error| refused(&error))?;
        if !explicit && !names_a_port(&address) {
            url.set_port(Some(PORT)).map_err(|()| refused(&"no host"))?;
        }
        match url.host_str() {
            Some("0.0.0.0") => url.set_host(Some("127.0.0.1")),
            Some("[::]") => url.set_host(Some("[::1]")),
            _ => Ok(()),
        }
        .map_err(|error| refused(&error))?;
        Ok(Self(url))
    }
}

/// Whether `http://host[:port][/path]` has a port: the parser forgets one that is the scheme's own.
fn names_a_port(address: &str) -> bool {
    let authority = address.trim_start_matches("http://");
    let authority = authority.split('/').next().unwrap_or_default();
    let after_brackets = authority.rsplit(']').next().unwrap_or_default();
    after_brackets.contains(':')
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test says what failed by failing")]

    use super::*;

    #[test]
    fn every_form_of_ollama_host_is_understood() {
        for (text, url) in [
            ("", "http://127.0.0.1:11434/api/chat"),
            ("gpu", "http://gpu:11434/api/chat"),
            ("gpu:80", "http://gpu/api/chat"),
            ("gpu:1234", "http://gpu:1234/api/chat"),
            (":1234", "http://127.0.0.1:1234/api/chat"),
            ("0.0.0.0", "http://127.0.0.1:11434/api/chat"),
            ("0.0.0.0:1", "http://127.0.0.1:1/api/chat"),
            ("[::]:1", "http://[::1]:1/api/chat"),
            ("::1", "http://[::1]:11434/api/chat"),
            ("http://gpu", "http://gpu/api/chat"),
            ("https://gpu", "https://gpu/api/chat"),
            (
                "https://gpu:8443/ollama/",
                "https://gpu:8443/ollama/api/chat",
            ),
            ("gpu/ollama", "http://gpu:11434/ollama/api/chat"),
            (" \"gpu\" ", "http://gpu:11434/api/chat"),
        ] {
            let host: Host = text.parse().unwrap();
            assert_eq!(host.route("api/chat").as_str(), url, "{text}");
        }
        for text in ["ftp://gpu", "gpu:99999", "http://"] {
            assert!(text.parse::<Host>().is_err(), "{text}");
        }
    }

    #[test]
    fn a_password_is_not_told() {
        let host: Host = "http://joe:secret@gpu:1234".parse().unwrap();
        assert_eq!(format!("{host} {host:?}"), "gpu:1234 Host(gpu:1234)");
        assert_eq!(host.route("x").password(), Some("secret"));
    }

    #[test]
    fn it_is_told_as_a_person_would() {
        assert_eq!(Host::default().to_string(), "127.0.0.1:11434");
        assert_eq!(
            "https://gpu/o".parse::<Host>().unwrap().to_string(),
            "https://gpu/o"
        );
    }
}
