//! Opening the database with its keys, and founding the deployment the first time.

use std::sync::Arc;

use secrecy::ExposeSecret;

use crate::acts::access_pass::PassKeys;
use crate::acts::activity::Recorder;
use crate::acts::api_keys::Uses;
use crate::acts::rotate_key::{self, Rotated};
use crate::acts::{ActError, Lockbox};
use crate::clock::{Clock, Entropy};
use crate::config::KeySource;
use crate::domain::audit::checkpoint::{CheckpointError, Signer};
use crate::domain::audit::entry::Author;
use crate::domain::entitlement::Trials;
use crate::domain::hex::hex;
use crate::domain::terms::{NoVersion, Terms};
use crate::domain::time::Minutes;
use crate::identity::key_file::{self, KeyFileError};
use crate::identity::oidc::directory::Directory;
use crate::identity::oidc::fetch::Fetcher;
use crate::identity::password::{PasswordCost, Passwords};
use crate::identity::sealed::{Place, SealedError, SecretKey};
use crate::outside::{WayOut, WayOutConfig, WayOutError};
use crate::store::conn::DatabaseUrl;
use crate::store::signing_key::{self, StoredSigningKey};
use crate::store::{Store, StoreError};

/// Connections of a command that does one thing.
const CONNECTIONS_OF_A_COMMAND: u32 = 2;

/// The activation terms that come with the product.
const BUILT_IN_TERMS: &str = include_str!("../templates/terms/2026-11.txt");

