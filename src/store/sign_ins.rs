//! When people signed in last.

use std::collections::HashMap;

use diesel::prelude::*;

use super::column::{Id, Stamp};
use super::conn::Conn;
use super::schema::sign_ins;
use super::{Keep, Stored};
use crate::domain::id::PersonId;
use crate::domain::time::Moment;

/// When these people signed in last, those who ever did. The caller bounds their number.
///
/// # Errors
/// When the database does not answer.
pub fn last_of(conn: &mut Conn, people: &[PersonId]) -> Stored<HashMap<PersonId, Moment>> {
    let ids = people.iter().map(|person| Id(person.0));
    let found: Vec<(Id, Stamp)> = sign_ins::table
        .filter(sign_ins::person_id.eq_any(ids))
        .load(conn)?;
    let found = found.into_iter();
    Ok(found.map(|(id, at)| (PersonId(id.0), at.0)).collect())
}

impl Keep<'_> {
    /// Notes that somebody signed in.
    ///
    /// # Errors
    /// When the database does not answer.
    pub fn note_sign_in(&mut self, person: PersonId, at: Moment) -> Stored<()> {
        let noted = diesel::update(sign_ins::table.find(Id(person.0)))
            .set(sign_ins::at.eq(Stamp(at)))
            .execute(self.0)?;
        if noted == 1 {
            return Ok(());
        }
        let first = diesel::insert_into(sign_ins::table)
            .values((
                sign_ins::person_id.eq(Id(person.0)),
                sign_ins::at.eq(Stamp(at)),
            ))
            .execute(self.0);
        match first.map_err(super::StoreError::from) {
            // They signed in twice at this very moment.
            Err(error) if !error.is_unique_violation() => Err(error),
            _ => Ok(()),
        }
    }
}
