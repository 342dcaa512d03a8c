//! Changes that weaken a tenant's protection, where it wants them to wait: they are asked for, everybody who decides is
//! told, any of them can stop it, and the night shift does it when it is due.

use super::setting::{after, change, unfit};
use super::sign_in::Fresh;
use super::{ActError, Lockbox};
use crate::domain::audit::entry::{Actor, Author, Log};
use crate::domain::fact::Fact;
use crate::domain::id::TenantId;
use crate::domain::rights::{Act, Denied, Subject, may};
use crate::domain::tenant::Tenant;
use crate::domain::time::Moment;
use crate::domain::weakening::{Delay, Weakening};
use crate::store::{Facts, Stored, Tx, people, services, tenants};

/// Most of them done in one go.
const AT_ONCE: i64 = 100;

/// What a change comes to: itself, or asking for it where it weakens the protection and has to wait.
///
/// # Errors
/// [`ActError::Unfit`] while another one waits that it would meet.
pub(super) fn or_wait(row: &Tenant, fact: Fact, now: Moment) -> Result<Fact, ActError> {
    let pending = row.pending.as_ref();
    let words = "A change that weakens the protection waits already. Stop it first.";
    if pending.is_some_and(|pending| pending.what.is_about_the_same_as(&fact)) {
        return Err(unfit("tenant", words));
    }
    match Weakening::of(&fact, row) {
        Some(_) if row.delay != Delay::None && pending.is_some() => Err(unfit("tenant", words)),
        Some(what) if row.delay != Delay::None => Ok(Fact::WeakeningAsked {
            what,
            due: now + row.delay.time(),
        }),
        _ => Ok(fact),
    }
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
        let pending = row.pending.as_ref().filter(|pending| pending.due > now);
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
    let now = lockbox.store.clock().now();
    let waiting = lockbox.store.read(|conn| tenants::pending(conn, AT_ONCE))?;
    let author = Author::local(Actor::System);
    let mut done = 0;
    for tenant in waiting.iter().filter(|tenant| is_due(tenant, now)) {
        let outcome = lockbox.store.write(Log::Tenant(tenant.id), &author, |tx| {
            let row = tenants::by_id(tx.conn(), tenant.id)?.ok_or(Denied::NotThere)?;
            let pending = row.pending.as_ref().filter(|_| is_due(&row, tx.now()));
            // Another process was faster, or somebody stopped it.
            let what = &pending.ok_or(Denied::NotThere)?.what;
            let fact = if still_holds(tx, what)? {
                what.fact()
            } else {
                Fact::WeakeningStopped { what: what.clone() }
            };
            after(tx, &row, &fact, &author.actor)?;
            Ok(((), Facts::one(fact)))
        });
        match outcome {
            Ok(()) => done += 1,
            Err(ActError::Denied(Denied::NotThere)) => {}
            Err(error) => return Err(error),
        }
    }
    Ok(done)
}

fn is_due(tenant: &Tenant, now: Moment) -> bool {
    let pending = tenant.pending.as_ref();
    tenant.suspended.is_none() && pending.is_some_and(|pending| pending.due <= now)
}

/// A service that the provider proposes to cover again meanwhile stays covered.
fn still_holds(tx: &mut Tx<'_>, what: &Weakening) -> Stored<bool> {
    let Weakening::Uncover { service, .. } = what else {
        return Ok(true);
    };
    let service = services::by_id(tx.conn(), *service)?;
    Ok(service.is_some_and(|service| !service.covered))
}
