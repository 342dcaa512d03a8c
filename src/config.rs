//! Every knob: its name, its default and what it means. Each option is also an environment variable.
//!
//! What cannot be understood stops the start; there is no guessing.

mod operations;
mod single_sign_on;
mod webhooks;

use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use chrono_tz::Tz;
use clap::builder::FalseyValueParser;
use clap::{Args, Parser, Subcommand};
use lettre::message::Mailbox;
use secrecy::{ExposeSecret, SecretString};
use url::Url;

use crate::domain::audit::merkle::Hash;
use crate::domain::entitlement::Trials;
use crate::domain::time::Minutes;
use crate::identity::password::PasswordCost;
use crate::outside::WayOutConfig;
use crate::store::conn::DatabaseUrl;
pub use operations::{BackupOptions, OperationsOptions, RestoreOptions, WitnessOptions};
pub use single_sign_on::SingleSignOnOptions;
pub use webhooks::WebhookOptions;

/// Nobody opens a customer's content before the customer has said yes.
#[derive(Debug, Parser)]
#[command(name = "lockbox", version, about, propagate_version = true)]
pub struct Cli {
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// What the binary can do.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Serve the portal and the API.
    Serve(Box<ServeOptions>),
    /// Try the product: a portal with invented people, cases and requests, on this machine only.
    Demo(DemoOptions),
    /// Bring the database to this version and found the deployment, without serving.
    Migrate(DatabaseOptions),
    /// Copy a SQLite database into a file while it is served, and verify the copy.
    Backup(BackupOptions),
    /// Take up a database that was restored from a backup: ends every access and every session.
    Restore(RestoreOptions),
    /// Verify the audit logs, check evidence that was taken of them, or print a checkpoint to keep elsewhere.
    #[command(subcommand)]
    Audit(AuditCommand),
    /// Enrol tenants.
    #[command(subcommand)]
    Tenant(TenantCommand),
    /// Add services.
    #[command(subcommand)]
    Service(ServiceCommand),
    /// Add people.
    #[command(subcommand)]
    Person(PersonCommand),
    /// Issue API keys.
    #[command(subcommand)]
    Key(KeyCommand),
    /// Take an access pass for a script on this machine.
    #[command(subcommand)]
    Access(AccessCommand),
    /// Change the key that signs access passes.
    #[command(subcommand)]
    PassKey(PassKeyCommand),
}

/// Where the database is, and the key that opens its secrets.
#[derive(Debug, Clone, Args)]
pub struct DatabaseOptions {
    /// `sqlite:///absolute/path.db` or `postgres://user:password@host/name?sslmode=verify-full`. Default: lockbox.db in the working directory
    #[arg(long, env = "LOCKBOX_DATABASE_URL", hide_env_values = true)]
    pub database_url: Option<String>,
    /// The file of the server key, made with mode 0600 at the first start; every node needs the same. Default: beside the SQLite file, or lockbox.key in the working directory
    #[arg(long, env = "LOCKBOX_SECRET_KEY_FILE")]
    pub secret_key_file: Option<PathBuf>,
    /// The server key itself, 64 hex digits or base64 of 32 bytes; better given as the environment variable than on a command line
    #[arg(long, env = "LOCKBOX_SECRET_KEY", hide_env_values = true)]
    pub secret_key: Option<SecretString>,
}

