//! The outbox: letters sent by the night shift under a lease. [`super::letters`] writes them.

use diesel::prelude::*;
use uuid::Uuid;

use super::column::{Id, Json, Stamp};
use super::conn::Conn;
use super::schema::outbox;
use super::{Keep, Stored, lease};
use crate::domain::notice::Letter;
use crate::domain::time::Moment;

/// A letter whose sending this process has leased.
#[derive(Debug, Clone)]
pub struct Leased {
    /// Its id, from which its Message-ID is made.
    pub id: Uuid,
    /// The letter.
    pub letter: Letter,
    /// When the act wrote it.
    pub written_at: Moment,
    /// How many times sending was begun, this time included.
    pub attempts: i32,
}

/// A letter that was refused for good, or could not be sent within three days.
#[derive(Debug, Clone)]
pub struct GivenUp {
    /// The letter.
    pub letter: Letter,
    /// When it was given up.
    pub at: Moment,
    /// Why, in the mail server's words.
    pub error: String,
}

lease::notes!(outbox {});

impl Keep<'_> {
    /// Leases at most `limit` letters that are due until `lease_until`, oldest first.
    ///
    /// # Errors
    /// When the database does not answer, or a stored letter makes no sense.
    pub fn lease_letters(
        &mut self,
        now: Moment,
        lease_until: Moment,
        limit: i64,
    ) -> Stored<Vec<Leased>> {
        let due: Vec<Id> = outbox::table
            .filter(lease::waiting!(outbox))
            .filter(
                outbox::due_at
                    .le(Stamp(now))
                    .and(outbox::lease_until.le(Stamp(now))),
            )
            .order((outbox::due_at, outbox::id))
            .limit(limit)
            .select(outbox::id)
            .load(self.0)?;
        let mut leased = Vec::with_capacity(due.len());
        for id in due {
            let columns = (outbox::letter, outbox::written_at, outbox::attempts);
            let row: Option<(Json, Stamp, i32)> =
                lease::claim!(outbox, self.0, id, now, lease_until, columns)?;
            let Some((letter, written_at, attempts)) = row else {
                continue;
            };
            match letter.read("letter") {
                Ok(letter) => leased.push(Leased {
                    id: id.0,
                    letter,
                    written_at: written_at.0,
                    attempts,
                }),
                // It would be as senseless next time, and must not hold up the others.
                Err(error) => {
                    tracing::error!(letter = %id.0, %error, "a stored letter makes no sense and was given up");
                    Note::given_up(&error.to_string(), now).keep(self.0, id, attempts)?;
                }
            }
        }
        Ok(leased)
    }

    /// Notes that a letter was taken by the mail server.
    ///
    /// # Errors
    /// When the database does not answer.
    pub fn letter_sent(&mut self, letter: &Leased, at: Moment) -> Stored<()> {
        Note::sent(at).keep(self.0, Id(letter.id), letter.attempts)
    }

    /// Notes that a letter was not taken, and when to try again.
    ///
    /// # Errors
    /// When the database does not answer.
    pub fn letter_failed(
        &mut self,
        letter: &Leased,
        error: &str,
        try_again_at: Moment,
    ) -> Stored<()> {
        Note::failed(error, try_again_at).keep(self.0, Id(letter.id), letter.attempts)
    }

    /// Notes that a letter is given up.
    ///
    /// # Errors
    /// When the database does not answer.
    pub fn letter_given_up(&mut self, letter: &Leased, error: &str, at: Moment) -> Stored<()> {
        Note::given_up(error, at).keep(self.0, Id(letter.id), letter.attempts)
    }

    /// Sweeps letters sent before `before`; says how many. Letters given up stay.
    ///
    /// # Errors
    /// When the database does not answer.
    pub fn sweep_letters(&mut self, before: Moment) -> Stored<usize> {
        Ok(
            diesel::delete(outbox::table.filter(outbox::sent_at.lt(Stamp(before))))
                .execute(self.0)?,
        )
    }
}

/// The newest letters that were given up, at most `limit`.
///
/// # Errors
/// When a stored letter makes no sense.
pub fn given_up(conn: &mut Conn, limit: i64) -> Stored<Vec<GivenUp>> {
    let rows: Vec<(Json, Option<Stamp>, Option<String>)> = outbox::table
        .filter(outbox::given_up_at.is_not_null())
        .order(outbox::given_up_at.desc())
        .limit(limit)
        .select((outbox::letter, outbox::given_up_at, outbox::last_error))
        .load(conn)?;
    rows.into_iter()
        .filter_map(|(letter, at, error)| {
            let at = at?.0;
            Some(letter.read("letter").map(|letter| GivenUp {
                letter,
                at,
                error: error.unwrap_or_default(),
            }))
        })
        .collect()
}
