//! Recovery codes: kept as hashes, gone when they are used.

use diesel::prelude::*;

use super::column::{Id, Stamp};
use super::conn::Conn;
use super::schema::recovery_codes;
use super::{Stored, Tx};
use crate::domain::id::PersonId;
use crate::domain::time::Moment;

/// Most codes of one person that are read.
const CODES_MAX: i64 = 100;

/// What is kept of the codes that a person has left, and since when they have them.
///
/// # Errors
/// When the database does not answer.
pub fn left(conn: &mut Conn, person: PersonId) -> Stored<Vec<(Vec<u8>, Moment)>> {
    let rows: Vec<(Vec<u8>, Stamp)> = recovery_codes::table
        .filter(recovery_codes::person_id.eq(Id(person.0)))
        .order(recovery_codes::code_sha256)
        .limit(CODES_MAX)
        .select((recovery_codes::code_sha256, recovery_codes::since))
        .load(conn)?;
    Ok(rows
        .into_iter()
        .map(|(code, since)| (code, since.0))
        .collect())
}

/// Gives a person these codes since this moment, in place of those they had.
///
/// # Errors
/// When the database does not answer.
pub fn set(tx: &mut Tx<'_>, person: PersonId, codes: &[[u8; 32]], since: Moment) -> Stored<()> {
    remove_all(tx, person)?;
    for code in codes {
        diesel::insert_into(recovery_codes::table)
            .values((
                recovery_codes::person_id.eq(Id(person.0)),
                recovery_codes::code_sha256.eq(code.as_slice()),
                recovery_codes::since.eq(Stamp(since)),
            ))
            .execute(tx.conn())?;
    }
    Ok(())
}

/// Uses a code up. False when the person does not have it, or not any more.
///
/// # Errors
/// When the database does not answer.
pub fn take(tx: &mut Tx<'_>, person: PersonId, code: &[u8]) -> Stored<bool> {
    let taken = diesel::delete(recovery_codes::table.find((Id(person.0), code)));
    Ok(taken.execute(tx.conn())? == 1)
}

/// Removes every code of a person.
///
/// # Errors
/// When the database does not answer.
pub fn remove_all(tx: &mut Tx<'_>, person: PersonId) -> Stored<()> {
    diesel::delete(recovery_codes::table.filter(recovery_codes::person_id.eq(Id(person.0))))
        .execute(tx.conn())?;
    Ok(())
}