/// Options of `serve`.
#[derive(Debug, Args)]
pub struct ServeOptions {
    /// The database
    #[command(flatten)]
    pub database: DatabaseOptions,
    /// Database connections of this process
    #[arg(long, env = "LOCKBOX_CONNECTIONS", default_value_t = 8, value_parser = clap::value_parser!(u32).range(2..=200))]
    pub connections: u32,
    /// Where to listen
    #[arg(long, env = "LOCKBOX_LISTEN", default_value = "127.0.0.1:8080")]
    pub listen: SocketAddr,
    /// The address people use, such as `https://lockbox.example`; every link is made from it. Default: `http://localhost` with the port, if listening on loopback
    #[arg(long, env = "LOCKBOX_BASE_URL")]
    pub base_url: Option<Url>,
    /// A PEM file with the certificate chain, to serve TLS without a proxy
    #[arg(long, env = "LOCKBOX_TLS_CERTIFICATE", requires = "tls_key")]
    pub tls_certificate: Option<PathBuf>,
    /// A PEM file with the private key of the certificate
    #[arg(long, env = "LOCKBOX_TLS_KEY", requires = "tls_certificate")]
    pub tls_key: Option<PathBuf>,
    /// Worker threads. Default: one per core
    #[arg(long, env = "LOCKBOX_WORKERS", value_parser = clap::value_parser!(u16).range(1..=1024))]
    pub workers: Option<u16>,
    /// What the provider is called in the portal
    #[arg(long, env = "LOCKBOX_PROVIDER_NAME", default_value = "Provider")]
    pub provider_name: String,
    /// The mail server: `smtps://user:password@host:465`, `smtp://user:password@host:587` (STARTTLS), or `folder:///path` for files
    #[arg(long, env = "LOCKBOX_MAIL", hide_env_values = true)]
    pub mail: SecretString,
    /// Who mails are from
    #[arg(
        long,
        env = "LOCKBOX_MAIL_FROM",
        default_value = "Lockbox <lockbox@localhost.localdomain>"
    )]
    pub mail_from: Mailbox,
    /// Where answers to mails go: the provider's support
    #[arg(long, env = "LOCKBOX_MAIL_REPLY_TO")]
    pub mail_reply_to: Option<Mailbox>,
    /// A PEM file with certificates to trust for the mail server besides the public ones
    #[arg(long, env = "LOCKBOX_MAIL_CA_FILE")]
    pub mail_ca_file: Option<PathBuf>,
    /// Time for a manager to answer: PT1H to PT96H
    #[arg(long, env = "LOCKBOX_MANAGER_TIME_TO_ANSWER", default_value = "PT12H", value_parser = manager_time)]
    pub manager_time_to_answer: Minutes,
    /// How a tenant that asks for a trial is answered: at-once, or confirmed by you with `lockbox tenant entitle`
    #[arg(long, env = "LOCKBOX_TRIALS", default_value = Trials::AtOnce.as_str(), value_parser = trials)]
    pub trials: Trials,
    /// A file with activation terms of your own: a first line "Version: …", then the text
    #[arg(long, env = "LOCKBOX_TERMS_FILE")]
    pub terms_file: Option<PathBuf>,
    /// Password hashes computed at the same time; each takes 19 MiB
    #[arg(long, env = "LOCKBOX_PASSWORDS_AT_ONCE", default_value_t = 4)]
    pub passwords_at_once: usize,
    /// How identity providers are asked
    #[command(flatten)]
    pub single_sign_on: SingleSignOnOptions,
    /// How webhooks are delivered
    #[command(flatten)]
    pub webhooks: WebhookOptions,
    /// The file of the newest checkpoint, by which an older copy of the database is found
    #[command(flatten)]
    pub witness: WitnessOptions,
    /// How the server is watched, and what stands before it
    #[command(flatten)]
    pub operations: OperationsOptions,
    /// How logs are written
    #[command(flatten)]
    pub log: LogOptions,
}

/// How logs are written.
#[derive(Debug, Clone, Args)]
pub struct LogOptions {
    /// What is logged, such as info or lockbox=debug
    #[arg(long, env = "LOCKBOX_LOG", default_value = "info")]
    pub log: String,
    /// Write one JSON object per line
    #[arg(long, env = "LOCKBOX_LOG_JSON", value_parser = FalseyValueParser::new())]
    pub log_json: bool,
}

/// Options of `demo`.
#[derive(Debug, Args)]
pub struct DemoOptions {
    /// The folder for its database, mails and demo.json. Default: a fresh temporary one
    #[arg(long, env = "LOCKBOX_DEMO_DATA")]
    pub data: Option<PathBuf>,
    /// Where to listen; loopback only
    #[arg(long, env = "LOCKBOX_DEMO_LISTEN", default_value = "127.0.0.1:8080")]
    pub listen: SocketAddr,
    /// How logs are written
    #[command(flatten)]
    pub log: LogOptions,
}

