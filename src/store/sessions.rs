//! Sessions: kept only as the hash of their key, and never brought back once gone.
//!
//! A session begins under a key that nobody has, once what it stands on was looked at again; only then it is given one to
//! hand out. From there on its row is changed and never made anew.

use diesel::prelude::*;

use super::column::{Id, Stamp};
use super::conn::Conn;
use super::schema::{people, sessions};
use super::{Keep, Stored, audit, credentials, identity_links, passkeys, single_sign_on};
use crate::domain::audit::entry::Log;
use crate::domain::hex::sha256_hex;
use crate::domain::id::{PasskeyId, PersonId, TenantId};
use crate::domain::person::Side;
use crate::domain::single_sign_on::IdentityLink;
use crate::domain::time::Moment;

/// Most sessions of one person who is in. A further one ends the one that was not used for longest.
pub const SESSIONS_MAX: i64 = 20;
/// Most sessions in which somebody showed this person's password alone. They end each other, and none of who is in.
pub const HALF_IN_MAX: i64 = 5;

/// What a session keeps.
#[derive(Debug, Clone, Default)]
pub struct Kept {
    /// Whose it is.
    pub person: Option<PersonId>,
    /// The id it is named by, which opens nothing.
    pub visit: String,
    /// Whether it began by single sign-on.
    pub single_sign_on: bool,
    /// Whether the second factor was not shown yet.
    pub half_in: bool,
    /// Whether a half-in one began in a browser that the person had signed in with before.
    pub at_known_device: bool,
    /// What it holds.
    pub state: String,
}

/// What a new session stands on. It was right when it was shown, and may have been taken away since.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Ground {
    /// The password of which this is SHA-256 of the hash, in hex.
    Password(String),
    /// This passkey.
    Passkey(PasskeyId),
    /// What an identity provider calls them, while it is believed.
    IdentityLink(IdentityLink),
    /// They came just now, with all they need.
    Arrival,
}

/// What of a session's row changes with what it keeps.
#[derive(Insertable, AsChangeset)]
#[diesel(table_name = sessions, treat_none_as_default_value = false, treat_none_as_null = true)]
struct Row {
    person_id: Option<Id>,
    visit: String,
    single_sign_on: bool,
    half_in: bool,
    state: String,
    seen_at: Stamp,
    expires_at: Stamp,
}

