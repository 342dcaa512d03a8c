//! Changing somebody's roles.

use std::collections::BTreeSet;

use super::remove::end_their_requests;
use super::{
    after, another_administers, can_still_be_stopped, delay_of, does_not_wait, fitting, on,
};
use crate::acts::enrol::room_for_one_more;
use crate::acts::setting::unfit;
use crate::acts::sign_in::Fresh;
use crate::acts::{ActError, Lockbox};
use crate::domain::audit::entry::{Actor, Author, Log};
use crate::domain::fact::Fact;
use crate::domain::id::PersonId;
use crate::domain::person::{Person, Role};
use crate::domain::rights::{Act, Denied};
use crate::domain::single_sign_on::{GroupRoles, SignOn};
use crate::store::{Facts, Tx, people};

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
    on(lockbox, by, person, Act::ChangeRoles, |tx, by, person| {
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
        can_be_lost(tx, by, person, &roles)?;
        changed(tx, person, &Actor::of(by), roles)
    })
}

/// Takes the roles away from somebody that decide and do not count yet: whoever decides may, as they may stop everything
/// else that weakens the protection and waits. What they hold besides stays.
///
/// # Errors
/// [`ActError::Unfit`] when nothing waits any more, and where nobody else would administer.
pub fn stop_deciding(lockbox: &Lockbox, by: &Fresh, person: PersonId) -> Result<Person, ActError> {
    on(lockbox, by, person, Act::StopWeakening, |tx, by, person| {
        does_not_wait(by, tx.now())?;
        let waits = person.waits_to_decide(tx.now());
        if waits.is_empty() {
            return Err(unfit("person", "There is nothing to stop any more."));
        }
        let mut roles = person.role_names();
        roles.retain(|role| !waits.contains(role));
        can_be_lost(tx, by, person, &roles)?;
        changed(tx, person, &Actor::of(by), roles)
    })
}

/// Whether all roles but these can be taken from somebody: others administer, and whatever waits can be stopped still.
fn can_be_lost(
    tx: &mut Tx<'_>,
    by: &Person,
    person: &Person,
    left: &[Role],
) -> Result<(), ActError> {
    if !left.contains(&person.side.administrator()) {
        another_administers(tx, person)?;
    }
    if !left.iter().any(|role| role.decides()) {
        can_still_be_stopped(tx, by, person)?;
    }
    Ok(())
}

/// Lets somebody's roles follow the groups in which their identity provider says they are: those that the groups name
/// at all, and no others. The last administrator stays one, and who set the groups themselves gains nothing by them.
pub(in crate::acts) fn follow_groups(
    lockbox: &Lockbox,
    person: PersonId,
    sign_on: &SignOn,
    groups: &GroupRoles,
    given: &BTreeSet<Role>,
) -> Result<(), ActError> {
    let (side, own) = (sign_on.side, sign_on.set_by == person);
    let wanted = |person: &Person| groups.of(&person.role_names(), given, own);
    let differs = |person: &Person| !wanted(person).into_iter().eq(person.role_names());
    let known = lockbox.store.read(|conn| people::by_id(conn, person))?;
    if !known.is_some_and(|known| differs(&known)) {
        return Ok(());
    }
    let by = Author::local(Actor::System);
    let followed = lockbox.store.write(Log::of(side), &by, |tx| {
        let person = people::by_id(tx.conn(), person)?.ok_or(Denied::NotThere)?;
        let mut roles = wanted(&person);
        if another_administers(tx, &person).is_err() {
            roles.insert(side.administrator());
        }
        let roles = Vec::from_iter(roles);
        if person.removed.is_some() || roles == person.role_names() {
            return Err(unfit("role", "Nothing has to be changed."));
        }
        let fact = changed(tx, &person, &by.actor, roles)?;
        after(tx, &person, &fact, &by.actor)?;
        Ok(((), Facts::one(fact)))
    });
    match followed {
        Err(ActError::Unfit(_)) => Ok(()),
        done => done,
    }
}

/// What every change of roles brings about.
fn changed(
    tx: &mut Tx<'_>,
    person: &Person,
    by: &Actor,
    roles: Vec<Role>,
) -> Result<Fact, ActError> {
    let before = person.role_names();
    let decided = before.iter().any(|role| role.decides());
    if let Some(tenant) = person.tenant()
        && !decided
        && roles.iter().any(|role| role.decides())
    {
        room_for_one_more(tx, tenant)?;
    }
    if before.contains(&Role::Engineer) && !roles.contains(&Role::Engineer) {
        end_their_requests(tx, person, by, "The engineer is engineer no more.")?;
    }
    tx.books().end_sessions_of(person.id, None)?;
    let delay = delay_of(tx, person.side)?;
    Ok(Fact::RolesChanged {
        person: person.id,
        name: person.name.clone(),
        before,
        decides_from: delay.decides_from(&person.roles, &roles, tx.now()),
        roles,
    })
}
