//! Managing the people of one's side: inviting, changing roles, removing, resetting second factors.

mod invite;
mod remove;
mod reset_second_factor;
mod roles;

pub use invite::{NewPerson, invite, invite_again};
pub use remove::remove;
pub use reset_second_factor::reset_second_factor;
pub use roles::change_roles;

pub(super) use roles::follow_groups;

pub(super) use invite::by_invitation;

use super::setting::unfit;
use super::sign_in::Fresh;
use super::{ActError, Lockbox};
use crate::domain::audit::entry::{Actor, Log};
use crate::domain::fact::Fact;
use crate::domain::id::PersonId;
use crate::domain::person::{Person, Role, Side};
use crate::domain::rights::{Act, Denied, Subject, may};
use crate::store::{Facts, StoreError, Tx, people};

/// An act on a person of one's own side: rights, load, decide, save, fact.
fn on(
    lockbox: &Lockbox,
    by: &Fresh,
    person: PersonId,
    act: Act,
    decide: impl FnOnce(&mut Tx<'_>, &Person, &Actor) -> Result<Fact, ActError>,
) -> Result<Person, ActError> {
    let author = by.author();
    let log = Log::of(by.person.side);
    lockbox.store.write(log, &author, |tx| {
        let who = people::by_id(tx.conn(), by.person.id)?.ok_or(Denied::NotThere)?;
        let person = people::by_id(tx.conn(), person)?.ok_or(Denied::NotThere)?;
        may(&who, act, Subject::Person(&person))?;
        if person.removed.is_some() {
            return Err(Denied::NotThere.into());
        }
        let fact = decide(tx, &person, &author.actor)?;
        let next = after(tx, &person, &fact, &author.actor)?;
        Ok((next, Facts::one(fact)))
    })
}

/// The person after this fact, saved.
pub(super) fn after(
    tx: &mut Tx<'_>,
    person: &Person,
    fact: &Fact,
    by: &Actor,
) -> Result<Person, ActError> {
    let next = person
        .apply(fact, by, tx.now())
        .map_err(|e| StoreError::Senseless(e.to_string()))?;
    people::save(tx, &next)?;
    Ok(next)
}

/// The last administrator of a side stays: nobody else could let anybody in.
fn another_administers(tx: &mut Tx<'_>, person: &Person) -> Result<(), ActError> {
    let role = person.side.administrator();
    if !person.is(role) || person.joined.is_none() {
        return Ok(());
    }
    let others = people::administrators(tx.conn(), person.side)?;
    if others.iter().any(|other| other.id != person.id) {
        return Ok(());
    }
    let words = format!(
        "{} is the last {role}. Make somebody else one first; they count once they have joined.",
        person.name
    );
    Err(unfit("role", words))
}

/// One or more roles of this side, each once and in order.
fn fitting(side: Side, roles: &[Role]) -> Result<Vec<Role>, ActError> {
    let mut roles = roles.to_vec();
    roles.sort_unstable();
    roles.dedup();
    if roles.is_empty() {
        return Err(unfit("role", "Choose at least one role."));
    }
    if roles.iter().all(|role| side.has(*role)) {
        Ok(roles)
    } else {
        Err(unfit("role", "Choose roles of your own organisation."))
    }
}
