//! Knobs for asking identity providers.

use std::path::PathBuf;

use clap::Args;
use clap::builder::FalseyValueParser;

use crate::outside::WayOutConfig;

/// How identity providers are asked.
#[derive(Debug, Clone, Default, Args)]
pub struct SingleSignOnOptions {
    /// A PEM file with certificates to trust for identity providers besides the public ones
    #[arg(long, env = "LOCKBOX_SSO_CA_FILE")]
    pub sso_ca_file: Option<PathBuf>,
    /// Let identity providers be at private addresses, such as 10.0.0.5 or this very machine. Whoever sets up single sign-on can then have this server knock at doors of your network
    #[arg(long, env = "LOCKBOX_SSO_PRIVATE_ADDRESSES", value_parser = FalseyValueParser::new())]
    pub sso_private_addresses: bool,
}

impl SingleSignOnOptions {
    /// The way out they describe.
    #[must_use]
    pub fn fetching(self) -> WayOutConfig {
        WayOutConfig {
            ca_file: self.sso_ca_file,
            private_addresses: self.sso_private_addresses,
            plain_http: false,
        }
    }
}
