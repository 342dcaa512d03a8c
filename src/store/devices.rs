//! The browsers from which people have signed in.

use diesel::prelude::*;

use super::column::{Id, Stamp};
use super::conn::{Conn, either};
use super::schema::{devices, people};
use super::{Keep, Stored};
use crate::domain::id::PersonId;
use crate::domain::text::EmailAddress;
use crate::domain::time::Moment;

/// Most devices of one person that are remembered. A further one is remembered in place of the one not used for longest.
pub const DEVICES_MAX: i64 = 20;

/// Whether this person has signed in with this browser.
///
/// # Errors
/// When the database does not answer.
pub fn is_known(conn: &mut Conn, cookie_sha256: &[u8], person: PersonId) -> Stored<bool> {
    let found = devices::table.find((cookie_sha256, Id(person.0)));
    Ok(diesel::select(diesel::dsl::exists(found)).get_result(conn)?)
}

/// Whether who is here with this address has signed in with this browser.
///
/// # Errors
/// When the database does not answer.
pub fn is_known_at(conn: &mut Conn, cookie_sha256: &[u8], email: &EmailAddress) -> Stored<bool> {
    let whose = people::table
        .filter(people::email.eq(email.as_str()))
        .filter(
            people::joined_at
                .is_not_null()
                .and(people::removed_at.is_null()),
        )
        .select(people::id);
    let found = devices::table
        .filter(devices::cookie_sha256.eq(cookie_sha256))
        .filter(devices::person_id.eq_any(whose));
    Ok(diesel::select(diesel::dsl::exists(found)).get_result(conn)?)
}

impl Keep<'_> {
    /// Remembers that this person has signed in with this browser.
    ///
    /// # Errors
    /// When the database does not answer.
    pub fn remember_device(
        &mut self,
        cookie_sha256: &[u8],
        person: PersonId,
        now: Moment,
    ) -> Stored<()> {
        self.0.transaction(|conn| {
            let row = (
                devices::cookie_sha256.eq(cookie_sha256),
                devices::person_id.eq(Id(person.0)),
                devices::used_at.eq(Stamp(now)),
            );
            either!(conn, |conn| diesel::insert_into(devices::table)
                .values(row)
                .on_conflict((devices::cookie_sha256, devices::person_id))
                .do_update()
                .set(devices::used_at.eq(Stamp(now)))
                .execute(conn)?);
            let too_many: Vec<Vec<u8>> = devices::table
                .filter(devices::person_id.eq(Id(person.0)))
                .order((devices::used_at.desc(), devices::cookie_sha256))
                .offset(DEVICES_MAX)
                .limit(DEVICES_MAX)
                .select(devices::cookie_sha256)
                .load(conn)?;
            if !too_many.is_empty() {
                let theirs = devices::table.filter(devices::person_id.eq(Id(person.0)));
                diesel::delete(theirs.filter(devices::cookie_sha256.eq_any(too_many)))
                    .execute(conn)?;
            }
            Ok(())
        })
    }

    /// Forgets every device of a person: their next sign-in is one from an unknown device.
    ///
    /// # Errors
    /// When the database does not answer.
    pub fn forget_devices_of(&mut self, person: PersonId) -> Stored<()> {
        diesel::delete(devices::table.filter(devices::person_id.eq(Id(person.0))))
            .execute(self.0)?;
        Ok(())
    }

    /// Sweeps devices not used since a moment; says how many.
    ///
    /// # Errors
    /// When the database does not answer.
    pub fn sweep_devices(&mut self, before: Moment) -> Stored<usize> {
        Ok(
            diesel::delete(devices::table.filter(devices::used_at.lt(Stamp(before))))
                .execute(self.0)?,
        )
    }
}
