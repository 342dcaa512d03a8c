//! A tenant's administrators from the provider's side: its first one, and a new one where it lost all of its own.
//!
//! A new one takes 72 hours. Everybody of the tenant is told at once and on each of the days between, any of them who
//! decides or reads can stop it, and an administrator who signs in stops it by that.

use super::entitle::for_tenant;
use super::people::{NewPerson, after as person_after, by_invitation, send_invitation};
use super::provider::ForProvider;
use super::setting::{after, unfit};
use super::sign_in::{Fresh, SignedIn};
use super::{ActError, Lockbox, due};
use crate::domain::audit::entry::{Actor, Log};
use crate::domain::fact::Fact;
use crate::domain::id::TenantId;
use crate::domain::person::{Person, Role, Side};
use crate::domain::recovery::{RECOVERY, Recovery};
use crate::domain::rights::{Act, Denied, Subject, may};
use crate::domain::second_factor::FactorKind;
use crate::domain::tenant::Tenant;
use crate::domain::text::{EmailAddress, Line, Slug};
use crate::domain::weakening::Delay;
use crate::store::{Facts, Tx, credentials, people, tenants};

/// Invites a tenant's first administrator, as long as nobody of the tenant has come. Later ones are the tenant's own
/// affair.
///
/// # Errors
/// [`ActError::Unfit`] once somebody has come, and where the provider has sent enough invitations for now.
pub fn invite_first(
    lockbox: &Lockbox,
    by: &Fresh,
    key: &Slug,
    email: &EmailAddress,
    name: &Line,
) -> Result<Person, ActError> {
    let found = lockbox.store.read(|conn| tenants::by_key(conn, key))?;
    let tenant = found.ok_or(Denied::NotThere)?;
    let author = by.author();
    lockbox.store.write(Log::Tenant(tenant.id), &author, |tx| {
        ForProvider::from(by).may(tx, Act::AppointAdministrator)?;
        if people::has_anybody_come(tx.conn(), tenant.id)? {
            let words = format!(
                "{} has people of its own, who invite others themselves.",
                tenant.name
            );
            return Err(unfit("tenant", words));
        }
        let (side, asking) = (Side::Tenant(tenant.id), Some(by.person.side));
        let waiting = people::of_side_by_email(tx.conn(), side, email)?;
        if let Some(waiting) = waiting.filter(|known| known.removed.is_none()) {
            let fact = invited_again(lockbox, tx, &waiting, asking)?;
            return Ok((waiting, Facts::one(fact)));
        }
        let new = administrator(email, name);
        let (person, fact) = by_invitation(lockbox, tx, side, &new, Delay::None, asking)?;
        Ok((person, Facts::one(fact)))
    })
}

/// Begins to make a new administrator for a tenant. Whether their address is somebody's elsewhere is not asked, as for every
/// invitation.
///
/// # Errors
/// [`ActError::Unfit`] while another one is being made, and where nobody of the tenant has come yet.
pub fn start(
    lockbox: &Lockbox,
    by: &Fresh,
    key: &Slug,
    email: &EmailAddress,
    name: &Line,
) -> Result<Tenant, ActError> {
    for_tenant(
        lockbox,
        by,
        Act::AppointAdministrator,
        key,
        |tx, row, by| {
            if row.recovery.is_some() {
                return Err(unfit(
                    "tenant",
                    "A new administrator is being made already.",
                ));
            }
            if !people::has_anybody_come(tx.conn(), row.id)? {
                return Err(unfit(
                    "tenant",
                    "Nobody of this customer has come yet. Invite its first administrator.",
                ));
            }
            let fact = Fact::RecoveryStarted {
                tenant: row.id,
                name: name.clone(),
                email: email.clone(),
                due: tx.now() + RECOVERY,
            };
            let next = after(tx, row, &fact, by)?;
            Ok((next, fact.clone(), Facts::one(fact)))
        },
    )
}

/// Somebody of the tenant stops it.
///
/// # Errors
/// [`ActError::Unfit`] when nothing is to be stopped any more.
pub fn stop(lockbox: &Lockbox, by: &Fresh, tenant: TenantId) -> Result<Tenant, ActError> {
    stopped(lockbox, by, tenant, false)
}

/// An administrator who signs in is not lost: what waits is stopped by it. Who came by a recovery code has not shown that
/// they can go on, and stops it by hand once they can.
///
/// # Errors
/// When the store does not answer; then they are not signed in.
pub fn stop_by_signing_in(lockbox: &Lockbox, by: &SignedIn) -> Result<(), ActError> {
    let tenant = by.person.tenant();
    let tenant = tenant.filter(|_| by.person.is(Role::GlobalAdministrator));
    let Some(tenant) = tenant.filter(|_| by.second_factor.kind != FactorKind::RecoveryCode) else {
        return Ok(());
    };
    let row = lockbox.store.read(|conn| tenants::by_id(conn, tenant))?;
    if row.is_none_or(|row| row.recovery.is_none()) {
        return Ok(());
    }
    match stopped(lockbox, by, tenant, true) {
        // Somebody else was faster, or its time has come.
        Err(ActError::Unfit(_)) => Ok(()),
        outcome => outcome.map(drop),
    }
}

