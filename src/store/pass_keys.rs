//! The keys that sign access passes.

use diesel::prelude::*;

use super::column::{Id, Stamp};
use super::conn::Conn;
use super::projection::{self, Difference};
use super::schema::pass_keys;
use super::{Keep, Stored, Tx};
use crate::domain::id::PassKeyId;
use crate::domain::time::Moment;

/// Most keys that are read, the latest ones. There are two while one takes the other's place.
const KEYS_MAX: i64 = 20;

/// A pass key as it is stored: its seed is sealed.
#[derive(Debug, Clone)]
pub struct StoredPassKey {
    /// Its id.
    pub id: PassKeyId,
    /// The seed, sealed under the server key.
    pub sealed_seed: Vec<u8>,
    /// From when it signs.
    pub signs_from: Moment,
}

/// The pass keys, the latest first.
///
/// # Errors
/// When the database does not answer.
pub fn all(conn: &mut Conn) -> Stored<Vec<StoredPassKey>> {
    let rows: Vec<(Id, Vec<u8>, Stamp)> = pass_keys::table
        .order((pass_keys::signs_from.desc(), pass_keys::id.desc()))
        .limit(KEYS_MAX)
        .select((pass_keys::id, pass_keys::sealed_seed, pass_keys::signs_from))
        .load(conn)?;
    Ok(rows
        .into_iter()
        .map(|(id, sealed_seed, signs_from)| StoredPassKey {
            id: PassKeyId(id.0),
            sealed_seed,
            signs_from: signs_from.0,
        })
        .collect())
}

/// Adds a key; `alone` in place of every other.
///
/// # Errors
/// When the database does not answer.
pub fn add(tx: &mut Tx<'_>, key: StoredPassKey, alone: bool) -> Stored<()> {
    if alone {
        diesel::delete(pass_keys::table).execute(tx.conn())?;
    }
    diesel::insert_into(pass_keys::table)
        .values((
            pass_keys::id.eq(Id(key.id.0)),
            pass_keys::sealed_seed.eq(key.sealed_seed),
            pass_keys::signs_from.eq(Stamp(key.signs_from)),
        ))
        .execute(tx.conn())?;
    Ok(())
}

#[derive(Queryable)]
struct Known {
    id: Id,
    signs_from: Stamp,
}

projection::beside!(Known { signs_from });

/// How the stored keys differ from what the facts say, each by its index. Old ones are swept, so that none is missing;
/// a seed opens nowhere but in its own row. The caller bounds the number of keys.
///
/// # Errors
/// When the database does not answer.
pub fn differing(
    conn: &mut Conn,
    keys: &[(PassKeyId, Moment)],
) -> Stored<Vec<(usize, Difference)>> {
    let known = keys.iter().map(|(id, signs_from)| Known {
        id: Id(id.0),
        signs_from: Stamp(*signs_from),
    });
    let known: Vec<Known> = known.collect();
    let mut found = projection::compare(conn, &known, |conn, ids| {
        pass_keys::table
            .filter(pass_keys::id.eq_any(ids))
            .select((pass_keys::id, pass_keys::signs_from))
            .load(conn)
    })?;
    found.retain(|(_, difference)| *difference != Difference::Missing);
    Ok(found)
}

impl Keep<'_> {
    /// Puts the same seed in its place, sealed anew.
    ///
    /// # Errors
    /// When the database does not answer.
    pub fn seal_pass_key_anew(&mut self, id: PassKeyId, sealed_seed: Vec<u8>) -> Stored<()> {
        diesel::update(pass_keys::table.find(Id(id.0)))
            .set(pass_keys::sealed_seed.eq(sealed_seed))
            .execute(self.0)?;
        Ok(())
    }

    /// Removes the keys that another took the place of before `long_ago`.
    ///
    /// # Errors
    /// When the database does not answer.
    pub fn sweep_pass_keys(&mut self, long_ago: Moment) -> Stored<()> {
        let signs: Option<Stamp> = pass_keys::table
            .filter(pass_keys::signs_from.le(Stamp(long_ago)))
            .order(pass_keys::signs_from.desc())
            .select(pass_keys::signs_from)
            .first(self.0)
            .optional()?;
        if let Some(signs) = signs {
            diesel::delete(pass_keys::table.filter(pass_keys::signs_from.lt(signs)))
                .execute(self.0)?;
        }
        Ok(())
    }
}
