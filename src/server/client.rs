//! Who asks: the address of a client, which a proxy in front may have to tell.
//!
//! What a request says of its client is believed where it comes from a proxy that the operator has listed, and nowhere
//! else: anybody can write a header.

use std::{
    net::{IpAddr, Ipv6Addr},
    str::FromStr,
};

use axum::http::HeaderMap;
use ipnet::IpNet;

/// The address of who asks. Every request has one (`guard`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Client(pub IpAddr);

/// Whether a request has come by TLS, as far as that is known here: the cookie of who signs in by it goes by TLS alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Secure(pub bool);

/// The proxies that are believed.
#[derive(Clone, Debug, Default)]
pub struct Proxies(Vec<IpNet>);

impl Proxies {
    /// Those at these addresses and in these networks.
    pub fn new(networks: &[Network]) -> Self {
        Self(networks.iter().map(|Network(network)| *network).collect())
    }

    /// Whether one is at this address.
    pub fn include(&self, address: IpAddr) -> bool {
        let address = address.to_canonical();
        self.0.iter().any(|network| network.contains(&address))
    }

    /// Whether the proxy at `peer`, if one is there, says that it was asked by TLS.
    pub fn say_tls(&self, peer: IpAddr, headers: &HeaderMap) -> bool {
        let told = headers.get("x-forwarded-proto");
        told.is_some_and(|it| it.as_bytes().eq_ignore_ascii_case(b"https")) && self.include(peer)
    }

    /// Who asks by a connection from `peer`: each proxy has put at the end of `X-Forwarded-For` who asked it, so the last
    /// address in it that is no proxy of ours is the client's, and what stands before it is hearsay.
    pub fn client(&self, peer: IpAddr, headers: &HeaderMap) -> Client {
        let mut client = peer.to_canonical();
        // Several lines are one list.
        let lines = headers.get_all("x-forwarded-for").iter().rev();
        let told = lines.flat_map(|line| line.to_str().unwrap_or("?").rsplit(','));
        for address in told {
            if !self.include(client) {
                break;
            }
            let Some(address) = address_in(address.trim()) else {
                break;
            };
            client = address;
        }
        // Who asks by way of a proxy is not this machine, which has no limits.
        let is_told = client != peer.to_canonical();
        Client(if is_told && client.is_loopback() {
            peer.to_canonical()
        } else {
            client
        })
    }
}

/// The address by which a client is counted. Who has one of IPv6 has very many: a household is given those that begin with
/// the same 56 bits.
pub fn household(address: IpAddr) -> IpAddr {
    match address {
        IpAddr::V4(_) => address,
        IpAddr::V6(address) => {
            let network = u128::from(address) >> 72 << 72;
            Ipv6Addr::from(network).into()
        }
    }
}

/// An address as proxies write it: with a port, or in brackets, perhaps.
fn address_in(text: &str) -> Option<IpAddr> {
    let bare = || text.strip_prefix('[')?.split_once(']').map(|(it, _)| it);
    let with_port = || text.parse().ok().map(|it: std::net::SocketAddr| it.ip());
    let address = text.parse().ok().or_else(with_port);
    let address = address.or_else(|| bare()?.parse().ok())?;
    Some(address.to_canonical())
}

/// An address, or a network as `10.0.0.0/8`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Network(IpNet);

impl FromStr for Network {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let text = text.trim();
        let address = text.parse().map(|it: IpAddr| it.to_canonical().into());
        let network = address.or_else(|_| text.parse());
        let mapped = |network: &IpNet| match network.addr() {
            IpAddr::V6(address) => address.to_ipv4_mapped().is_some(),
            IpAddr::V4(_) => false,
        };
        if network.as_ref().is_ok_and(mapped) {
            return Err(format!(
                "`{text}` is one of IPv4 written as IPv6; write it as 10.0.0.0/8"
            ));
        }
        network
            .map(Self)
            .map_err(|_| format!("`{text}` is no address; it looks like 192.0.2.1 or 10.0.0.0/8"))
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test says what failed by failing")]

    use axum::http::HeaderValue;

    use super::*;

    #[test]
    fn a_client_is_who_the_last_listed_proxy_says() {
        let networks = ["127.0.0.1", "10.0.0.0/8", "2001:db8::/32"].map(|it| it.parse().unwrap());
        let proxies = Proxies::new(&networks);
        for (peer, told, client) in [
            ("192.0.2.1", &[][..], "192.0.2.1"),
            // Nobody has listed who says so.
            ("192.0.2.1", &["198.51.100.7"], "192.0.2.1"),
            ("127.0.0.1", &["198.51.100.7"], "198.51.100.7"),
            ("::ffff:127.0.0.1", &["198.51.100.7"], "198.51.100.7"),
            // What the client itself has written stands first.
            ("127.0.0.1", &["203.0.113.9, 198.51.100.7"], "198.51.100.7"),
            ("127.0.0.1", &["198.51.100.7 , 10.1.2.3"], "198.51.100.7"),
            ("127.0.0.1", &["198.51.100.7", "10.1.2.3"], "198.51.100.7"),
            ("127.0.0.1", &["10.1.2.4,10.1.2.3"], "10.1.2.4"),
            ("127.0.0.1", &["198.51.100.7:4711"], "198.51.100.7"),
            ("2001:db8::1", &["[2001:db9::2]:4711"], "2001:db9::2"),
            ("2001:db8::1", &["[2001:db9::2]"], "2001:db9::2"),
            ("2001:db8::1", &["2001:db9::2"], "2001:db9::2"),
            // What cannot be read is nobody's address, and nothing before it counts.
            ("127.0.0.1", &["198.51.100.7, unknown"], "127.0.0.1"),
            ("127.0.0.1", &["198.51.100.7, "], "127.0.0.1"),
            ("127.0.0.1", &[], "127.0.0.1"),
            // Nobody is this machine by saying so.
            ("10.1.2.3", &["127.0.0.1"], "10.1.2.3"),
            ("10.1.2.3", &["::1, 10.1.2.4"], "10.1.2.3"),
        ] {
            let mut headers = HeaderMap::new();
            for line in told {
                headers.append("x-forwarded-for", HeaderValue::from_static(line));
            }
            let seen = proxies.client(peer.parse().unwrap(), &headers);
            assert_eq!(seen, Client(client.parse().unwrap()), "{peer} {told:?}");
        }
    }

    #[test]
    fn networks_are_read() {
        for text in ["192.0.2.1", "10.0.0.0/8", "::1", "2001:db8::/32"] {
            assert!(text.parse::<Network>().is_ok(), "{text}");
        }
        for text in ["", "example", "10.0.0.0/33", "1.2.3", "::ffff:10.0.0.0/104"] {
            assert!(text.parse::<Network>().is_err(), "{text}");
        }
    }
}