fn stopped(
    lockbox: &Lockbox,
    by: &SignedIn,
    tenant: TenantId,
    by_signing_in: bool,
) -> Result<Tenant, ActError> {
    let author = by.author();
    lockbox.store.write(Log::Tenant(tenant), &author, |tx| {
        let who = people::by_id(tx.conn(), by.person.id)?.ok_or(Denied::NotThere)?;
        may(&who, Act::StopRecovery, Subject::Tenant(tenant))?;
        let row = tenants::by_id(tx.conn(), tenant)?.ok_or(Denied::NotThere)?;
        let now = tx.now();
        if row
            .recovery
            .as_ref()
            .is_none_or(|running| running.due <= now)
        {
            return Err(unfit("tenant", "There is nothing to stop any more."));
        }
        let fact = Fact::RecoveryStopped {
            tenant,
            by_signing_in,
        };
        let next = after(tx, &row, &fact, &author.actor)?;
        Ok((next, Facts::one(fact)))
    })
}

/// Reminds everybody of the tenants of what still goes on; says of how many. Any number of processes may do so at once: the
/// second finds that the reminder has been sent.
///
/// # Errors
/// When the store does not answer.
pub fn remind_due(lockbox: &Lockbox) -> Result<usize, ActError> {
    let waits = |row: &Tenant, now| {
        let running = row.recovery.clone();
        running.filter(|running| running.is_to_be_reminded_of(now))
    };
    due::at_tenants(
        lockbox,
        tenants::recovering,
        |row, now| waits(row, now).is_some(),
        |tx, row| {
            let running = waits(row, tx.now()).ok_or(Denied::NotThere)?;
            let fact = Fact::RecoveryReminded {
                tenant: row.id,
                name: running.name,
                due: running.due,
            };
            after(tx, row, &fact, &Actor::System)?;
            Ok(Facts::one(fact))
        },
    )
}

/// Finishes what is due; says how much. Any number of processes may do so at once.
///
/// # Errors
/// When the store does not answer.
pub fn finish_due(lockbox: &Lockbox) -> Result<usize, ActError> {
    let running = |row: &Tenant, now| row.recovery.clone().filter(|running| running.due <= now);
    due::at_tenants(
        lockbox,
        tenants::recovering,
        |row, now| running(row, now).is_some(),
        |tx, row| {
            let running = running(row, tx.now()).ok_or(Denied::NotThere)?;
            finish(lockbox, tx, row, &running, &Actor::System)
        },
    )
}

fn finish(
    lockbox: &Lockbox,
    tx: &mut Tx<'_>,
    row: &Tenant,
    running: &Recovery,
    by: &Actor,
) -> Result<Facts, ActError> {
    let side = Side::Tenant(row.id);
    let known = people::of_side_by_email(tx.conn(), side, &running.email)?;
    let fact = Fact::RecoveryFinished {
        tenant: row.id,
        due: running.due,
    };
    after(tx, row, &fact, by)?;
    let facts = Facts::one(fact);
    let Some(known) = known.filter(|known| known.removed.is_none()) else {
        let new = administrator(&running.email, &running.name);
        let (_, fact) = by_invitation(lockbox, tx, side, &new, Delay::None, None)?;
        return Ok(facts.and(fact));
    };
    let (known, facts) = with_administration(tx, known, by, facts)?;
    if known.joined.is_none() {
        let fact = invited_again(lockbox, tx, &known, None)?;
        return Ok(facts.and(fact));
    }
    let fact = Fact::SecondFactorReset {
        person: known.id,
        name: known.name.clone(),
    };
    credentials::take_second_factors(tx, known.id)?;
    tx.books().end_sessions_of(known.id, None)?;
    tx.books().forget_devices_of(known.id)?;
    person_after(tx, &known, &fact, by)?;
    Ok(facts.and(fact))
}

/// Makes somebody of the tenant its administrator, if they are not.
fn with_administration(
    tx: &mut Tx<'_>,
    known: Person,
    by: &Actor,
    facts: Facts,
) -> Result<(Person, Facts), ActError> {
    if known.is(Role::GlobalAdministrator) {
        return Ok((known, facts));
    }
    let before = known.role_names();
    let mut roles = before.clone();
    roles.push(Role::GlobalAdministrator);
    roles.sort_unstable();
    let fact = Fact::RolesChanged {
        person: known.id,
        name: known.name.clone(),
        before,
        roles,
        // It waited, and all of the tenant knew.
        decides_from: None,
    };
    Ok((person_after(tx, &known, &fact, by)?, facts.and(fact)))
}

fn invited_again(
    lockbox: &Lockbox,
    tx: &mut Tx<'_>,
    person: &Person,
    asking: Option<Side>,
) -> Result<Fact, ActError> {
    let fact = Fact::PersonInvitedAgain {
        person: person.id,
        name: person.name.clone(),
    };
    let by = tx.author().actor.clone();
    person_after(tx, person, &fact, &by)?;
    send_invitation(lockbox, tx, asking, person)?;
    Ok(fact)
}

fn administrator(email: &EmailAddress, name: &Line) -> NewPerson {
    NewPerson {
        email: email.clone(),
        name: name.clone(),
        roles: vec![Role::GlobalAdministrator],
    }
}
