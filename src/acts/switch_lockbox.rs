//! Turning a tenant's lockbox on and off.

use std::collections::BTreeSet;

use super::setting::{change, unfit};
use super::sign_in::Fresh;
use super::{ActError, Lockbox};
use crate::domain::fact::Fact;
use crate::domain::id::{ServiceId, TenantId};
use crate::store::services;

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
    let terms = lockbox.terms_shown(terms_sha256)?;
    change(lockbox, by, tenant, |tx, row| {
        if row.lockbox.is_on() {
            return Err(unfit("lockbox", "Customer Lockbox is on already."));
        }
        if !row.entitlement.counts(tx.now()) {
            let words =
                "Customer Lockbox cannot be turned on without a plan that includes it or a trial.";
            return Err(unfit("entitlement", words));
        }
        // Only what the provider really leaves uncovered can be accepted as such.
        let uncovered = services::all(tx.conn())?
            .into_iter()
            .filter(|service| !service.covered && shown_uncovered.contains(&service.id))
            .map(|service| service.id)
            .collect();
        Ok(Fact::LockboxTurnedOn { terms, uncovered })
    })
    .map(drop)
}

/// Turns the lockbox off. Requests that wait for the customer keep waiting.
///
/// # Errors
/// [`ActError`]; nothing has changed then.
pub fn turn_off(lockbox: &Lockbox, by: &Fresh, tenant: TenantId) -> Result<(), ActError> {
    change(lockbox, by, tenant, |_, row| {
        if !row.lockbox.is_on() {
            return Err(unfit("lockbox", "Customer Lockbox is off already."));
        }
        Ok(Fact::LockboxTurnedOff)
    })
    .map(drop)
}
