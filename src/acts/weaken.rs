//! Changes that weaken a tenant's protection, where it wants them to wait: they are asked for, everybody who decides is
//! told, any of them can stop it, and the night shift does it when it is due.

use super::limits::can_be_met;
use super::setting::{after, change, end_outside_hours, unfit};
use super::sign_in::Fresh;
use super::{ActError, Lockbox, due, single_sign_on};
use crate::domain::audit::entry::{Actor, Asked, Log};
use crate::domain::fact::Fact;
use crate::domain::id::TenantId;
use crate::domain::person::{Person, Side};
use crate::domain::rights::{Act, Denied, Subject, may};
use crate::domain::tenant::Tenant;
use crate::domain::time::Moment;
use crate::domain::weakening::{Delay, Pending, Weakening};
use crate::store::{Facts, Tx, people, services, tenants};

const WAITS_ALREADY: &str = "A change that weakens the protection waits already. Stop it first.";

/// What a change comes to: itself, or asking for it where it weakens the protection and has to wait.
///
/// # Errors
/// [`ActError::Unfit`] while another one waits that it would meet.
pub(super) fn or_wait(row: &Tenant, fact: Fact, now: Moment) -> Result<Fact, ActError> {
    meets_none(row, &fact)?;
    match Weakening::of(&fact, row) {
        Some(_) if row.delay != Delay::None && row.pending.is_some() => {
            Err(unfit("tenant", WAITS_ALREADY))
        }
        Some(what) if row.delay != Delay::None => Ok(Fact::WeakeningAsked {
            what,
            due: now + row.delay.time(),
        }),
        _ => Ok(fact),
    }
}

/// The same for a change of what a side has beside its tenant's row: what is said instead while it has to wait. What the
/// provider sets for itself waits for nobody.
///
/// # Errors
/// As [`or_wait`].
pub(super) fn asked_instead(
    tx: &mut Tx<'_>,
    side: Side,
    fact: &Fact,
    by: &Actor,
) -> Result<Option<Fact>, ActError> {
    let Side::Tenant(tenant) = side else {
        return Ok(None);
    };
    let row = tenants::by_id(tx.conn(), tenant)?.ok_or(Denied::NotThere)?;
    let said = or_wait(&row, fact.clone(), tx.now())?;
    if said == *fact {
        return Ok(None);
    }
    after(tx, &row, &said, by)?;
    Ok(Some(said))
}

/// While one waits, what it changes stays as it is.
///
/// # Errors
/// [`ActError::Unfit`] where this would change it.
pub(super) fn meets_none(row: &Tenant, fact: &Fact) -> Result<(), ActError> {
    let pending = row.pending.as_ref();
    if pending.is_some_and(|pending| pending.what.is_about_the_same_as(fact)) {
        return Err(unfit("tenant", WAITS_ALREADY));
    }
    Ok(())
}

/// Sets how long such changes wait. That they wait less long waits itself.
///
/// # Errors
/// [`ActError`]; nothing has changed then.
pub fn set_delay(
    lockbox: &Lockbox,
    by: &Fresh,
    tenant: TenantId,
    delay: Delay,
) -> Result<(), ActError> {
    change(lockbox, by, tenant, |_, row| {
        if row.delay == delay {
            let words = "Nothing was changed: this is how it is already.";
            return Err(unfit("delay", words));
        }
        Ok(Fact::DelaySet(delay))
    })
    .map(drop)
}

/// Somebody who decides stops the one that waits.
///
/// # Errors
/// [`ActError::Unfit`] when nothing is to be stopped any more.
pub fn stop(lockbox: &Lockbox, by: &Fresh, tenant: TenantId) -> Result<(), ActError> {
    let author = by.author();
    lockbox.store.write(Log::Tenant(tenant), &author, |tx| {
        let who = people::by_id(tx.conn(), by.person.id)?.ok_or(Denied::NotThere)?;
        may(&who, Act::StopWeakening, Subject::Tenant(tenant))?;
        let row = tenants::by_id(tx.conn(), tenant)?.ok_or(Denied::NotThere)?;
        let now = tx.now();
        // A suspended tenant's waits on beyond its time.
        let waits = |pending: &&Pending| pending.due > now || row.suspended.is_some();
        let pending = row.pending.as_ref().filter(waits);
        let nothing = || unfit("tenant", "There is nothing to stop any more.");
        let what = pending.ok_or_else(nothing)?.what.clone();
        let fact = Fact::WeakeningStopped { what };
        after(tx, &row, &fact, &author.actor)?;
        Ok(((), Facts::one(fact)))
    })
}

/// Does what is due; says how much. Any number of processes may do so at once. A suspended tenant's waits on.
///
/// # Errors
/// When the store does not answer.
pub fn do_due(lockbox: &Lockbox) -> Result<usize, ActError> {
    due::at_tenants(lockbox, tenants::pending, is_due, |tx, row| {
        let pending = row.pending.as_ref().ok_or(Denied::NotThere)?;
        let what = pending.what.clone();
        let Some(who) = still_holds(tx, row, pending)? else {
            let fact = Fact::WeakeningStopped { what };
            after(tx, row, &fact, &Actor::System)?;
            return Ok(Facts::one(fact));
        };
        let fact = what.fact();
        let next = after(tx, row, &fact, &Actor::System)?;
        if let Weakening::SingleSignOn { .. } = what {
            single_sign_on::turn_on_in_time(tx, Side::Tenant(row.id), &fact)?;
        }
        // Hours that are wider on one day may be narrower on another.
        let by = Actor::of(&who);
        let facts = end_outside_hours(tx, row, &next, &by, Facts::one(fact))?;
        let at = pending.asked;
        Ok(facts.asked_for(Asked { by, at }))
    })
}

fn is_due(tenant: &Tenant, now: Moment) -> bool {
    let pending = tenant.pending.as_ref();
    tenant.suspended.is_none() && pending.is_some_and(|pending| pending.due <= now)
}

/// Who asked for it, if it could be asked for still: by them, with the people who decide now, for a service that the
/// provider has not proposed to cover again, and for single sign-on as it was tried.
fn still_holds(
    tx: &mut Tx<'_>,
    row: &Tenant,
    pending: &Pending,
) -> Result<Option<Person>, ActError> {
    let who = people::by_id(tx.conn(), pending.asked_by)?.filter(Person::is_here);
    let subject = Subject::Tenant(row.id);
    let who = who.filter(|who| may(who, Act::SwitchLockbox, subject).is_ok());
    let holds = match &pending.what {
        Weakening::Uncover { service, .. } => {
            let service = services::by_id(tx.conn(), *service)?;
            service.is_some_and(|service| !service.covered)
        }
        Weakening::Limits { limits } => {
            let deciders = people::approvers(tx.conn(), row.id)?.len();
            can_be_met(limits, deciders)
        }
        Weakening::SingleSignOn { setting, .. } => {
            single_sign_on::can_be_turned_on(tx, Side::Tenant(row.id), *setting)?
        }
        Weakening::TurnOff | Weakening::Delay { .. } => true,
    };
    Ok(who.filter(|_| holds))
}
