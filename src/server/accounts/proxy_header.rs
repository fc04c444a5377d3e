//! The header by which a proxy in front says who asks (`--auth header`).
//!
//! Anybody can write a header: it is believed where the connection itself comes from a proxy that the operator has listed,
//! and nowhere else. A proxy that adds its header to one that the client has sent, instead of replacing it, makes two of
//! them: then nobody is believed.

use std::sync::atomic::{AtomicBool, Ordering};

use axum::http::{HeaderMap, HeaderName};
use tracing::warn;

use super::named::Named;
use crate::{
    error::{Error, ErrorKind, Result},
    server::{client::Proxies, connection::Peer},
    words::told,
};

/// Who names people, and how.
#[derive(Debug)]
pub struct ProxyHeader {
    /// The header with the name.
    pub name: HeaderName,
    /// The header with the groups.
    pub groups: HeaderName,
    /// Who is believed.
    pub proxies: Proxies,
}

impl ProxyHeader {
    /// Whether somebody is at the other end of the connection who is believed.
    pub fn believes(&self, peer: Option<Peer>) -> bool {
        peer.is_some_and(|Peer(peer)| self.proxies.include(peer.ip()))
    }

    /// Who asks, by a request that has come from `peer`; `None`: nobody whom somebody has named that is believed.
    ///
    /// # Errors
    /// [`ErrorKind::SignedOut`] when more than one is named.
    pub fn named(&self, peer: Option<Peer>, headers: &HeaderMap) -> Result<Option<Named>> {
        if !self.believes(peer) {
            if headers.contains_key(&self.name) {
                self.tell_once(peer);
            }
            return Ok(None);
        }
        let Some(name) = only(&self.name, headers)? else {
            return Ok(None);
        };
        let groups = only(&self.groups, headers)?.unwrap_or_default();
        let groups = groups.split(',').map(str::trim);
        Ok(Some(Named {
            name: name.to_owned(),
            subject: None,
            groups: groups
                .filter(|group| !group.is_empty())
                .map(str::to_owned)
                .collect(),
        }))
    }

    /// Says that somebody names people who is not believed: a proxy that was forgotten, or somebody who means harm.
    fn tell_once(&self, peer: Option<Peer>) {
        static TOLD: AtomicBool = AtomicBool::new(false);
        if !TOLD.swap(true, Ordering::Relaxed) {
            let peer = peer.map_or_else(|| "?".to_owned(), |Peer(peer)| peer.ip().to_string());
            warn!(
                "a request from {peer} names a user by {}, which is not believed: {peer} is no --trusted-proxy. This is \
                 said once.",
                self.name
            );
        }
    }
}

/// The one value of a header; an empty one is none.
fn only<'a>(name: &HeaderName, headers: &'a HeaderMap) -> Result<Option<&'a str>> {
    let mut values = headers.get_all(name).iter();
    let Some(value) = values.next() else {
        return Ok(None);
    };
    let is_text = str::from_utf8(value.as_bytes()).ok();
    let (Some(text), None) = (is_text, values.next()) else {
        let sentence = told::named_twice(name.as_str());
        return Err(Error::told(ErrorKind::SignedOut, sentence));
    };
    let text = text.trim();
    Ok((!text.is_empty()).then_some(text))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test says what failed by failing")]

    use axum::http::HeaderValue;

    use super::*;

    #[test]
    fn who_is_named_is_who_a_listed_proxy_names_once() {
        let header = ProxyHeader {
            name: "remote-user".parse().unwrap(),
            groups: "remote-groups".parse().unwrap(),
            proxies: Proxies::new(&["10.0.0.0/8".parse().unwrap()]),
        };
        let proxy = "10.1.2.3:4711";
        for (peer, names, groups, named) in [
            (proxy, &["anna"][..], &[][..], Ok(Some("anna"))),
            (proxy, &[" änna "], &["a, b c ,,"], Ok(Some("änna"))),
            (proxy, &[""], &[], Ok(None)),
            (proxy, &[], &["a"], Ok(None)),
            (proxy, &["eve", "anna"], &[], Err(())),
            (proxy, &["anna"], &["admins", "users"], Err(())),
            ("[::ffff:10.1.2.3]:1", &["anna"], &[], Ok(Some("anna"))),
            ("192.0.2.1:1", &["anna"], &[], Ok(None)),
            ("127.0.0.1:1", &["anna"], &[], Ok(None)),
        ] {
            let mut headers = HeaderMap::new();
            for (name, values) in [("remote-user", names), ("remote-groups", groups)] {
                for value in values {
                    let value = HeaderValue::from_bytes(value.as_bytes()).unwrap();
                    headers.append(name, value);
                }
            }
            let peer = Some(Peer(peer.parse().unwrap()));
            let found = header.named(peer, &headers).map_err(drop);
            let name = found.clone().map(|it| it.map(|it| it.name));
            assert_eq!(name, named.map(|it| it.map(str::to_owned)), "{names:?}");
            if groups == ["a, b c ,,"] {
                assert_eq!(found.unwrap().unwrap().groups, ["a", "b c"]);
            }
            assert_eq!(header.named(None, &headers), Ok(None));
        }
    }
}
