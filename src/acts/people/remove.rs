//! Removing somebody, and all that ends with it.

use super::{another_administers, can_still_be_stopped, on};
use crate::acts::setting::{moved, prose};
use crate::acts::sign_in::Fresh;
use crate::acts::{ActError, Lockbox};
use crate::domain::audit::entry::{Actor, Log};
use crate::domain::fact::Fact;
use crate::domain::id::PersonId;
use crate::domain::person::{Person, Role};
use crate::domain::request::State;
use crate::domain::rights::Act;
use crate::store::requests::{self, OPEN};
use crate::store::{Facts, StoreError, Tx, credentials, identity_links, one_time_links};

/// Removes somebody: from this moment they cannot sign in, decide or have access. Their requests are withdrawn, their
/// accesses revoked, their sessions ended, their links and keys worth nothing. What an identity provider called them is
/// nobody's, and may become somebody's as it does the first time. What they did keeps their name.
///
/// # Errors
/// [`ActError::Unfit`] for the last administrator.
pub fn remove(lockbox: &Lockbox, by: &Fresh, person: PersonId) -> Result<Person, ActError> {
    on(lockbox, by, person, Act::RemovePerson, |tx, by, person| {
        another_administers(tx, person)?;
        can_still_be_stopped(tx, by, person)?;
        if person.is(Role::Engineer) {
            end_their_requests(tx, person, &Actor::of(by), "The engineer was removed.")?;
        }
        credentials::take_all(tx, person.id)?;
        identity_links::unlink(tx, person.id)?;
        one_time_links::end_all(tx, person.id)?;
        tx.books().end_sessions_of(person.id, None)?;
        tx.books().forget_devices_of(person.id)?;
        Ok(Fact::PersonRemoved {
            person: person.id,
            name: person.name.clone(),
            roles: person.role_names(),
        })
    })
}

/// Withdraws what an engineer has waiting and revokes what they were given, in every tenant's log, in the order of the
/// logs' ids.
pub(super) fn end_their_requests(
    tx: &mut Tx<'_>,
    engineer: &Person,
    by: &Actor,
    why: &str,
) -> Result<(), ActError> {
    let now = tx.now();
    let why = prose(why)?;
    for tenant in requests::tenants_with_open(tx.conn(), engineer.id, now)? {
        tx.perhaps_in(Log::Tenant(tenant), |tx| {
            let moved = moved(tx, tenant, &OPEN, by, |request| {
                Ok(
                    (request.engineer == engineer.id).then(|| match request.state {
                        State::Approved { .. } | State::Active { .. } => {
                            Fact::RequestRevoked { why: why.clone() }
                        }
                        _ => Fact::RequestWithdrawn,
                    }),
                )
            })?;
            Ok::<_, StoreError>(Facts::of_requests(moved))
        })?;
    }
    Ok(())
}
