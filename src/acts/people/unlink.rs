//! Taking away what an identity provider calls somebody.

use super::{is_no_party, on};
use crate::acts::setting::unfit;
use crate::acts::sign_in::Fresh;
use crate::acts::{ActError, Lockbox};
use crate::domain::fact::Fact;
use crate::domain::id::PersonId;
use crate::domain::person::Person;
use crate::domain::rights::Act;
use crate::store::identity_links;

/// From now on the identity provider's name for somebody else is nobody's: the next time they come by single sign-on, they
/// are known by their mail address again. They are signed out everywhere.
///
/// # Errors
/// [`ActError::Unfit`] for somebody whom no identity provider knows, and for who decides, by whoever waits to do so or has
/// asked for a change that they can stop.
pub fn unlink(lockbox: &Lockbox, by: &Fresh, person: PersonId) -> Result<Person, ActError> {
    on(lockbox, by, person, Act::UnlinkPerson, |tx, by, person| {
        is_no_party(tx, by, person)?;
        let Some(link) = identity_links::of_person(tx.conn(), person.id)? else {
            let words = format!("{} is known to no identity provider.", person.name);
            return Err(unfit("person", words));
        };
        identity_links::unlink(tx, person.id)?;
        tx.books().end_sessions_of(person.id, None)?;
        Ok(Fact::PersonUnlinked {
            person: person.id,
            name: person.name.clone(),
            issuer: link.issuer,
            subject: link.subject,
        })
    })
}
