//! Changing somebody's roles.

use super::remove::end_their_requests;
use super::{another_administers, fitting, on};
use crate::acts::enrol::room_for_one_more;
use crate::acts::setting::unfit;
use crate::acts::sign_in::Fresh;
use crate::acts::{ActError, Lockbox};
use crate::domain::fact::Fact;
use crate::domain::id::PersonId;
use crate::domain::person::{Person, Role};
use crate::domain::rights::Act;

/// Changes somebody's roles from those that were seen. They are signed out everywhere; who is engineer no more has no
/// request and no access any more.
///
/// # Errors
/// [`ActError::Unfit`] for no role, one of another side, no change, a change of other roles than they have, and where
/// nobody else would administer.
pub fn change_roles(
    lockbox: &Lockbox,
    by: &Fresh,
    person: PersonId,
    seen: &[Role],
    roles: &[Role],
) -> Result<Person, ActError> {
    on(
        lockbox,
        by,
        person,
        Act::ChangeRoles,
        |tx, person, actor| {
            let (roles, before) = (fitting(person.side, roles)?, person.role_names());
            if before != seen {
                return Err(unfit(
                    "role",
                    "Somebody else changed these roles meanwhile. Look at them as they are now.",
                ));
            }
            if roles == before {
                return Err(unfit("role", "These are the roles they have."));
            }
            if !roles.contains(&person.side.administrator()) {
                another_administers(tx, person)?;
            }
            let decided = before.iter().any(|role| role.decides());
            if let Some(tenant) = person.tenant()
                && !decided
                && roles.iter().any(|role| role.decides())
            {
                room_for_one_more(tx, tenant)?;
            }
            if before.contains(&Role::Engineer) && !roles.contains(&Role::Engineer) {
                end_their_requests(tx, person, actor, "The engineer is engineer no more.")?;
            }
            tx.books().end_sessions_of(person.id, None)?;
            Ok(Fact::RolesChanged {
                person: person.id,
                name: person.name.clone(),
                before,
                roles,
            })
        },
    )
}
