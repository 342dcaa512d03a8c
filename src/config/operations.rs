//! Knobs for whoever runs the house.

use std::net::{IpAddr, SocketAddr};
use std::path::PathBuf;

use clap::Args;
use ipnet::IpNet;

use super::{ConfigError, DatabaseOptions, KeySource};
use crate::store::conn::DatabaseUrl;

/// How the server is watched, and what stands before it.
#[derive(Debug, Clone, Default, Args)]
pub struct OperationsOptions {
    /// Where to serve figures for Prometheus, such as 127.0.0.1:9464; whoever reaches it can read them. Default: nowhere
    #[arg(long, env = "LOCKBOX_METRICS_LISTEN")]
    pub metrics_listen: Option<SocketAddr>,
    /// A proxy before this server, by its address or network such as 10.0.0.0/8; what it says in X-Forwarded-For is believed. May be given several times
    #[arg(long, env = "LOCKBOX_TRUSTED_PROXY", value_delimiter = ',', value_parser = network)]
    pub trusted_proxy: Vec<IpNet>,
    /// Requests a second that each API key may make, and twice as many at once; an address without a valid key a tenth of that. Questions about access are not counted. 0 for no limits
    #[arg(long, env = "LOCKBOX_KEY_REQUESTS_PER_SECOND", default_value_t = 100)]
    pub key_requests_per_second: u32,
}

/// Where the newest checkpoint is kept, outside of the database.
#[derive(Debug, Clone, Default, Args)]
pub struct WitnessOptions {
    /// The file of the newest checkpoint: a database that is older is not served. Keep it on another disk than the database. Default: beside the server key's file
    #[arg(long, env = "LOCKBOX_CHECKPOINT_FILE")]
    pub checkpoint_file: Option<PathBuf>,
}

/// Options of `backup`.
#[derive(Debug, Args)]
pub struct BackupOptions {
    /// The database
    #[command(flatten)]
    pub database: DatabaseOptions,
    /// The file to make; it must not be there yet
    #[arg(env = "LOCKBOX_BACKUP_FILE")]
    pub file: PathBuf,
}

/// Options of `restore`.
#[derive(Debug, Args)]
pub struct RestoreOptions {
    /// The database
    #[command(flatten)]
    pub database: DatabaseOptions,
    /// The file of the newest checkpoint, by which an older copy of the database is found
    #[command(flatten)]
    pub witness: WitnessOptions,
    /// A backup of a SQLite database, to be put where none is. Without it the database is taken up as it is, after it was restored by other means
    #[arg(env = "LOCKBOX_RESTORE_FILE")]
    pub file: Option<PathBuf>,
}

impl WitnessOptions {
    /// The file, if there is any place for it.
    ///
    /// # Errors
    /// When the database URL names no database.
    pub fn file(&self, database: &DatabaseOptions) -> Result<Option<PathBuf>, ConfigError> {
        if let Some(file) = &self.checkpoint_file {
            return Ok(Some(file.clone()));
        }
        Ok(match (database.key_source()?, database.url()?) {
            (KeySource::File(key), _) => Some(key.with_extension("checkpoint")),
            (KeySource::Given(_), DatabaseUrl::Sqlite(path)) => {
                Some(path.with_extension("checkpoint"))
            }
            (KeySource::Given(_), DatabaseUrl::Postgres(_)) => None,
        })
    }
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