/// Why the deployment could not be opened.
#[derive(Debug, thiserror::Error)]
pub enum FoundingError {
    /// The database does not answer. Nothing was created in its stead.
    #[error("the database {0} cannot be opened: {1}")]
    Database(String, diesel::ConnectionError),
    /// There is no such SQLite file, and this command makes none.
    #[error("there is no database {0}; `lockbox migrate` or `lockbox serve` makes one")]
    NoDatabase(String),
    /// The database could not be brought to this version.
    #[error("the database could not be brought to this version: {0}")]
    Migration(String),
    /// The database gave no answer to a question.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The key file cannot be used.
    #[error(transparent)]
    KeyFile(#[from] KeyFileError),
    /// The key given is none.
    #[error("LOCKBOX_SECRET_KEY: {0}")]
    Key(SealedError),
    /// The key is not this database's.
    #[error(
        "the server key does not open this database; use the key it was founded with, nothing was changed"
    )]
    OtherKey,
    /// Something could not be sealed under another key.
    #[error("the server key could not be rotated: {0}")]
    Rotating(#[from] ActError),
    /// The signing key cannot be used.
    #[error("the signing key: {0}")]
    Signing(#[from] CheckpointError),
    /// The terms file cannot be used.
    #[error("the activation terms: {0}")]
    Terms(#[from] NoVersion),
    /// Identity providers cannot be asked.
    #[error("single sign-on: {0}")]
    SingleSignOn(WayOutError),
    /// Webhooks cannot be delivered.
    #[error("webhooks: {0}")]
    Webhooks(WayOutError),
    /// The terms file cannot be read.
    #[error("the activation terms cannot be read: {0}")]
    TermsFile(std::io::Error),
}

/// What is needed to open a deployment.
pub struct Opening<'a> {
    /// The database.
    pub database: &'a DatabaseUrl,
    /// Connections to it.
    pub connections: u32,
    /// The server key.
    pub secret_key: &'a KeySource,
    /// The clock.
    pub clock: Clock,
    /// The randomness.
    pub entropy: Entropy,
    /// What a password hash costs.
    pub password_cost: PasswordCost,
    /// Password hashes computed at once.
    pub passwords_at_once: usize,
    /// Time for a manager to answer.
    pub manager_time_to_answer: Minutes,
    /// How who asks for a trial is answered.
    pub trials: Trials,
    /// Terms other than the built-in ones.
    pub terms_file: Option<&'a std::path::Path>,
    /// How identity providers are asked.
    pub single_sign_on: WayOutConfig,
    /// How webhooks are delivered.
    pub webhooks: WayOutConfig,
    /// Whether a SQLite file may be made that is not there yet.
    pub may_create: bool,
}

impl<'a> Opening<'a> {
    /// An opening with the product's defaults.
    #[must_use]
    pub fn of(
        database: &'a DatabaseUrl,
        secret_key: &'a KeySource,
        clock: Clock,
        entropy: Entropy,
    ) -> Self {
        Self {
            database,
            connections: CONNECTIONS_OF_A_COMMAND,
            secret_key,
            clock,
            entropy,
            password_cost: PasswordCost::default(),
            passwords_at_once: 4,
            manager_time_to_answer: Minutes::hours(12),
            trials: Trials::default(),
            terms_file: None,
            single_sign_on: WayOutConfig::default(),
            webhooks: WayOutConfig::default(),
            may_create: false,
        }
    }
}

/// Opens a database that is there already for reading, without any secret.
///
/// # Errors
/// When it is not there or does not answer.
pub fn open_store(
    database: &DatabaseUrl,
    clock: Clock,
    entropy: Entropy,
) -> Result<Store, FoundingError> {
    must_exist(database)?;
    store(database, CONNECTIONS_OF_A_COMMAND, clock, entropy)
}

fn store(
    database: &DatabaseUrl,
    connections: u32,
    clock: Clock,
    entropy: Entropy,
) -> Result<Store, FoundingError> {
    Store::open(database, connections, clock, entropy)
        .map_err(|e| FoundingError::Database(database.shown(), e))
}

/// Opening a SQLite file would make an empty one: a mistyped path must not become a new deployment.
fn must_exist(database: &DatabaseUrl) -> Result<(), FoundingError> {
    match database {
        DatabaseUrl::Sqlite(path) if !path.exists() => {
            Err(FoundingError::NoDatabase(database.shown()))
        }
        _ => Ok(()),
    }
}

/// Opens the deployment: brings the database to this version, reads the server key, and founds what is not founded
/// yet. Of several nodes that start at once one founds, and all come to the same keys.
///
/// # Errors
/// [`FoundingError`]; a database that does not answer is never replaced by another.
pub fn open(opening: Opening<'_>) -> Result<Lockbox, FoundingError> {
    let Opening {
        database,
        connections,
        secret_key,
        clock,
        entropy,
        ..
    } = opening;
    if !opening.may_create {
        must_exist(database)?;
    }
    let store = store(database, connections, clock, entropy.clone())?;
    for name in store
        .migrate()
        .map_err(|e| FoundingError::Migration(e.to_string()))?
    {
        tracing::info!(migration = name, "database brought forward");
    }
    let stored = store.read(signing_key::load)?;
    let secret_key = secret_key_of(secret_key, stored.is_some(), &entropy)?;
    let signer = match stored {
        Some(stored) => unseal(&secret_key, &stored)?,
        None => found(&store, &secret_key, &entropy)?,
    };
    Ok(Lockbox {
        store: store.with_signer(signer),
        entropy,
        passwords: Passwords::new(opening.password_cost, opening.passwords_at_once),
        secret_key: Arc::new(secret_key),
        terms: Arc::new(terms(opening.terms_file)?),
        manager_time_to_answer: opening.manager_time_to_answer,
        trials: opening.trials,
        recorder: Recorder::default(),
        key_uses: Uses::default(),
        pass_keys: PassKeys::default(),
        identity_providers: Directory::new(
            Fetcher::new(&opening.single_sign_on).map_err(FoundingError::SingleSignOn)?,
        ),
        way_to_webhooks: WayOut::new(&opening.webhooks).map_err(FoundingError::Webhooks)?,
    })
}

/// A founded database has its key already: a new one would open nothing, so none is made.
fn secret_key_of(
    source: &KeySource,
    founded: bool,
    entropy: &Entropy,
) -> Result<SecretKey, FoundingError> {
    match source {
        KeySource::Given(text) => {
            SecretKey::parse(text.expose_secret()).map_err(FoundingError::Key)
        }
        KeySource::File(path) if founded => Ok(key_file::load(path)?),
        KeySource::File(path) => {
            let (key, made) = key_file::load_or_create(path, entropy.bytes())?;
            if made {
                tracing::warn!(file = %path.display(), "a server key was made; keep a copy apart from the database's backups");
            }
            Ok(key)
        }
    }
}

/// Seals everything in the database under another server key, the signing key last: until that is done the database
/// opens under the key it had, and rotating can be begun again.
///
/// # Errors
/// When the store does not answer, or something opens under neither key.
pub fn rotate_key(
    lockbox: &Lockbox,
    new: &SecretKey,
    by: &Author,
) -> Result<Rotated, FoundingError> {
    let rotated = rotate_key::rotate(lockbox, new, by)?;
    let stored = lockbox.store.read(signing_key::load)?;
    let stored = stored.ok_or(FoundingError::OtherKey)?;
    let place = seed_place(&stored.name);
    let seed = lockbox
        .secret_key
        .open(&place, &stored.sealed_seed)
        .map_err(|_| FoundingError::OtherKey)?;
    let sealed = new
        .seal(&place, lockbox.entropy.bytes(), seed.expose_secret())
        .map_err(FoundingError::Key)?;
    lockbox
        .store
        .keep(|keep| keep.seal_signing_key_anew(&stored.name, sealed))?;
    Ok(rotated)
}

fn found(
    store: &Store,
    secret_key: &SecretKey,
    entropy: &Entropy,
) -> Result<Signer, FoundingError> {
    let suffix = hex(&entropy.bytes::<4>());
    let name = format!("lockbox-{suffix}");
    let seed: [u8; 32] = entropy.bytes();
    let signer = Signer::new(&name, seed)?;
    let sealed = secret_key
        .seal(&seed_place(&name), entropy.bytes(), &seed)
        .map_err(FoundingError::Key)?;
    match store.keep(|keep| keep.found(&signer, sealed, store.clock().now())) {
        Ok(()) => Ok(signer),
        Err(error) if error.is_unique_violation() => match store.read(signing_key::load)? {
            Some(stored) => unseal(secret_key, &stored),
            None => Err(error.into()),
        },
        Err(error) => Err(error.into()),
    }
}

fn unseal(secret_key: &SecretKey, stored: &StoredSigningKey) -> Result<Signer, FoundingError> {
    let seed = secret_key
        .open(&seed_place(&stored.name), &stored.sealed_seed)
        .map_err(|_| FoundingError::OtherKey)?;
    let seed: [u8; 32] = seed
        .expose_secret()
        .as_slice()
        .try_into()
        .map_err(|_| FoundingError::OtherKey)?;
    Ok(Signer::new(&stored.name, seed)?)
}

fn seed_place(name: &str) -> Place<'_> {
    Place {
        table: "signing_keys",
        column: "sealed_seed",
        row: name.as_bytes(),
    }
}

fn terms(file: Option<&std::path::Path>) -> Result<Terms, FoundingError> {
    let text = match file {
        Some(path) => std::fs::read_to_string(path).map_err(FoundingError::TermsFile)?,
        None => BUILT_IN_TERMS.to_owned(),
    };
    Ok(Terms::parse(&text)?)
}
