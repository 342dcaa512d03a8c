//! Turning a tenant's lockbox on and off.

use std::collections::BTreeSet;

use super::sign_in::Fresh;
use super::{ActError, Flaw, Lockbox};
use crate::domain::audit::entry::Log;
use crate::domain::fact::Fact;
use crate::domain::id::{PersonId, ServiceId, TenantId};
use crate::domain::lockbox::Lockbox as Setting;
use crate::domain::person::Person;
use crate::domain::request::{Basis, State};
use crate::domain::rights::{Act, Denied, Subject, may};
use crate::domain::tenant::Tenant;
use crate::domain::text::Prose;
use crate::store::{Facts, StoreError, Tx, people, requests, services, tenants};

/// How many approvals are read at a time.
const APPROVALS_PER_PAGE: i64 = 200;

/// Why an approval is revoked that rested on the lockbox being off.
const TURNED_ON: &str = "Customer Lockbox was turned on before this access was started.";

/// Turns the lockbox on: accepts the terms that were shown (by the SHA-256 of their text) and the services that
/// were shown as not covered. Approvals that were granted only because the lockbox was off, and that nobody has
/// started, are revoked.
///
/// # Errors
/// [`ActError`]; nothing has changed then.
pub fn turn_on(
    lockbox: &Lockbox,
    by: &Fresh,
    tenant: TenantId,
    terms_sha256: &str,
    shown_uncovered: &BTreeSet<ServiceId>,
) -> Result<(), ActError> {
    let terms = lockbox.terms.version.clone();
    if terms.sha256 != terms_sha256 {
        return Err(ActError::Unfit(vec![Flaw::of(
            "terms",
            "The activation terms have changed. Read the new ones and accept them.",
        )]));
    }
    let author = by.author();
    lockbox.store.write(Log::Tenant(tenant), &author, |tx| {
        let (_, mut row) = load(tx, by.person.id, tenant)?;
        // Only what the provider really leaves uncovered can be accepted as such.
        let uncovered: BTreeSet<ServiceId> = services::all(tx.conn())?
            .into_iter()
            .filter(|service| !service.covered && shown_uncovered.contains(&service.id))
            .map(|service| service.id)
            .collect();
        row.lockbox = Setting::On {
            terms: terms.clone(),
            accepted_by: by.person.id,
            accepted_at: tx.now(),
            uncovered: uncovered.clone(),
        };
        tenants::save_lockbox(tx, &row)?;
        let mut facts = Facts::one(Fact::LockboxTurnedOn { terms, uncovered });
        let now = tx.now();
        let why = Prose::parse(TURNED_ON).map_err(|e| StoreError::Senseless(e.to_string()))?;
        let mut after = None;
        loop {
            let page =
                requests::approved_not_started(tx.conn(), tenant, after, now, APPROVALS_PER_PAGE)?;
            let Some(last) = page.last() else { break };
            after = Some(last.id);
            for request in page
                .iter()
                .filter(|request| rests_on_lockbox_off(&request.state))
            {
                let fact = Fact::RequestRevoked { why: why.clone() };
                let next = request
                    .apply(&fact, &author.actor, now)
                    .map_err(|e| StoreError::Senseless(e.to_string()))?;
                requests::save(tx, &next)?;
                facts = facts.and_about(request.id, fact);
            }
        }
        Ok(((), facts))
    })
}

/// Turns the lockbox off. Requests that wait for the customer keep waiting.
///
/// # Errors
/// [`ActError`]; nothing has changed then.
pub fn turn_off(lockbox: &Lockbox, by: &Fresh, tenant: TenantId) -> Result<(), ActError> {
    lockbox
        .store
        .write(Log::Tenant(tenant), &by.author(), |tx| {
            let (_, mut row) = load(tx, by.person.id, tenant)?;
            if !row.lockbox.is_on() {
                return Err(ActError::Unfit(vec![Flaw::of(
                    "lockbox",
                    "Customer Lockbox is off already.",
                )]));
            }
            row.lockbox = Setting::Off;
            tenants::save_lockbox(tx, &row)?;
            Ok(((), Facts::one(Fact::LockboxTurnedOff)))
        })
}

fn rests_on_lockbox_off(state: &State) -> bool {
    matches!(state, State::Approved { grant, .. } if grant.basis == Basis::LockboxOff)
}

fn load(tx: &mut Tx<'_>, who: PersonId, tenant: TenantId) -> Result<(Person, Tenant), ActError> {
    let who = people::by_id(tx.conn(), who)?.ok_or(Denied::NotThere)?;
    may(&who, Act::SwitchLockbox, Subject::Tenant(tenant))?;
    let tenant = tenants::by_id(tx.conn(), tenant)?.ok_or(Denied::NotThere)?;
    Ok((who, tenant))
}