/// `audit …`
#[derive(Debug, Subcommand)]
pub enum AuditCommand {
    /// Recompute every log, its signature and the state rows; exit 1 and name what was changed. Needs no secret.
    Verify {
        /// The database
        #[command(flatten)]
        database: DatabaseOptions,
        /// The verifier key, kept elsewhere. Default: the one stored in the database
        #[arg(long, env = "LOCKBOX_VERIFIER_KEY")]
        verifier_key: Option<String>,
        /// A checkpoint kept elsewhere; finds an older copy put back
        #[arg(long, env = "LOCKBOX_CHECKPOINT")]
        checkpoint: Option<PathBuf>,
        /// What a mail says of the log
        #[command(flatten)]
        mailed: MailedHead,
    },
    /// Check a file of evidence without any database: its signature, its proofs, its order; exit 1 and name what is wrong.
    Check(CheckOptions),
    /// Print the signed checkpoint of a log, to keep it elsewhere.
    Checkpoint {
        /// The database
        #[command(flatten)]
        database: DatabaseOptions,
        /// The tenant's key. Default: the provider's log
        #[arg(long, env = "LOCKBOX_CHECKPOINT_TENANT")]
        tenant: Option<String>,
    },
}

/// `audit check`
#[derive(Debug, Args)]
pub struct CheckOptions {
    /// The file, as the portal or the API gave it
    #[arg(env = "LOCKBOX_EVIDENCE")]
    pub file: PathBuf,
    /// The verifier key, kept elsewhere. Default: the one in the file, which then has to be compared
    #[arg(long, env = "LOCKBOX_VERIFIER_KEY")]
    pub verifier_key: Option<String>,
    /// A checkpoint of the same log that was kept elsewhere
    #[arg(long, env = "LOCKBOX_CHECKPOINT", conflicts_with = "size")]
    pub checkpoint: Option<PathBuf>,
    /// How many entries the end of a mail says
    #[arg(long, env = "LOCKBOX_VERIFY_SIZE", requires = "root")]
    pub size: Option<u64>,
    /// The root that it says
    #[arg(long, env = "LOCKBOX_VERIFY_ROOT", requires = "size")]
    pub root: Option<Hash>,
}

/// What every mail says at its end of a tenant's log: it finds an older copy put back, as a checkpoint does.
#[derive(Debug, Args)]
pub struct MailedHead {
    /// The tenant's key, or "provider", with the size and root of its log at the end of a mail
    #[arg(long, env = "LOCKBOX_VERIFY_TENANT", requires_all = ["size", "root"], conflicts_with = "checkpoint")]
    pub tenant: Option<String>,
    /// How many entries the mail says
    #[arg(long, env = "LOCKBOX_VERIFY_SIZE", requires_all = ["tenant", "root"])]
    pub size: Option<u64>,
    /// The root that the mail says
    #[arg(long, env = "LOCKBOX_VERIFY_ROOT", requires_all = ["tenant", "size"])]
    pub root: Option<Hash>,
}

/// `tenant …`
#[derive(Debug, Subcommand)]
pub enum TenantCommand {
    /// Enrol a tenant; its lockbox is off until its administrator turns it on.
    Add {
        /// The database
        #[command(flatten)]
        database: DatabaseOptions,
        /// What machines call it: a-z, 0-9 and -
        #[arg(long, env = "LOCKBOX_TENANT_KEY")]
        key: String,
        /// What people call it
        #[arg(long, env = "LOCKBOX_TENANT_NAME")]
        name: String,
        /// The zone its people read times in, such as Europe/Berlin
        #[arg(long, env = "LOCKBOX_TENANT_ZONE", default_value = "UTC")]
        zone: Tz,
        /// What it is entitled to. Default: the lockbox, in no named plan
        #[command(flatten)]
        entitlement: EntitlementOptions,
    },
    /// List the tenants, each with its lockbox, its entitlement and whether it waits for you.
    List {
        /// The database
        #[command(flatten)]
        database: DatabaseOptions,
    },
    /// Say what a tenant is entitled to, or confirm the trial it asked for. A lockbox that is on stays on.
    Entitle {
        /// The database
        #[command(flatten)]
        database: DatabaseOptions,
        /// The tenant's key
        #[arg(long, env = "LOCKBOX_TENANT_KEY")]
        key: String,
        /// What it is entitled to
        #[command(flatten)]
        entitlement: EntitlementOptions,
    },
    /// Suspend a tenant: nothing is filed or started, what waits is withdrawn, what runs is revoked.
    Suspend {
        /// The database
        #[command(flatten)]
        database: DatabaseOptions,
        /// The tenant's key
        #[arg(long, env = "LOCKBOX_TENANT_KEY")]
        key: String,
        /// Why; the tenant reads it
        #[arg(long, env = "LOCKBOX_TENANT_REASON")]
        reason: String,
    },
    /// Let a suspended tenant go on.
    Resume {
        /// The database
        #[command(flatten)]
        database: DatabaseOptions,
        /// The tenant's key
        #[arg(long, env = "LOCKBOX_TENANT_KEY")]
        key: String,
    },
}

