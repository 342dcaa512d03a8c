//! Taking somebody's second factors away, so that they can enrol anew.

use super::{is_no_party, on};
use crate::acts::setting::unfit;
use crate::acts::sign_in::Fresh;
use crate::acts::{ActError, Lockbox};
use crate::domain::fact::Fact;
use crate::domain::id::PersonId;
use crate::domain::person::Person;
use crate::domain::rights::Act;
use crate::store::credentials;

/// Takes all second factors of somebody else away. They are signed out everywhere, and enrol an authenticator app when
/// they sign in with their password.
///
/// # Errors
/// [`ActError::Unfit`] for somebody who has not come yet, and for who decides, by whoever waits to do so or has asked for
/// a change that they can stop.
pub fn reset_second_factor(
    lockbox: &Lockbox,
    by: &Fresh,
    person: PersonId,
) -> Result<Person, ActError> {
    on(
        lockbox,
        by,
        person,
        Act::ResetSecondFactor,
        |tx, by, person| {
            is_no_party(tx, by, person)?;
            if person.joined.is_none() {
                let words = format!(
                    "{} has not come yet. Send the invitation again.",
                    person.name
                );
                return Err(unfit("person", words));
            }
            credentials::take_second_factors(tx, person.id)?;
            tx.books().end_sessions_of(person.id, None)?;
            tx.books().forget_devices_of(person.id)?;
            Ok(Fact::SecondFactorReset {
                person: person.id,
                name: person.name.clone(),
            })
        },
    )
}
