//! How many verification codes a person may try.

use chrono::TimeDelta;
use diesel::prelude::*;
use diesel::result::{DatabaseErrorKind::UniqueViolation, Error::DatabaseError};

use super::column::{Id, Stamp};
use super::schema::second_factor_tries;
use super::{Keep, Stored};
use crate::domain::id::PersonId;
use crate::domain::time::Moment;

/// Most codes a person may try within [`TRIES_WITHIN`]. Only who has shown the password gets to try, so nobody is
/// locked out by name.
pub const TRIES_MAX: i32 = 10;
/// The time in which tries are counted together.
pub const TRIES_WITHIN: TimeDelta = TimeDelta::minutes(10);

impl Keep<'_> {
    /// Takes one try before a code is compared, so that codes tried at the same moment are counted one by one. False
    /// when none is left.
    ///
    /// # Errors
    /// When the database does not answer.
    pub fn take_code_try(&mut self, person: PersonId, now: Moment) -> Stored<bool> {
        if self.count_code_try(person, now)? {
            return Ok(true);
        }
        let first = diesel::insert_into(second_factor_tries::table)
            .values((
                second_factor_tries::person_id.eq(Id(person.0)),
                second_factor_tries::tries.eq(1),
                second_factor_tries::since.eq(Stamp(now)),
            ))
            .execute(self.0);
        match first {
            Ok(_) => Ok(true),
            // There is a row: either it is full, or it was made a moment ago.
            Err(DatabaseError(UniqueViolation, _)) => self.count_code_try(person, now),
            Err(error) => Err(error.into()),
        }
    }

    /// Forgets the tries of a person whose code was right.
    ///
    /// # Errors
    /// When the database does not answer.
    pub fn forget_code_tries(&mut self, person: PersonId) -> Stored<()> {
        diesel::delete(second_factor_tries::table.find(Id(person.0))).execute(self.0)?;
        Ok(())
    }

    fn count_code_try(&mut self, person: PersonId, now: Moment) -> Stored<bool> {
        let row = || second_factor_tries::table.find(Id(person.0));
        let over = row().filter(second_factor_tries::since.le(Stamp(now - TRIES_WITHIN)));
        let begun_anew = diesel::update(over)
            .set((
                second_factor_tries::tries.eq(1),
                second_factor_tries::since.eq(Stamp(now)),
            ))
            .execute(self.0)?;
        if begun_anew == 1 {
            return Ok(true);
        }
        let left = row().filter(second_factor_tries::tries.lt(TRIES_MAX));
        let counted = diesel::update(left)
            .set(second_factor_tries::tries.eq(second_factor_tries::tries + 1))
            .execute(self.0)?;
        Ok(counted == 1)
    }
}
