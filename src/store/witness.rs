//! The newest checkpoint, kept in a file outside of the database: it bears witness against an older copy of the
//! database that is put in its place.
//!
//! The log with the latest entry stands for all: an older copy of the whole database is without that entry. A copy that
//! went its own way since then has another tree.

use std::fs::{self, File};
use std::io::{ErrorKind, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::conn::Conn;
use super::{Store, StoreError, Stored, audit};
use crate::domain::audit::checkpoint::{CheckpointError, Verifier};
use crate::domain::audit::entry::Log;
use crate::domain::audit::merkle::Frontier;
use crate::domain::time::Moment;

/// Leaves read at once.
const PAGE: i64 = 10_000;

/// What the file says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Testimony {
    /// The time of the latest entry of any log.
    pub at: Moment,
    /// The signed checkpoint of the log it stands in.
    pub checkpoint: String,
}

/// The file.
#[derive(Debug, Clone)]
pub struct Witness(PathBuf);

/// Why the database is not taken for the one that was served last.
#[derive(Debug, thiserror::Error)]
pub enum WitnessError {
    /// The file cannot be used.
    #[error("the checkpoint kept in {0}: {1}; another file is named with --checkpoint-file")]
    File(PathBuf, std::io::Error),
    /// The file holds something else.
    #[error("the checkpoint kept in {0} cannot be read: {1}")]
    Unreadable(PathBuf, String),
    /// The checkpoint is not of this deployment.
    #[error("the checkpoint kept in {0} is not this deployment's: {1}")]
    Foreign(PathBuf, CheckpointError),
    /// The database is older, or went another way.
    #[error(
        "this database is older than the checkpoint of {at} kept in {file}, or another one: what was revoked since would be live again. If it was restored on purpose, run `lockbox restore`, which ends every access and session; nothing was changed",
        at = .1, file = .0.display()
    )]
    Older(PathBuf, Moment),
    /// The database does not answer.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl Witness {
    /// The witness in this file, which may not be there yet.
    #[must_use]
    pub const fn at(file: PathBuf) -> Self {
        Self(file)
    }

    /// Hears the witness against the database. Without a file nobody speaks against it. A restoration that was
    /// taken up knowingly after the file was written is no reason to refuse.
    ///
    /// # Errors
    /// [`WitnessError`].
    pub fn hear(&self, store: &Store, verifier: &Verifier) -> Result<(), WitnessError> {
        let Some(testimony) = self.read()? else {
            return Ok(());
        };
        let kept = verifier
            .open(&testimony.checkpoint)
            .map_err(|error| WitnessError::Foreign(self.0.clone(), error))?;
        let foreign = || WitnessError::Foreign(self.0.clone(), CheckpointError::Origin);
        let log = log_of(&kept.origin, verifier.name()).ok_or_else(foreign)?;
        let agrees = store.read(|conn| {
            let known = tree_of(conn, log, kept.size)?.is_some_and(|tree| tree.root() == kept.root);
            if known {
                return Stored::Ok(true);
            }
            let restored = audit::last_restoration(conn)?;
            Ok(restored.is_some_and(|at| at >= testimony.at))
        })?;
        if agrees {
            Ok(())
        } else {
            Err(WitnessError::Older(self.0.clone(), testimony.at))
        }
    }

    fn read(&self) -> Result<Option<Testimony>, WitnessError> {
        let text = match fs::read(&self.0) {
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
            text => text.map_err(|error| WitnessError::File(self.0.clone(), error))?,
        };
        serde_json::from_slice(&text)
            .map(Some)
            .map_err(|error| WitnessError::Unreadable(self.0.clone(), error.to_string()))
    }

    /// Keeps a testimony in place of the one before. Who reads the file meanwhile reads one of them whole.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn keep(&self, testimony: &Testimony) -> Result<(), WitnessError> {
        let of = |error| WitnessError::File(self.0.clone(), error);
        let half = half_of(&self.0);
        let mut file = File::options()
            .write(true)
            .create(true)
            .truncate(true)
            .mode(0o600)
            .open(&half)
            .map_err(of)?;
        let text = serde_json::to_vec(testimony).map_err(|error| of(error.into()))?;
        file.write_all(&text).map_err(of)?;
        file.sync_all().map_err(of)?;
        fs::rename(half, &self.0).map_err(of)
    }
}

fn half_of(file: &Path) -> PathBuf {
    let mut half = file.as_os_str().to_owned();
    half.push(".new");
    PathBuf::from(half)
}

/// The log whose checkpoints have this origin, the other way round of [`audit::origin`].
fn log_of(origin: &str, signer: &str) -> Option<Log> {
    let log = origin.strip_prefix(signer)?.strip_prefix('/')?;
    if log == Log::Provider.to_string() {
        return Some(Log::Provider);
    }
    Uuid::parse_str(log).ok().map(Log::of_id)
}

/// The tree over the first `size` entries of a log, if it has as many.
fn tree_of(conn: &mut Conn, log: Log, size: u64) -> Stored<Option<Frontier>> {
    let mut tree = Frontier::empty();
    while tree.size() < size {
        let page = audit::leaves(conn, log, tree.size(), PAGE)?;
        if page.is_empty() {
            return Ok(None);
        }
        for leaf in page {
            if tree.size() < size {
                tree.append(leaf);
            }
        }
    }
    Ok(Some(tree))
}
