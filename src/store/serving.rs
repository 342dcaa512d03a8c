//! Who serves a PostgreSQL. Every node holds one lock together with the others, as long as it runs; whoever changes what
//! each of them has in memory, as the server key is, holds it alone. For SQLite a file beside the database does the same.

use diesel::prelude::*;
use diesel::sql_types::Bool;

use super::conn::{Conn, DatabaseUrl, Manager};
use super::{StoreError, Stored};

/// The number of the advisory lock; migrations have the one before it.
const LOCK: i64 = 7_221_936_406;

/// How the lock is held.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Hold {
    /// Beside other servers.
    WithOthers,
    /// By nobody else.
    Alone,
}

/// Takes the lock without waiting; it is held as long as the connection lives. SQLite has none.
///
/// # Errors
/// [`StoreError::InUse`], in words that say what to stop.
pub fn hold(database: &DatabaseUrl, how: Hold) -> Stored<Option<Conn>> {
    let DatabaseUrl::Postgres(_) = database else {
        return Ok(None);
    };
    let opened = Manager(database.clone()).open();
    let mut conn = opened.map_err(|e| StoreError::NoConnection(e.to_string()))?;
    take(&mut conn, how)?;
    Ok(Some(conn))
}

/// The same, by a connection that is there already.
pub(super) fn take(conn: &mut Conn, how: Hold) -> Stored<()> {
    #[derive(QueryableByName)]
    struct Answer {
        #[diesel(sql_type = Bool)]
        taken: bool,
    }
    let Conn::Postgres(conn) = conn else {
        return Ok(());
    };
    let (function, in_use) = match how {
        Hold::WithOthers => (
            "pg_try_advisory_lock_shared",
            "`lockbox key rotate` is at work on this database; start the server with the new key once it is done",
        ),
        Hold::Alone => (
            "pg_try_advisory_lock",
            "a server runs on this database; stop every `lockbox serve` first, on every node",
        ),
    };
    let answer: Answer =
        diesel::sql_query(format!("SELECT {function}({LOCK}) AS taken")).get_result(conn)?;
    if answer.taken {
        Ok(())
    } else {
        Err(StoreError::InUse(in_use))
    }
}
