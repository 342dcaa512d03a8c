//! Sessions: kept only as the hash of their key, and never brought back once gone.

use diesel::prelude::*;

use super::column::{Id, Stamp};
use super::conn::{Conn, either};
use super::schema::{people, sessions};
use super::{Keep, Stored};
use crate::domain::id::PersonId;
use crate::domain::person::Side;
use crate::domain::time::Moment;

/// Most sessions of one person. A further one ends the one that was not used for longest.
pub const SESSIONS_MAX: i64 = 20;

/// What a session keeps.
#[derive(Debug, Clone, Default)]
pub struct Kept {
    /// Whose it is.
    pub person: Option<PersonId>,
    /// The id it is named by, which opens nothing.
    pub visit: String,
    /// Whether it began by single sign-on.
    pub single_sign_on: bool,
    /// What it holds.
    pub state: String,
}

/// A session that has not ended.
#[derive(Debug, Clone)]
pub struct Open {
    /// What it holds.
    pub state: String,
    /// When its use was last noted.
    pub seen_at: Moment,
    /// When it ends unless it is used.
    pub expires_at: Moment,
}

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

/// The sessions of a person that have not ended, those used last first: at most [`SESSIONS_MAX`].
///
/// # Errors
/// When the database does not answer.
pub fn of_person(conn: &mut Conn, person: PersonId, now: Moment) -> Stored<Vec<Open>> {
    let rows: Vec<(String, Stamp, Stamp)> = sessions::table
        .filter(sessions::person_id.eq(Id(person.0)))
        .filter(sessions::expires_at.gt(Stamp(now)))
        .order((sessions::seen_at.desc(), sessions::visit))
        .limit(SESSIONS_MAX)
        .select((sessions::state, sessions::seen_at, sessions::expires_at))
        .load(conn)?;
    Ok(rows
        .into_iter()
        .map(|(state, seen_at, expires_at)| Open {
            state,
            seen_at: seen_at.0,
            expires_at: expires_at.0,
        })
        .collect())
}

/// When a session ends unless it is used; none when it has ended.
///
/// # Errors
/// When the database does not answer.
pub fn ends_at(
    conn: &mut Conn,
    person: PersonId,
    visit: &str,
    now: Moment,
) -> Stored<Option<Moment>> {
    let ends: Option<Stamp> = sessions::table
        .filter(sessions::person_id.eq(Id(person.0)))
        .filter(sessions::visit.eq(visit))
        .filter(sessions::expires_at.gt(Stamp(now)))
        .select(sessions::expires_at)
        .first(conn)
        .optional()?;
    Ok(ends.map(|ends| ends.0))
}

impl Keep<'_> {
    /// Begins a session, and ends those of the same person beyond [`SESSIONS_MAX`].
    ///
    /// # Errors
    /// When the database does not answer.
    pub fn begin_session(
        &mut self,
        key_sha256: Vec<u8>,
        kept: Kept,
        now: Moment,
        expires_at: Moment,
    ) -> Stored<()> {
        diesel::insert_into(sessions::table)
            .values((
                sessions::key_sha256.eq(key_sha256),
                sessions::person_id.eq(kept.person.map(|p| Id(p.0))),
                sessions::visit.eq(kept.visit),
                sessions::single_sign_on.eq(kept.single_sign_on),
                sessions::state.eq(kept.state),
                sessions::seen_at.eq(Stamp(now)),
                sessions::expires_at.eq(Stamp(expires_at)),
            ))
            .execute(self.0)?;
        let Some(person) = kept.person else {
            return Ok(());
        };
        let too_many: Vec<Vec<u8>> = sessions::table
            .filter(sessions::person_id.eq(Id(person.0)))
            .order((sessions::seen_at.desc(), sessions::key_sha256))
            .offset(SESSIONS_MAX)
            .limit(SESSIONS_MAX)
            .select(sessions::key_sha256)
            .load(self.0)?;
        if !too_many.is_empty() {
            diesel::delete(sessions::table.filter(sessions::key_sha256.eq_any(too_many)))
                .execute(self.0)?;
        }
        Ok(())
    }

    /// Saves a session's state. An UPDATE and never an upsert: a session that ended meanwhile stays ended.
    ///
    /// # Errors
    /// When the database does not answer.
    pub fn save_session(
        &mut self,
        key_sha256: &[u8],
        kept: Kept,
        now: Moment,
        expires_at: Moment,
    ) -> Stored<()> {
        diesel::update(sessions::table.find(key_sha256))
            .set((
                sessions::person_id.eq(kept.person.map(|p| Id(p.0))),
                sessions::visit.eq(kept.visit),
                sessions::single_sign_on.eq(kept.single_sign_on),
                sessions::state.eq(kept.state),
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

    /// Ends a session of this person by the id it is named by. False when it has ended before, or is not theirs.
    ///
    /// # Errors
    /// When the database does not answer.
    pub fn end_session_of(&mut self, person: PersonId, visit: &str) -> Stored<bool> {
        let theirs = sessions::table
            .filter(sessions::person_id.eq(Id(person.0)))
            .filter(sessions::visit.eq(visit));
        Ok(diesel::delete(theirs).execute(self.0)? > 0)
    }

    /// Ends every session of a person but one; says how many.
    ///
    /// # Errors
    /// When the database does not answer.
    pub fn end_sessions_of(&mut self, person: PersonId, except: Option<&str>) -> Stored<usize> {
        let theirs = sessions::table.filter(sessions::person_id.eq(Id(person.0)));
        Ok(match except {
            Some(visit) => diesel::delete(theirs.filter(sessions::visit.ne(visit))).execute(self.0),
            None => diesel::delete(theirs).execute(self.0),
        }?)
    }

    /// Ends every session of a side's people that began by single sign-on; says how many.
    ///
    /// # Errors
    /// When the database does not answer.
    pub fn end_signed_on_sessions(&mut self, side: Side) -> Stored<usize> {
        let signed_on = sessions::table.filter(sessions::single_sign_on.eq(true));
        Ok(match side {
            Side::Provider => {
                let theirs = people::table.filter(people::tenant_id.is_null());
                let ids = theirs.select(people::id.nullable());
                diesel::delete(signed_on.filter(sessions::person_id.eq_any(ids))).execute(self.0)
            }
            Side::Tenant(tenant) => {
                let theirs = people::table.filter(people::tenant_id.eq(Id(tenant.0)));
                let ids = theirs.select(people::id.nullable());
                diesel::delete(signed_on.filter(sessions::person_id.eq_any(ids))).execute(self.0)
            }
        }?)
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