/// What a tenant is entitled to: one of these.
#[derive(Debug, Clone, Default, Args)]
#[group(multiple = false)]
pub struct EntitlementOptions {
    /// A plan that includes the lockbox, such as "Enterprise E5"
    #[arg(long, env = "LOCKBOX_TENANT_PLAN")]
    pub plan: Option<String>,
    /// A trial of 30 days from now on
    #[arg(long, env = "LOCKBOX_TENANT_TRIAL", value_parser = FalseyValueParser::new())]
    pub trial: bool,
    /// Nothing
    #[arg(long, env = "LOCKBOX_TENANT_WITHOUT_PLAN", value_parser = FalseyValueParser::new())]
    pub without_plan: bool,
}

/// `service …`
#[derive(Debug, Subcommand)]
pub enum ServiceCommand {
    /// Add a service.
    Add {
        /// The database
        #[command(flatten)]
        database: DatabaseOptions,
        /// What machines call it: a-z, 0-9 and -
        #[arg(long, env = "LOCKBOX_SERVICE_KEY")]
        key: String,
        /// What people call it
        #[arg(long, env = "LOCKBOX_SERVICE_NAME")]
        name: String,
        /// Propose it to tenants as not covered
        #[arg(long, env = "LOCKBOX_SERVICE_NOT_COVERED", value_parser = FalseyValueParser::new())]
        not_covered: bool,
    },
    /// Propose to tenants to cover a service, or not to; nothing changes for a tenant until its administrator accepts.
    Propose {
        /// The database
        #[command(flatten)]
        database: DatabaseOptions,
        /// The service's key
        #[arg(long, env = "LOCKBOX_SERVICE_KEY")]
        key: String,
        /// Propose it as not covered. Default: as covered
        #[arg(long, env = "LOCKBOX_SERVICE_NOT_COVERED", value_parser = FalseyValueParser::new())]
        not_covered: bool,
    },
}

/// `person …`
#[derive(Debug, Subcommand)]
pub enum PersonCommand {
    /// Add a person; asks for the password and shows the second factor's secret once.
    Add {
        /// The database
        #[command(flatten)]
        database: DatabaseOptions,
        /// Their mail address, with which they sign in
        #[arg(long, env = "LOCKBOX_PERSON_EMAIL")]
        email: String,
        /// Their name
        #[arg(long, env = "LOCKBOX_PERSON_NAME")]
        name: String,
        /// A role; may be given several times
        #[arg(long, env = "LOCKBOX_PERSON_ROLE", required = true, num_args = 1.., value_delimiter = ',')]
        role: Vec<String>,
        /// Their tenant's key; without it they are the provider's
        #[arg(long, env = "LOCKBOX_PERSON_TENANT")]
        tenant: Option<String>,
        /// The zone they read times in. Default: the tenant's, or UTC
        #[arg(long, env = "LOCKBOX_PERSON_ZONE")]
        zone: Option<Tz>,
    },
}

