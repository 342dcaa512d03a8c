//! A copy of a SQLite database, made while it is served.

use std::fs::{self, File};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use diesel::RunQueryDsl;
use diesel::dsl::sql;
use diesel::sql_types::Text;

use super::conn::Conn;
use super::{Store, StoreError};

/// Why there is no copy.
#[derive(Debug, thiserror::Error)]
pub enum BackupError {
    /// PostgreSQL has its own ways.
    #[error("only a SQLite database is copied like this")]
    NotSqlite,
    /// The file cannot be made.
    #[error("{0}: {1}")]
    File(PathBuf, std::io::Error),
    /// The path is no text.
    #[error("{0}: the path is not UTF-8")]
    Path(PathBuf),
    /// The database could not be read or the copy not be written.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// What SQLite finds wrong with the copy.
    #[error("the copy is damaged: {0}")]
    Damaged(String),
}

impl Store {
    /// Copies the database into a new file with mode 0600, as it is at one moment. Writers go on meanwhile.
    ///
    /// # Errors
    /// When there is such a file already, or the copy cannot be made.
    pub fn copy_into(&self, file: &Path) -> Result<(), BackupError> {
        let of = |error| BackupError::File(file.to_owned(), error);
        let path = file.to_str();
        let path = path.ok_or_else(|| BackupError::Path(file.to_owned()))?;
        // SQLite writes into an empty file and keeps its mode.
        let made = File::options()
            .write(true)
            .create_new(true)
            .mode(0o600)
            .open(file)
            .map_err(of)?;
        self.read(|conn| match conn {
            Conn::Postgres(_) => Err(BackupError::NotSqlite),
            Conn::Sqlite(conn) => {
                let copying = diesel::sql_query("VACUUM INTO ?").bind::<Text, _>(path);
                copying.execute(conn).map_err(StoreError::from)?;
                Ok(())
            }
        })?;
        made.sync_all().map_err(of)
    }

    /// Has SQLite look through its whole file.
    ///
    /// # Errors
    /// [`BackupError::Damaged`] with the first thing that it finds.
    pub fn check_integrity(&self) -> Result<(), BackupError> {
        let found = self.read(|conn| match conn {
            Conn::Postgres(_) => Err(BackupError::NotSqlite),
            Conn::Sqlite(conn) => Ok(diesel::select(sql::<Text>(
                "(SELECT integrity_check FROM pragma_integrity_check LIMIT 1)",
            ))
            .get_result::<String>(conn)
            .map_err(StoreError::from)?),
        })?;
        match found.as_str() {
            "ok" => Ok(()),
            _ => Err(BackupError::Damaged(found)),
        }
    }
}

/// Gives a finished file its name, unless something has it, and makes sure that it stays.
///
/// # Errors
/// When there is such a file already.
pub fn name(half: &Path, file: &Path) -> Result<(), BackupError> {
    let of = |error| BackupError::File(file.to_owned(), error);
    fs::hard_link(half, file).map_err(of)?;
    fs::remove_file(half).map_err(of)?;
    let folder = file
        .parent()
        .filter(|folder| !folder.as_os_str().is_empty());
    let folder = File::open(folder.unwrap_or(Path::new("."))).map_err(of)?;
    folder.sync_all().map_err(of)
}
