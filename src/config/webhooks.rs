//! Knobs for delivering webhooks.

use std::path::PathBuf;

use clap::Args;
use clap::builder::FalseyValueParser;

use crate::outside::WayOutConfig;

/// How webhooks are delivered.
#[derive(Debug, Clone, Default, Args)]
pub struct WebhookOptions {
    /// A PEM file with certificates to trust for webhooks besides the public ones
    #[arg(long, env = "LOCKBOX_WEBHOOK_CA_FILE")]
    pub webhook_ca_file: Option<PathBuf>,
    /// Let webhooks go to private addresses, such as 10.0.0.5 or this very machine, there also by plain http. Whoever adds a webhook can then have this server knock at doors of your network
    #[arg(long, env = "LOCKBOX_WEBHOOK_PRIVATE_ADDRESSES", value_parser = FalseyValueParser::new())]
    pub webhook_private_addresses: bool,
}

impl WebhookOptions {
    /// The way out they describe.
    #[must_use]
    pub fn delivering(self) -> WayOutConfig {
        WayOutConfig {
            ca_file: self.webhook_ca_file,
            private_addresses: self.webhook_private_addresses,
            plain_http: true,
        }
    }
}
