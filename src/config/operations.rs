//! Knobs for whoever runs the house.

use std::net::{IpAddr, SocketAddr};

use clap::Args;
use ipnet::IpNet;

/// How the server is watched, and what stands before it.
#[derive(Debug, Clone, Default, Args)]
pub struct OperationsOptions {
    /// Where to serve figures for Prometheus, such as 127.0.0.1:9464; whoever reaches it can read them. Default: nowhere
    #[arg(long, env = "LOCKBOX_METRICS_LISTEN")]
    pub metrics_listen: Option<SocketAddr>,
    /// A proxy before this server, by its address or network such as 10.0.0.0/8; what it says in X-Forwarded-For is believed. May be given several times
    #[arg(long, env = "LOCKBOX_TRUSTED_PROXY", value_delimiter = ',', value_parser = network)]
    pub trusted_proxy: Vec<IpNet>,
}

/// A network, or one address as a network of its own.
fn network(text: &str) -> Result<IpNet, String> {
    let network = text.parse::<IpNet>().ok();
    network
        .or_else(|| text.parse::<IpAddr>().ok().map(IpNet::from))
        .ok_or_else(|| "must be an address or a network such as 10.0.0.0/8".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_proxy_is_an_address_or_a_network() {
        for (text, is) in [
            ("10.0.0.0/8", "10.0.0.0/8"),
            ("192.0.2.7", "192.0.2.7/32"),
            ("2001:db8::/32", "2001:db8::/32"),
            ("::1", "::1/128"),
        ] {
            assert_eq!(network(text).unwrap().to_string(), is);
        }
        for text in ["", "proxy.example", "10.0.0.0/33", "10.0.0", "10.0.0.0/8 x"] {
            assert!(network(text).is_err(), "{text}");
        }
    }
}
