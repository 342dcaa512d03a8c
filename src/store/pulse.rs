//! How the house stands, in a few cheap readings.

use diesel::dsl::sql;
use diesel::prelude::*;
use diesel::sql_types::Timestamptz;

use super::column::Stamp;
use super::conn::Conn;
use super::schema::{deliveries, outbox, requests};
use super::{Stored, lease};
use crate::domain::time::Moment;

/// What waits for the night shift.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Backlog {
    /// Letters that are neither sent nor given up.
    pub letters: i64,
    /// When the oldest of them was written.
    pub oldest_letter: Option<Moment>,
    /// Since when one of them should have been tried.
    pub letter_due: Option<Moment>,
    /// Deliveries to webhooks that are neither taken nor given up.
    pub deliveries: i64,
    /// The first deadline that is not recorded as passed. It may lie ahead.
    pub next_deadline: Option<Moment>,
}

/// The database's own clock. SQLite has none.
///
/// # Errors
/// When the database does not answer.
pub fn time(conn: &mut Conn) -> Stored<Option<Moment>> {
    match conn {
        Conn::Postgres(conn) => Ok(Some(
            diesel::select(sql::<Timestamptz>("clock_timestamp()")).get_result(conn)?,
        )),
        Conn::Sqlite(_) => Ok(None),
    }
}

/// What waits for the night shift.
///
/// # Errors
/// When the database does not answer.
pub fn backlog(conn: &mut Conn) -> Stored<Backlog> {
    let waiting = || outbox::table.filter(lease::waiting!(outbox));
    let first = |found: Option<Stamp>| found.map(|stamp| stamp.0);
    let letters = waiting().count().get_result(conn)?;
    let deliveries = deliveries::table
        .filter(lease::waiting!(deliveries))
        .count()
        .get_result(conn)?;
    let oldest = waiting()
        .order(outbox::written_at)
        .select(outbox::written_at);
    let due = waiting().order(outbox::due_at).select(outbox::due_at);
    let deadline = requests::table
        .filter(requests::deadline.is_not_null())
        .order(requests::deadline)
        .select(requests::deadline.assume_not_null());
    Ok(Backlog {
        letters,
        oldest_letter: first(oldest.first(conn).optional()?),
        letter_due: first(due.first(conn).optional()?),
        deliveries,
        next_deadline: first(deadline.first(conn).optional()?),
    })
}
