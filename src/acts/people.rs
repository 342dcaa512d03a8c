//! Managing the people of one's side: inviting, changing roles, removing, resetting second factors.

mod invite;
mod postage;
mod remove;
mod reset_second_factor;
mod roles;
mod unlink;

pub use invite::{NewPerson, invite, invite_again, may_be_invited_again};
pub use remove::remove;
pub use reset_second_factor::reset_second_factor;
pub use roles::{change_roles, stop_deciding};
pub use unlink::unlink;

pub(super) use roles::follow_groups;

pub(super) use invite::by_invitation;
pub(super) use postage::send_invitation;

use super::setting::unfit;
use super::sign_in::Fresh;
use super::{ActError, Lockbox};
use crate::domain::audit::entry::{Actor, Log};
use crate::domain::fact::Fact;
use crate::domain::id::PersonId;
use crate::domain::person::{Person, Role, Side};
use crate::domain::rights::{Act, Denied, Subject, may};
use crate::domain::time::Moment;
use crate::domain::weakening::Delay;
use crate::store::{Facts, StoreError, Stored, Tx, people, single_sign_on, tenants};

/// An act on a person of one's own side: rights, load, decide, save, fact. What is decided knows who acts, and on whom.
fn on(
    lockbox: &Lockbox,
    by: &Fresh,
    person: PersonId,
    act: Act,
    decide: impl FnOnce(&mut Tx<'_>, &Person, &Person) -> Result<Fact, ActError>,
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
        let fact = decide(tx, &who, &person)?;
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

/// The last administrator of a side stays: nobody else could let anybody in. While single sign-on is on, so does the last
/// one who has a password: without them, the side would be shut out with its identity provider.
fn another_administers(tx: &mut Tx<'_>, person: &Person) -> Result<(), ActError> {
    let role = person.side.administrator();
    if !person.is(role) || person.joined.is_none() {
        return Ok(());
    }
    let mut others = people::administrators(tx.conn(), person.side)?;
    others.retain(|other| other.id != person.id);
    if others.is_empty() {
        let words = format!(
            "{} is the last {role}. Make somebody else one first; they count once they have joined.",
            person.name
        );
        return Err(unfit("role", words));
    }
    let sign_on = single_sign_on::of(tx.conn(), person.side)?;
    if sign_on.is_some_and(|(sign_on, _)| sign_on.is_on())
        && has_password(tx, std::slice::from_ref(person))?
        && !has_password(tx, &others)?
    {
        let words = format!(
            "{} is the last {role} who has a password. While single sign-on is on, one stays, for the day when the identity provider is away.",
            person.name
        );
        return Err(unfit("role", words));
    }
    Ok(())
}

/// What weakens the protection and waits can be stopped by whoever decides. Meanwhile whoever asked for it takes none of
/// them away; and while somebody waits to decide, nobody takes the last one away who could stop that beside themselves:
/// they may have let them in for that.
fn can_still_be_stopped(tx: &mut Tx<'_>, by: &Person, person: &Person) -> Result<(), ActError> {
    is_no_party(tx, by, person)?;
    let now = tx.now();
    let Some(tenant) = person.tenant().filter(|_| person.decides_at(now)) else {
        return Ok(());
    };
    let mut others = people::approvers(tx.conn(), tenant)?;
    others.retain(|other| other.id != person.id && other.id != by.id && other.decides_at(now));
    let waiting = people::waiting_to_decide(tx.conn(), tenant, now)?;
    match waiting.iter().find(|waits| waits.id != person.id) {
        Some(waits) if others.is_empty() => {
            let words = format!(
                "{} can stop {}, who is to decide and waits for that. Until then, or until that is stopped, they stay.",
                person.name, waits.name
            );
            Err(unfit("role", words))
        }
        _ => Ok(()),
    }
}

/// Whoever asked for a change that weakens the protection, or waits to decide, takes nobody's power to stop it.
fn is_no_party(tx: &mut Tx<'_>, by: &Person, person: &Person) -> Result<(), ActError> {
    let decides = person.roles.iter().any(|held| held.role.decides());
    let Some(tenant) = person.tenant().filter(|_| decides) else {
        return Ok(());
    };
    does_not_wait(by, tx.now())?;
    let pending = tenants::by_id(tx.conn(), tenant)?.and_then(|tenant| tenant.pending);
    if pending.is_some_and(|pending| pending.asked_by == by.id) {
        let words = format!(
            "You asked for a change that weakens the protection, and {} can stop it. While it waits, they stay.",
            person.name
        );
        return Err(unfit("role", words));
    }
    Ok(())
}

/// Who is to decide and waits for that has no power yet over those who decide.
fn does_not_wait(by: &Person, now: Moment) -> Result<(), ActError> {
    if by.waits_to_decide(now).is_empty() || by.decides_at(now) {
        return Ok(());
    }
    Err(unfit(
        "role",
        "Your own role does not decide yet. Until it does, whoever decides stays as they are.",
    ))
}

/// Whether a side has an administrator who comes in without its identity provider.
pub(super) fn is_administered_locally(tx: &mut Tx<'_>, side: Side) -> Result<bool, ActError> {
    let administrators = people::administrators(tx.conn(), side)?;
    has_password(tx, &administrators)
}

fn has_password(tx: &mut Tx<'_>, of: &[Person]) -> Result<bool, ActError> {
    Ok(!people::with_password(tx.conn(), of)?.is_empty())
}

/// How long a role that decides waits on this side before it counts, which is as long as what weakens its protection.
fn delay_of(tx: &mut Tx<'_>, side: Side) -> Stored<Delay> {
    Ok(match side {
        Side::Provider => Delay::None,
        Side::Tenant(tenant) => {
            tenants::by_id(tx.conn(), tenant)?.map_or(Delay::None, |tenant| tenant.delay)
        }
    })
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