/// What `key add` issues.
#[derive(Debug, Args)]
pub struct KeyOptions {
    /// The database
    #[command(flatten)]
    pub database: DatabaseOptions,
    /// What people call it; a name is used once
    #[arg(long, env = "LOCKBOX_API_KEY_NAME")]
    pub name: String,
    /// A scope: requests:write, requests:read, cases:write, access:read, access:search, activity:write or log:read; may be given several times
    #[arg(long, env = "LOCKBOX_API_KEY_SCOPE", required = true, num_args = 1.., value_delimiter = ',')]
    pub scope: Vec<String>,
    /// The mail address of the person it belongs to, if it is one person's: what it files is then that person's own
    #[arg(long, env = "LOCKBOX_API_KEY_OWNER")]
    pub owner: Option<String>,
    /// The key of the tenant whose own it is, for reading only; without it it is the provider's
    #[arg(long, env = "LOCKBOX_API_KEY_TENANT")]
    pub tenant: Option<String>,
    /// A tenant it is bound to; may be given several times. Without any it is for all
    #[arg(long, env = "LOCKBOX_API_KEY_ONLY_TENANT", num_args = 1.., value_delimiter = ',')]
    pub only_tenant: Vec<String>,
    /// A service it is bound to; may be given several times. Without any it is for all
    #[arg(long, env = "LOCKBOX_API_KEY_ONLY_SERVICE", num_args = 1.., value_delimiter = ',')]
    pub only_service: Vec<String>,
    /// For how many days it can be used: 1 to 1095
    #[arg(long, env = "LOCKBOX_API_KEY_DAYS", default_value_t = 365)]
    pub days: u16,
    /// It can be used until somebody revokes it
    #[arg(long, env = "LOCKBOX_API_KEY_NO_END", conflicts_with = "days")]
    pub no_end: bool,
}

/// `key …`
#[derive(Debug, Subcommand)]
pub enum KeyCommand {
    /// Issue an API key of the provider, or of a tenant; shows it once.
    Add(KeyOptions),
    /// List the API keys of the provider, or of a tenant
    List {
        /// The database
        #[command(flatten)]
        database: DatabaseOptions,
        /// The key of the tenant whose own keys are meant; without it the provider's
        #[arg(long, env = "LOCKBOX_API_KEY_TENANT")]
        tenant: Option<String>,
    },
    /// Revoke an API key: it is worth nothing from then on
    Revoke {
        /// The database
        #[command(flatten)]
        database: DatabaseOptions,
        /// What people call it
        #[arg(long, env = "LOCKBOX_API_KEY_NAME")]
        name: String,
        /// The key of the tenant whose own it is; without it the provider's
        #[arg(long, env = "LOCKBOX_API_KEY_TENANT")]
        tenant: Option<String>,
    },
    /// Seal what is sealed in the database under another server key; stop every server first
    Rotate {
        /// The database, and the server key that it has until now
        #[command(flatten)]
        database: DatabaseOptions,
        /// The file of the new server key; made if it is not there
        #[arg(long, env = "LOCKBOX_NEW_SECRET_KEY_FILE")]
        new_secret_key_file: PathBuf,
    },
}

/// `access …`
#[derive(Debug, Subcommand)]
pub enum AccessCommand {
    /// Print a pass for the live access of a request, 15 minutes long at most. The log says that you took it, and it says that its engineer comes.
    Pass {
        /// The database
        #[command(flatten)]
        database: DatabaseOptions,
        /// The request, such as LBX-7Q2M-9XKD
        #[arg(long, env = "LOCKBOX_REQUEST")]
        request: String,
        /// The address of the portal, as the server has it: it is in the pass
        #[arg(long, env = "LOCKBOX_BASE_URL")]
        base_url: Url,
    },
}

/// `pass-key …`
#[derive(Debug, Subcommand)]
pub enum PassKeyCommand {
    /// Make another key. It is shown at once, signs from an hour later on, and the one before is believed for another hour
    Rotate {
        /// The database
        #[command(flatten)]
        database: DatabaseOptions,
        /// Sign with it at once and believe no other: every pass there is opens nothing any more
        #[arg(long, env = "LOCKBOX_PASS_KEY_AT_ONCE", value_parser = FalseyValueParser::new())]
        at_once: bool,
    },
}

/// Why the settings cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// No database of ours.
    #[error(transparent)]
    DatabaseUrl(#[from] crate::store::conn::NoDatabaseUrl),
    /// The working directory has no name.
    #[error("the working directory cannot be read: {0}; name the database with --database-url")]
    WorkingDirectory(std::io::Error),
    /// The base URL will not do.
    #[error(
        "the base URL must be https://host[:port] without a path; plain http:// is for loopback only"
    )]
    BaseUrl,
    /// Nobody knows what address people use.
    #[error("--base-url is needed when not listening on loopback: the https address people use")]
    NoBaseUrl,
    /// Mail has to go somewhere.
    #[error("the mail folder must be an absolute path such as folder:///var/spool/lockbox")]
    MailFolder,
    /// The demo listens for this machine only.
    #[error("the demo has known passwords and listens on loopback only, such as 127.0.0.1:8080")]
    DemoListen,
}

