//! `lockbox backup` and `lockbox restore`.

use std::error::Error;
use std::fs;
use std::path::{Path, PathBuf};

use super::{Done, open, operator, say};
use crate::acts::restore::take_up;
use crate::acts::verify_log::{self, VerifyOptions};
use crate::app;
use crate::clock::{Clock, Entropy};
use crate::config::{BackupOptions, RestoreOptions};
use crate::founding;
use crate::store::backup;
use crate::store::conn::DatabaseUrl;
use crate::store::witness::Witness;
use crate::work::watching;

const POSTGRESQL_COPIES: &str = "PostgreSQL copies itself: `pg_dump --format=custom --file=FILE URL` for one moment, or `pg_basebackup` with archived WAL for any moment. Restore it with PostgreSQL's own tools, then run `lockbox restore`";

/// Copies, verifies the copy, and gives it its name last: what has the name is whole.
pub(super) fn backup(options: &BackupOptions) -> Done {
    let url = options.database.url()?;
    if let DatabaseUrl::Postgres(_) = url {
        return Err(POSTGRESQL_COPIES.into());
    }
    if options.file.exists() {
        return Err(format!("{} is there already", options.file.display()).into());
    }
    let store = founding::open_store(&url, Clock::system(), Entropy::system())?;
    let half = beside(&options.file, "half");
    let entries = leaving_nothing(&half, || {
        store.copy_into(&half)?;
        let entries = verified(&half)?;
        backup::name(&half, &options.file)?;
        Ok(entries)
    })?;
    say(&format!(
        "Copied {} into {}: {entries} entries of its audit logs, all of them verified.\nThe server key is not in it. Keep a copy of the key apart from it: without the key nobody can sign in, and whoever has both has everything.",
        url.shown(),
        options.file.display()
    ))
}

/// Puts a backup where no database is, if one is named, and takes up what is there.
pub(super) fn restore(options: &RestoreOptions) -> Done {
    let url = options.database.url()?;
    let _lock = app::lock_file(&url)?;
    match (&options.file, &url) {
        (None, _) => {}
        (Some(file), DatabaseUrl::Sqlite(database)) => put(file, database)?,
        (Some(_), DatabaseUrl::Postgres(_)) => return Err(POSTGRESQL_COPIES.into()),
    }
    let lockbox = open(&options.database)?;
    let last = watching::look(&lockbox, None)?.ok_or("this database has no audit log")?;
    let taken = take_up(&lockbox, &operator()?)?;
    let witness = options.witness.file(&options.database)?.map(Witness::at);
    watching::look_and_remember(&lockbox, witness.as_ref(), None)?;
    say(&format!(
        "{} is taken up. Approvals and accesses revoked: {}. Sessions ended: {}.\nThe last thing that it knew happened at {}. What happened since then is not in it: see to people, roles and API keys that were taken away, to requests that were rejected or withdrawn, and to passwords that were changed.",
        url.shown(),
        taken.accesses,
        taken.sessions,
        crate::domain::time::rfc3339(last.testimony.at)
    ))
}

fn put(file: &Path, database: &Path) -> Result<(), Box<dyn Error>> {
    for there in [
        database.to_owned(),
        beside(database, "wal"),
        beside(database, "shm"),
    ] {
        if there.exists() {
            return Err(format!(
                "{} is there already; move it away first, with the files beside it",
                there.display()
            )
            .into());
        }
    }
    let half = beside(database, "half");
    leaving_nothing(&half, || {
        fs::copy(file, &half).map_err(|e| format!("{}: {e}", file.display()))?;
        fs::set_permissions(&half, std::os::unix::fs::PermissionsExt::from_mode(0o600))?;
        fs::File::open(&half)?.sync_all()?;
        verified(&half)?;
        Ok(backup::name(&half, database)?)
    })
}

/// Verifies a copy whole; says how many entries its logs have.
fn verified(copy: &Path) -> Result<u64, Box<dyn Error>> {
    let url = DatabaseUrl::Sqlite(std::path::absolute(copy)?);
    let store = founding::open_store(&url, Clock::system(), Entropy::system())?;
    store.check_integrity()?;
    let report = verify_log::verify(&store, &VerifyOptions::default(), &mut |_| {})?;
    if report.is_whole() {
        Ok(report.logs.iter().map(|log| log.size).sum())
    } else {
        Err(format!("the copy is not whole:\n{report}").into())
    }
}

/// Does something with a half-made file. Where it fails, the file is gone.
fn leaving_nothing<T>(
    half: &Path,
    work: impl FnOnce() -> Result<T, Box<dyn Error>>,
) -> Result<T, Box<dyn Error>> {
    if half.exists() {
        return Err(format!("{} is left from before; remove it", half.display()).into());
    }
    let done = work();
    for left in [half.to_owned(), beside(half, "wal"), beside(half, "shm")] {
        if let Err(error) = fs::remove_file(&left)
            && error.kind() != std::io::ErrorKind::NotFound
        {
            eprintln!("{} could not be removed: {error}", left.display());
        }
    }
    done
}

/// `lockbox.db` has `lockbox.db-wal` beside it.
fn beside(file: &Path, what: &str) -> PathBuf {
    let mut name = file.as_os_str().to_owned();
    name.push(format!("-{what}"));
    PathBuf::from(name)
}