impl Row {
    fn of(kept: Kept, seen_at: Moment, expires_at: Moment) -> Self {
        Self {
            person_id: kept.person.map(|person| Id(person.0)),
            visit: kept.visit,
            single_sign_on: kept.single_sign_on,
            half_in: kept.half_in,
            state: kept.state,
            seen_at: Stamp(seen_at),
            expires_at: Stamp(expires_at),
        }
    }
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

/// The sessions of a person that have not ended, those used last first: at most [`SESSIONS_MAX`], and [`HALF_IN_MAX`] of
/// known browsers and of others.
///
/// # Errors
/// When the database does not answer.
pub fn of_person(conn: &mut Conn, person: PersonId, now: Moment) -> Stored<Vec<Open>> {
    let rows: Vec<(String, Stamp, Stamp)> = sessions::table
        .filter(sessions::person_id.eq(Id(person.0)))
        .filter(sessions::expires_at.gt(Stamp(now)))
        .order((sessions::seen_at.desc(), sessions::visit))
        .limit(SESSIONS_MAX + 2 * HALF_IN_MAX)
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
    /// Begins a session under a key that nobody has, and ends those of the same person that are too many. False when what
    /// it stands on is there no more: the log is held meanwhile, so no act takes it away unseen.
    ///
    /// # Errors
    /// When the database does not answer.
    pub fn begin_session(
        &mut self,
        key_sha256: &[u8],
        kept: Kept,
        ground: &Ground,
        now: Moment,
        expires_at: Moment,
    ) -> Stored<bool> {
        let Some(person) = kept.person else {
            return Ok(false);
        };
        // A person's side never changes, so it may be asked before.
        let Some(log) = log_of(self.0, person)? else {
            return Ok(false);
        };
        self.0.transaction(|conn| {
            audit::hold(conn, log)?;
            if !ground.is_there(conn, person, log.side())? {
                return Ok(false);
            }
            let (half_in, at_known_device) = (kept.half_in, kept.at_known_device);
            diesel::insert_into(sessions::table)
                .values((
                    sessions::key_sha256.eq(key_sha256),
                    sessions::at_known_device.eq(at_known_device),
                    Row::of(kept, now, expires_at),
                ))
                .execute(conn)?;
            end_too_many(conn, person, half_in, at_known_device, key_sha256)?;
            Ok(true)
        })
    }

    /// Lets somebody in whose session of this id is half in: the same row under another key, which nobody has yet. False
    /// when it ended meanwhile: whatever ends somebody's sessions ends this one before or after.
    ///
    /// # Errors
    /// When the database does not answer.
    pub fn enter_session(
        &mut self,
        half_in: &str,
        key_sha256: &[u8],
        kept: Kept,
        now: Moment,
        expires_at: Moment,
    ) -> Stored<bool> {
        let Some(person) = kept.person else {
            return Ok(false);
        };
        let before = sessions::table
            .filter(sessions::person_id.eq(Id(person.0)))
            .filter(sessions::visit.eq(half_in))
            .filter(sessions::half_in.eq(true))
            .filter(sessions::expires_at.gt(Stamp(now)));
        let half_in = kept.half_in;
        let entered = diesel::update(before)
            .set((
                sessions::key_sha256.eq(key_sha256),
                sessions::at_known_device.eq(false),
                Row::of(kept, now, expires_at),
            ))
            .execute(self.0)?;
        if entered == 0 {
            return Ok(false);
        }
        end_too_many(self.0, person, half_in, false, key_sha256)?;
        Ok(true)
    }

    /// Gives a session of this person that has begun the key that is handed out. One that ended meanwhile stays ended.
    ///
    /// # Errors
    /// When the database does not answer.
    pub fn hand_out_session(
        &mut self,
        person: PersonId,
        visit: &str,
        key_sha256: &[u8],
    ) -> Stored<()> {
        let theirs = sessions::table
            .filter(sessions::person_id.eq(Id(person.0)))
            .filter(sessions::visit.eq(visit));
        diesel::update(theirs)
            .set(sessions::key_sha256.eq(key_sha256))
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
        kept: Kept,
        now: Moment,
        expires_at: Moment,
    ) -> Stored<()> {
        diesel::update(sessions::table.find(key_sha256))
            .set(Row::of(kept, now, expires_at))
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

impl Ground {
    /// Whether this person is here and it is still theirs.
    fn is_there(&self, conn: &mut Conn, person: PersonId, side: Side) -> Stored<bool> {
        let here = people::table
            .find(Id(person.0))
            .filter(people::joined_at.is_not_null())
            .filter(people::removed_at.is_null());
        let here: bool = diesel::select(diesel::dsl::exists(here)).get_result(conn)?;
        Ok(here
            && match self {
                Self::Password(sha256) => {
                    let hash = credentials::password(conn, person)?;
                    hash.is_some_and(|hash| sha256_hex(hash.as_bytes()) == *sha256)
                }
                Self::Passkey(id) => {
                    let theirs = passkeys::of_person(conn, person)?;
                    theirs.iter().any(|passkey| passkey.id == *id)
                }
                Self::IdentityLink(link) => {
                    let sign_on = single_sign_on::of(conn, side)?;
                    sign_on.is_some_and(|(sign_on, _)| {
                        sign_on.is_on() && sign_on.setting.issuer == link.issuer
                    }) && identity_links::of_person(conn, person)?.as_ref() == Some(link)
                }
                Self::Arrival => true,
            })
    }
}

/// The log of a person's side; nothing where nobody has this id.
fn log_of(conn: &mut Conn, person: PersonId) -> Stored<Option<Log>> {
    let tenant: Option<Option<Id>> = people::table
        .find(Id(person.0))
        .select(people::tenant_id)
        .first(conn)
        .optional()?;
    let log = |tenant: Option<Id>| tenant.map_or(Log::Provider, |id| Log::Tenant(TenantId(id.0)));
    Ok(tenant.map(log))
}

/// Ends those of a person's sessions that are too many beside this new one. Half-in ones push out none who are in, and
/// those of other browsers none of a known one: whoever has the password alone keeps nobody out.
fn end_too_many(
    conn: &mut Conn,
    person: PersonId,
    half_in: bool,
    at_known_device: bool,
    new_sha256: &[u8],
) -> Stored<()> {
    let most = if half_in { HALF_IN_MAX } else { SESSIONS_MAX };
    let too_many: Vec<Vec<u8>> = sessions::table
        .filter(sessions::person_id.eq(Id(person.0)))
        .filter(sessions::half_in.eq(half_in))
        .filter(sessions::at_known_device.eq(at_known_device))
        .filter(sessions::key_sha256.ne(new_sha256))
        .order((sessions::seen_at.desc(), sessions::key_sha256))
        .offset(most - 1)
        .limit(SESSIONS_MAX)
        .select(sessions::key_sha256)
        .load(conn)?;
    if !too_many.is_empty() {
        diesel::delete(sessions::table.filter(sessions::key_sha256.eq_any(too_many)))
            .execute(conn)?;
    }
    Ok(())
}
