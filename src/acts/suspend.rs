//! Suspending a tenant, and letting it go on.

use super::entitle::for_tenant;
use super::provider::ForProvider;
use super::setting::{after, move_open, prose, unfit};
use super::{ActError, Lockbox};
use crate::domain::audit::entry::Actor;
use crate::domain::fact::Fact;
use crate::domain::request::State;
use crate::domain::rights::Act;
use crate::domain::tenant::Tenant;
use crate::domain::text::{Prose, Slug};
use crate::store::requests::OPEN;
use crate::store::{Facts, StoreError, Tx};

/// The provider suspends a tenant: from now on nothing is filed for it, what waits is withdrawn, and what is approved
/// or runs is revoked. Its people still sign in, read and export.
///
/// # Errors
/// [`ActError`]; nothing has changed then.
pub fn suspend<'a>(
    lockbox: &Lockbox,
    by: impl Into<ForProvider<'a>>,
    key: &Slug,
    why: &Prose,
) -> Result<Tenant, ActError> {
    for_tenant(lockbox, by, Act::EnrolTenants, key, |tx, row, by| {
        if row.suspended.is_some() {
            return Err(unfit("tenant", "It is suspended already."));
        }
        let fact = Fact::TenantSuspended {
            tenant: row.id,
            why: why.clone(),
        };
        let next = after(tx, row, &fact, by)?;
        let facts = end_everything(tx, &next, by, Facts::one(fact.clone()))?;
        Ok((next, fact, facts))
    })
}

/// The provider lets a suspended tenant go on. What was ended stays ended.
///
/// # Errors
/// [`ActError`]; nothing has changed then.
pub fn resume<'a>(
    lockbox: &Lockbox,
    by: impl Into<ForProvider<'a>>,
    key: &Slug,
) -> Result<Tenant, ActError> {
    for_tenant(lockbox, by, Act::EnrolTenants, key, |tx, row, by| {
        if row.suspended.is_none() {
            return Err(unfit("tenant", "It is not suspended."));
        }
        let fact = Fact::TenantResumed { tenant: row.id };
        let next = after(tx, row, &fact, by)?;
        Ok((next, fact.clone(), Facts::one(fact)))
    })
}

fn end_everything(
    tx: &mut Tx<'_>,
    tenant: &Tenant,
    by: &Actor,
    facts: Facts,
) -> Result<Facts, StoreError> {
    let why = prose("The provider suspended this customer.")?;
    move_open(tx, tenant.id, &OPEN, by, facts, |request| {
        Ok(Some(match request.state {
            State::Approved { .. } | State::Active { .. } => {
                Fact::RequestRevoked { why: why.clone() }
            }
            _ => Fact::RequestWithdrawn,
        }))
    })
}
