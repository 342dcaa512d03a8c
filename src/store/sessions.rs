//! Sessions: kept only as the hash of their key, and never brought back once gone.

use diesel::prelude::*;

use super::column::{Id, Stamp};
use super::conn::{Conn, either};
use super::schema::sessions;
use super::{Keep, Stored};
use crate::domain::id::PersonId;
use crate::domain::time::Moment;

/// The state of a session that has not ended, and when its use was last noted.
///
/// # Errors
/// When the database does not answer.
pub fn load(conn: &mut Conn, key_sha256: &[u8], now: Moment) -> Stored<Option<(String, Moment)>> {
    let found: Option<(String, Stamp)> = either!(conn, |conn| {
        sessions::table
            .find(key_sha256)
            .filter(sessions::expires_at.gt(Stamp(now)))
            .select((sessions::state, sessions::seen_at))
            .get_result(conn)
            .optional()?
    });
    Ok(found.map(|(state, seen_at)| (state, seen_at.0)))
}

impl Keep<'_> {
    /// Begins a session.
    ///
    /// # Errors
    /// When the database does not answer.
    pub fn begin_session(
        &mut self,
        key_sha256: Vec<u8>,
        person: Option<PersonId>,
        state: String,
        now: Moment,
        expires_at: Moment,
    ) -> Stored<()> {
        diesel::insert_into(sessions::table)
            .values((
                sessions::key_sha256.eq(key_sha256),
                sessions::person_id.eq(person.map(|p| Id(p.0))),
                sessions::state.eq(state),
                sessions::seen_at.eq(Stamp(now)),
                sessions::expires_at.eq(Stamp(expires_at)),
            ))
            .execute(self.0)?;
        Ok(())
    }

    /// Saves a session's state. An UPDATE and never an upsert: a session that ended meanwhile stays ended.
    ///
    /// # Errors
    /// When the database does not answer.
    pub fn save_session(
        &mut self,
        key_sha256: &[u8],
        person: Option<PersonId>,
        state: String,
        now: Moment,
        expires_at: Moment,
    ) -> Stored<()> {
        diesel::update(sessions::table.find(key_sha256))
            .set((
                sessions::person_id.eq(person.map(|p| Id(p.0))),
                sessions::state.eq(state),
                sessions::seen_at.eq(Stamp(now)),
                sessions::expires_at.eq(Stamp(expires_at)),
            ))
            .execute(self.0)?;
        Ok(())
    }

    /// Notes that a session was used, if the last note is older than `stale`.
    ///
    /// # Errors
    /// When the database does not answer.
    pub fn touch_session(
        &mut self,
        key_sha256: &[u8],
        now: Moment,
        stale: Moment,
        expires_at: Moment,
    ) -> Stored<()> {
        diesel::update(
            sessions::table
                .find(key_sha256)
                .filter(sessions::seen_at.lt(Stamp(stale))),
        )
        .set((
            sessions::seen_at.eq(Stamp(now)),
            sessions::expires_at.eq(Stamp(expires_at)),
        ))
        .execute(self.0)?;
        Ok(())
    }

    /// Ends a session.
    ///
    /// # Errors
    /// When the database does not answer.
    pub fn end_session(&mut self, key_sha256: &[u8]) -> Stored<()> {
        diesel::delete(sessions::table.find(key_sha256)).execute(self.0)?;
        Ok(())
    }

    /// Ends every session of everybody; says how many.
    ///
    /// # Errors
    /// When the database does not answer.
    pub fn end_every_session(&mut self) -> Stored<usize> {
        Ok(diesel::delete(sessions::table).execute(self.0)?)
    }

    /// Sweeps sessions that have ended; says how many.
    ///
    /// # Errors
    /// When the database does not answer.
    pub fn sweep_sessions(&mut self, now: Moment) -> Stored<usize> {
        Ok(
            diesel::delete(sessions::table.filter(sessions::expires_at.le(Stamp(now))))
                .execute(self.0)?,
        )
    }
}
