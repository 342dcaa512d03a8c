//! Addresses whose password somebody says they forgot, until the night shift has seen to them. Whether an address is
//! anybody's is asked only there, so that nobody at the door can tell by the time an answer takes.

use diesel::prelude::*;

use super::column::Stamp;
use super::schema::forgotten_passwords;
use super::{Keep, StoreError, Stored};
use crate::domain::text::EmailAddress;
use crate::domain::time::Moment;

/// Most addresses that wait; more are not kept.
pub const WAITING_MAX: i64 = 10_000;

impl Keep<'_> {
    /// Notes an address, if it does not wait already.
    ///
    /// # Errors
    /// When the database does not answer.
    pub fn note_forgotten_password(&mut self, email: &EmailAddress, now: Moment) -> Stored<()> {
        let waiting: i64 = forgotten_passwords::table.count().get_result(self.0)?;
        if waiting >= WAITING_MAX {
            tracing::warn!("too many forgotten passwords wait; one was not noted");
            return Ok(());
        }
        let noted = diesel::insert_into(forgotten_passwords::table)
            .values((
                forgotten_passwords::email.eq(email.as_str()),
                forgotten_passwords::asked_at.eq(Stamp(now)),
            ))
            .execute(self.0);
        match noted.map_err(StoreError::from) {
            Err(error) if !error.is_unique_violation() => Err(error),
            _ => Ok(()),
        }
    }

    /// Takes the addresses that wait, oldest first, at most `limit`. Each is one taker's.
    ///
    /// # Errors
    /// When the database does not answer.
    pub fn take_forgotten_passwords(&mut self, limit: i64) -> Stored<Vec<EmailAddress>> {
        let waiting: Vec<String> = forgotten_passwords::table
            .order((forgotten_passwords::asked_at, forgotten_passwords::email))
            .limit(limit)
            .select(forgotten_passwords::email)
            .load(self.0)?;
        let mut taken = Vec::with_capacity(waiting.len());
        for email in waiting {
            if diesel::delete(forgotten_passwords::table.find(&email)).execute(self.0)? == 1 {
                taken.push(super::column::read(
                    "mail address",
                    EmailAddress::parse(&email),
                )?);
            }
        }
        Ok(taken)
    }
}