/// Where the server key comes from.
#[derive(Debug, Clone)]
pub enum KeySource {
    /// Given as text.
    Given(SecretString),
    /// In a file, made at the first start.
    File(PathBuf),
}

/// Where mails go.
#[derive(Debug, Clone)]
pub enum MailRoute {
    /// To a server, by its URL.
    Smtp(SecretString),
    /// To a folder.
    Folder(PathBuf),
}

/// A PEM certificate chain and its key.
#[derive(Debug, Clone)]
pub struct TlsFiles {
    /// The chain.
    pub certificate: PathBuf,
    /// The key.
    pub key: PathBuf,
}

/// Everything the server is built from, checked.
#[derive(Debug, Clone)]
pub struct Settings {
    /// The database.
    pub database: DatabaseUrl,
    /// Connections to it.
    pub connections: u32,
    /// The server key.
    pub secret_key: KeySource,
    /// Where to listen.
    pub listen: SocketAddr,
    /// The address people use; none means `http://localhost` with the port that was bound.
    pub base_url: Option<Url>,
    /// TLS without a proxy.
    pub tls: Option<TlsFiles>,
    /// Worker threads; none means one per core.
    pub workers: Option<usize>,
    /// What the provider is called.
    pub provider_name: String,
    /// Where mails go.
    pub mail: MailRoute,
    /// Who they are from.
    pub mail_from: Mailbox,
    /// Where answers go.
    pub mail_reply_to: Option<Mailbox>,
    /// Certificates to trust for the mail server.
    pub mail_ca_file: Option<PathBuf>,
    /// Time for a manager to answer.
    pub manager_time_to_answer: Minutes,
    /// How who asks for a trial is answered.
    pub trials: Trials,
    /// Terms other than the built-in ones.
    pub terms_file: Option<PathBuf>,
    /// Password hashes computed at once.
    pub passwords_at_once: usize,
    /// How identity providers are asked.
    pub single_sign_on: WayOutConfig,
    /// How webhooks are delivered.
    pub webhooks: WayOutConfig,
    /// The file of the newest checkpoint, kept outside of the database; none means that nothing is kept.
    pub checkpoint_file: Option<PathBuf>,
    /// How the server is watched, and what stands before it.
    pub operations: OperationsOptions,
    /// What a password hash costs. No option changes it: only tests use a cheap one.
    pub password_cost: PasswordCost,
}

impl DatabaseOptions {
    /// The database meant.
    ///
    /// # Errors
    /// When the URL names none.
    pub fn url(&self) -> Result<DatabaseUrl, ConfigError> {
        if let Some(text) = &self.database_url {
            return Ok(DatabaseUrl::parse(text)?);
        }
        let here = std::env::current_dir().map_err(ConfigError::WorkingDirectory)?;
        Ok(DatabaseUrl::Sqlite(here.join("lockbox.db")))
    }

    /// Where the server key comes from.
    ///
    /// # Errors
    /// When the database URL names none.
    pub fn key_source(&self) -> Result<KeySource, ConfigError> {
        Ok(
            match (&self.secret_key, &self.secret_key_file, self.url()?) {
                (Some(key), _, _) => KeySource::Given(key.clone()),
                (None, Some(file), _) => KeySource::File(file.clone()),
                (None, None, DatabaseUrl::Sqlite(path)) => KeySource::File(beside(&path)),
                (None, None, DatabaseUrl::Postgres(_)) => {
                    KeySource::File(PathBuf::from("lockbox.key"))
                }
            },
        )
    }
}

/// The key's file beside a SQLite file: `lockbox.db` has `lockbox.key`.
#[must_use]
pub fn beside(database: &Path) -> PathBuf {
    database.with_extension("key")
}

