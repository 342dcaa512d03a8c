//! Where a call comes from: the id by which support finds it, and the address of the client.
//!
//! A call is one HTTP request at one of the doors. The domain's requests are another thing.

use std::fmt;
use std::net::{IpAddr, SocketAddr};

use ipnet::IpNet;

use crate::domain::hex::hex;

/// One call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Call {
    /// Its id.
    pub id: CallId,
    /// The client's address.
    pub source: Option<IpAddr>,
}

/// The id of a call: in the log, in `X-Request-ID`, and on the pages about what went wrong on our side.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CallId(String);

impl CallId {
    /// A new one.
    #[must_use]
    pub fn from_random(bytes: [u8; 8]) -> Self {
        Self(hex(&bytes))
    }

    /// Takes over the caller's own, if it is 1 to 128 visible ASCII characters.
    #[must_use]
    pub fn parse(text: &[u8]) -> Option<Self> {
        let plain = (1..=128).contains(&text.len()) && text.iter().all(u8::is_ascii_graphic);
        let text = str::from_utf8(text).ok().filter(|_| plain)?;
        Some(Self(text.to_owned()))
    }

    /// As text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for CallId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The proxies before this server. What they say about where a call comes from is believed, and nobody else.
#[derive(Debug, Clone, Default)]
pub struct TrustedProxies(Vec<IpNet>);

impl TrustedProxies {
    /// These networks.
    #[must_use]
    pub const fn new(networks: Vec<IpNet>) -> Self {
        Self(networks)
    }

    /// The client's address: `forwarded` is what the `X-Forwarded-For` headers list, in their order. Read from the
    /// right, the first address that is no proxy of ours, as long as our own proxies vouch for it; else `peer`.
    pub fn client<'a>(
        &self,
        peer: IpAddr,
        forwarded: impl DoubleEndedIterator<Item = &'a str>,
    ) -> IpAddr {
        let peer = peer.to_canonical();
        if !self.trusts(peer) {
            return peer;
        }
        for text in forwarded.rev() {
            match address(text) {
                Some(address) if self.trusts(address) => {}
                Some(address) => return address,
                // Nothing to the left of what is no address is vouched for.
                None => return peer,
            }
        }
        peer
    }

    fn trusts(&self, address: IpAddr) -> bool {
        self.0.iter().any(|network| network.contains(&address))
    }
}

/// An address, some proxies say it with a port.
fn address(text: &str) -> Option<IpAddr> {
    let text = text.trim_matches([' ', '\t']);
    let bare = text.parse::<IpAddr>().ok();
    let with_port = || text.parse::<SocketAddr>().ok().map(|socket| socket.ip());
    bare.or_else(with_port)
        .map(|address| address.to_canonical())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn client(peer: &str, forwarded: &str) -> String {
        let networks = ["10.0.0.0/8", "2001:db8:1::/48", "192.0.2.7/32"];
        let proxies = TrustedProxies::new(networks.map(|n| n.parse().unwrap()).to_vec());
        let forwarded = forwarded.split(',').filter(|text| !text.is_empty());
        proxies.client(peer.parse().unwrap(), forwarded).to_string()
    }

    #[test]
    fn the_first_address_from_the_right_that_is_no_proxy_is_the_clients() {
        for (peer, forwarded, is) in [
            ("10.0.0.1", "203.0.113.9", "203.0.113.9"),
            ("10.0.0.1", "203.0.113.9, 10.9.9.9", "203.0.113.9"),
            (
                "10.0.0.1",
                "198.51.100.1,203.0.113.9,192.0.2.7",
                "203.0.113.9",
            ),
            ("2001:db8:1::5", " 2001:db8:2::9\t", "2001:db8:2::9"),
            ("10.0.0.1", "203.0.113.9:4711", "203.0.113.9"),
            ("10.0.0.1", "[2001:db8:2::9]:4711", "2001:db8:2::9"),
            ("::ffff:10.0.0.1", "::ffff:203.0.113.9", "203.0.113.9"),
        ] {
            assert_eq!(client(peer, forwarded), is, "{peer}: {forwarded}");
        }
    }

    #[test]
    fn a_stranger_is_believed_nothing() {
        for forwarded in ["", "10.0.0.9", "198.51.100.1", "127.0.0.1, 10.0.0.1"] {
            assert_eq!(client("203.0.113.9", forwarded), "203.0.113.9");
        }
    }

    #[test]
    fn what_a_client_put_before_its_own_address_is_not_read() {
        // The proxy appends who connected to it; everything to the left is what that client sent.
        let forged = "127.0.0.1, 10.0.0.1, 198.51.100.1, 203.0.113.9";
        assert_eq!(client("10.0.0.1", forged), "203.0.113.9");
    }

    #[test]
    fn without_an_address_of_a_client_it_is_the_peers() {
        for forwarded in [
            "",
            "10.0.0.2, 10.0.0.3",
            "unknown",
            "203.0.113.9, nonsense",
            "203.0.113.9, ",
            "203.0.113.9, 10.0.0.1 evil",
            "203.0.113.9, 10.0.0.256",
            "203.0.113.9, _hidden, 10.0.0.2",
        ] {
            assert_eq!(client("10.0.0.1", forwarded), "10.0.0.1", "{forwarded}");
        }
    }

    #[test]
    fn only_plain_ids_are_taken_over() {
        let long = "x".repeat(128);
        for (id, plain) in [
            ("bfe9eb29-ab87-4ca3-be83-a1d5d8305716", true),
            (long.as_str(), true),
            (&format!("{long}x"), false),
            ("", false),
            ("a b", false),
            ("a\nb", false),
            ("\u{e9}", false),
        ] {
            assert_eq!(CallId::parse(id.as_bytes()).is_some(), plain, "{id:?}");
        }
    }
}
