//! Which services a tenant is asked about: the provider proposes, and only the tenant changes it.

use super::enrol::in_every_tenants_log;
use super::provider::ForProvider;
use super::setting::{change, unfit};
use super::sign_in::Fresh;
use super::{ActError, Lockbox};
use crate::domain::audit::entry::Log;
use crate::domain::fact::Fact;
use crate::domain::id::{ServiceId, TenantId};
use crate::domain::lockbox::Lockbox as Setting;
use crate::domain::rights::{Act, Denied};
use crate::domain::service::Service;
use crate::domain::text::Slug;
use crate::store::{Facts, services};

/// The provider proposes to cover a service, or not to. It touches every tenant, so every tenant's log says so; no
/// tenant's coverage changes by it.
///
/// # Errors
/// [`ActError`]; nothing has changed then.
pub fn propose<'a>(
    lockbox: &Lockbox,
    by: impl Into<ForProvider<'a>>,
    key: &Slug,
    covered: bool,
) -> Result<Service, ActError> {
    let by = by.into();
    lockbox.store.write(Log::Provider, &by.author(), |tx| {
        by.may(tx, Act::AddServices)?;
        let unknown = || unfit("key", "There is no service with this key.");
        let service = services::by_key(tx.conn(), key)?.ok_or_else(unknown)?;
        if service.covered == covered {
            return Err(unfit("covered", "This is what is proposed already."));
        }
        let service = Service { covered, ..service };
        services::save_proposal(tx, &service)?;
        let fact = Fact::CoverageProposed {
            service: service.id,
            name: service.name.clone(),
            covered,
        };
        in_every_tenants_log(tx, &fact)?;
        Ok((service, Facts::one(fact)))
    })
}

/// The tenant accepts that it is not asked about a service, as the provider proposes.
///
/// # Errors
/// [`ActError`]; nothing has changed then.
pub fn accept_uncovered(
    lockbox: &Lockbox,
    by: &Fresh,
    tenant: TenantId,
    service: ServiceId,
) -> Result<(), ActError> {
    change(lockbox, by, tenant, |tx, row| {
        if is_uncovered(&row.lockbox, service)? {
            return Err(unfit("service", "You have accepted this already."));
        }
        let Service { name, covered, .. } =
            services::by_id(tx.conn(), service)?.ok_or(Denied::NotThere)?;
        if covered {
            let words = format!("The provider does not propose to leave {name} uncovered.");
            return Err(unfit("service", words));
        }
        Ok(Fact::ServiceUncovered { service, name })
    })
    .map(drop)
}

/// The tenant wants to be asked about a service again, whatever the provider proposes. Approvals that nobody has
/// started and that were granted only because it was not covered are revoked.
///
/// # Errors
/// [`ActError`]; nothing has changed then.
pub fn cover(
    lockbox: &Lockbox,
    by: &Fresh,
    tenant: TenantId,
    service: ServiceId,
) -> Result<(), ActError> {
    change(lockbox, by, tenant, |tx, row| {
        if !is_uncovered(&row.lockbox, service)? {
            return Err(unfit(
                "service",
                "You are asked about this service already.",
            ));
        }
        let Service { name, .. } = services::by_id(tx.conn(), service)?.ok_or(Denied::NotThere)?;
        Ok(Fact::ServiceCovered { service, name })
    })
    .map(drop)
}

fn is_uncovered(lockbox: &Setting, service: ServiceId) -> Result<bool, ActError> {
    match lockbox {
        Setting::On { uncovered, .. } => Ok(uncovered.contains(&service)),
        Setting::Off => {
            let words = "Customer Lockbox is off. What it covers is chosen when it is turned on.";
            Err(unfit("lockbox", words))
        }
    }
}