impl ServeOptions {
    /// Checks the options.
    ///
    /// # Errors
    /// [`ConfigError`] for what cannot be understood.
    pub fn settings(self) -> Result<Settings, ConfigError> {
        let base_url = match self.base_url {
            Some(url) => Some(checked_base_url(url)?),
            None if self.listen.ip().is_loopback() && self.tls_certificate.is_none() => None,
            None => return Err(ConfigError::NoBaseUrl),
        };
        let mail = match self.mail.expose_secret().strip_prefix("folder://") {
            Some(path) if path.starts_with('/') => MailRoute::Folder(PathBuf::from(path)),
            Some(_) => return Err(ConfigError::MailFolder),
            None => MailRoute::Smtp(self.mail.clone()),
        };
        Ok(Settings {
            database: self.database.url()?,
            connections: self.connections,
            secret_key: self.database.key_source()?,
            checkpoint_file: self.witness.file(&self.database)?,
            listen: self.listen,
            base_url,
            tls: self
                .tls_certificate
                .zip(self.tls_key)
                .map(|(certificate, key)| TlsFiles { certificate, key }),
            workers: self.workers.map(usize::from),
            provider_name: self.provider_name,
            mail,
            mail_from: self.mail_from,
            mail_reply_to: self.mail_reply_to,
            mail_ca_file: self.mail_ca_file,
            manager_time_to_answer: self.manager_time_to_answer,
            trials: self.trials,
            terms_file: self.terms_file,
            passwords_at_once: self.passwords_at_once,
            single_sign_on: self.single_sign_on.fetching(),
            webhooks: self.webhooks.delivering(),
            operations: self.operations,
            password_cost: PasswordCost::default(),
        })
    }
}

/// Links and cookies are made from it, so it is https, or http on this very machine.
fn checked_base_url(url: Url) -> Result<Url, ConfigError> {
    let loopback = match url.host() {
        Some(url::Host::Domain(name)) => name == "localhost",
        Some(url::Host::Ipv4(ip)) => ip.is_loopback(),
        Some(url::Host::Ipv6(ip)) => ip.is_loopback(),
        None => return Err(ConfigError::BaseUrl),
    };
    let bare = url.path() == "/"
        && url.query().is_none()
        && url.fragment().is_none()
        && url.username().is_empty()
        && url.password().is_none();
    let safe = url.scheme() == "https" || (url.scheme() == "http" && loopback);
    if bare && safe {
        Ok(url)
    } else {
        Err(ConfigError::BaseUrl)
    }
}

fn manager_time(text: &str) -> Result<Minutes, String> {
    let time = Minutes::parse_iso8601(text).map_err(|e| e.to_string())?;
    if (60..=96 * 60).contains(&time.get()) {
        Ok(time)
    } else {
        Err("must be between PT1H and PT96H".to_owned())
    }
}

fn trials(text: &str) -> Result<Trials, String> {
    Trials::parse(text).ok_or_else(|| "must be at-once or confirmed".to_owned())
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn the_command_line_is_put_together_rightly() {
        Cli::command().debug_assert();
    }

    #[test]
    fn every_option_is_also_an_environment_variable() {
        fn check(command: &clap::Command) {
            for argument in command
                .get_arguments()
                .filter(|a| !["help", "version"].contains(&a.get_id().as_str()))
            {
                let variable = argument
                    .get_env()
                    .and_then(|v| v.to_str())
                    .unwrap_or_default();
                assert!(
                    variable.starts_with("LOCKBOX_"),
                    "{} {}",
                    command.get_name(),
                    argument.get_id()
                );
            }
            command.get_subcommands().for_each(check);
        }
        check(&Cli::command());
    }

    #[test]
    fn a_base_url_is_https_or_loopback_and_has_no_path() {
        for good in [
            "https://lockbox.example",
            "https://lockbox.example:8443/",
            "http://localhost:8080",
            "http://127.0.0.1:1",
            "http://[::1]:1",
        ] {
            assert!(checked_base_url(good.parse().unwrap()).is_ok(), "{good}");
        }
        for bad in [
            "http://lockbox.example",
            "https://lockbox.example/portal",
            "https://u:p@lockbox.example",
            "ftp://localhost",
            "https://lockbox.example/?x",
            "http://localhost.evil.example",
        ] {
            assert!(checked_base_url(bad.parse().unwrap()).is_err(), "{bad}");
        }
    }
}
