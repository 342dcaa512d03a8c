//! Enrolling tenants, services and people.

use chrono_tz::Tz;

use super::entitle::Given;
use super::provider::ForProvider;
use super::sign_in::second_factor_place;
use super::{ActError, Flaw, Lockbox, taken};
use crate::domain::audit::entry::{Author, Log};
use crate::domain::fact::{Fact, PersonAdded, TenantEnrolled};
use crate::domain::hex::sha256_hex;
use crate::domain::id::{PersonId, ServiceId, TenantId};
use crate::domain::lockbox::Limits;
use crate::domain::person::{Person, Role, Side};
use crate::domain::rights::Act;
use crate::domain::service::Service;
use crate::domain::tenant::{PROVIDER_KEY, Tenant};
use crate::domain::text::{EmailAddress, Line, Slug};
use crate::identity::password::NewPassword;
use crate::identity::totp::TotpSecret;
use crate::store::{Facts, StoreError, Stored, Tx, audit, credentials, people, services, tenants};

/// How many tenants' logs are sealed before the next page of tenants is read.
const TENANTS_PER_PAGE: i64 = 100;

/// Enrols a tenant, its lockbox off and its limits the defaults, with what it is entitled to.
///
/// # Errors
/// [`ActError::Taken`] when the key was ever used, [`ActError::Denied`] for a person who may not.
pub fn tenant<'a>(
    lockbox: &Lockbox,
    by: impl Into<ForProvider<'a>>,
    key: &Slug,
    name: &Line,
    zone: Tz,
    given: Given,
) -> Result<Tenant, ActError> {
    if key.as_str() == PROVIDER_KEY {
        return Err(ActError::Taken("the tenant's key"));
    }
    let by = by.into();
    lockbox.store.write(Log::Provider, &by.author(), |tx| {
        by.may(tx, Act::EnrolTenants)?;
        let enrolled = TenantEnrolled {
            id: TenantId(lockbox.entropy.uuid(tx.now())),
            key: key.clone(),
            name: name.clone(),
            zone,
            limits: Limits::default(),
            entitlement: Some(given.now(tx)),
        };
        let tenant = Tenant::enrolled(&enrolled);
        tenants::add(tx, &tenant).map_err(taken("the tenant's key"))?;
        let fact = Fact::TenantEnrolled(enrolled);
        tx.open_log(Log::Tenant(tenant.id))?;
        tx.also_in(Log::Tenant(tenant.id), |_| {
            Ok::<_, StoreError>(Facts::one(fact.clone()))
        })?;
        Ok((tenant, Facts::one(fact)))
    })
}

/// Adds a service. It touches every tenant, so every tenant's log says so; no tenant's coverage changes by it.
///
/// # Errors
/// [`ActError::Taken`] when the key was ever used, [`ActError::Denied`] for a person who may not.
pub fn service<'a>(
    lockbox: &Lockbox,
    by: impl Into<ForProvider<'a>>,
    key: &Slug,
    name: &Line,
    covered: bool,
) -> Result<Service, ActError> {
    let by = by.into();
    lockbox.store.write(Log::Provider, &by.author(), |tx| {
        by.may(tx, Act::AddServices)?;
        if i64::try_from(services::all(tx.conn())?.len()).unwrap_or(i64::MAX)
            >= services::SERVICES_MAX
        {
            return Err(ActError::Unfit(vec![Flaw::of(
                "service",
                format!(
                    "A deployment has at most {} services.",
                    services::SERVICES_MAX
                ),
            )]));
        }
        let service = Service {
            id: ServiceId(lockbox.entropy.uuid(tx.now())),
            key: key.clone(),
            name: name.clone(),
            covered,
        };
        services::add(tx, &service).map_err(taken("the service's key"))?;
        let fact = Fact::ServiceAdded(service.clone());
        in_every_tenants_log(tx, &fact)?;
        Ok((service, Facts::one(fact)))
    })
}

/// Says in every tenant's log what the provider did that touches them all.
pub(super) fn in_every_tenants_log(tx: &mut Tx<'_>, fact: &Fact) -> Stored<()> {
    let mut after = None;
    loop {
        let page = audit::logs(tx.conn(), after, TENANTS_PER_PAGE)?;
        let Some(last) = page.last().copied() else {
            return Ok(());
        };
        after = Some(last);
        for log in page.into_iter().filter(|log| *log != Log::Provider) {
            tx.also_in(log, |_| Ok::<_, StoreError>(Facts::one(fact.clone())))?;
        }
    }
}

/// A person to be added.
pub struct NewPerson {
    /// Their address.
    pub email: EmailAddress,
    /// Their name.
    pub name: Line,
    /// Their roles, all of one side.
    pub roles: Vec<Role>,
    /// Their tenant's key; none for the provider's people.
    pub tenant: Option<Slug>,
    /// The zone they read times in; the tenant's, or UTC, when none is given.
    pub zone: Option<Tz>,
    /// Their password.
    pub password: NewPassword,
}

/// Adds a person with a second factor; its secret is shown this once.
///
/// # Errors
/// [`ActError::Taken`] when the address is that of somebody of the side or of somebody who is here, [`ActError::Unfit`] when
/// roles and side do not go together.
pub async fn person(
    lockbox: &Lockbox,
    by: Author,
    new: NewPerson,
) -> Result<(Person, TotpSecret), ActError> {
    let mut roles = new.roles.clone();
    roles.sort_unstable();
    roles.dedup();
    if roles.is_empty()
        || roles
            .iter()
            .any(|role| role.is_providers() == new.tenant.is_some())
    {
        let words = "Name one or more roles of the side the person belongs to: provider's roles without a tenant, a tenant's roles with one.";
        return Err(ActError::Unfit(vec![Flaw::of("role", words)]));
    }
    let tenant = match new.tenant.clone() {
        Some(key) => {
            let tenant = lockbox
                .reading(move |conn| tenants::by_key(conn, &key))
                .await?;
            Some(tenant.ok_or_else(|| {
                ActError::Unfit(vec![Flaw::of(
                    "tenant",
                    "There is no tenant with this key.",
                )])
            })?)
        }
        None => None,
    };
    let password_hash = lockbox.hash(&new.password).await?;
    lockbox
        .acting(move |lockbox| {
            let log = tenant
                .as_ref()
                .map_or(Log::Provider, |tenant| Log::Tenant(tenant.id));
            lockbox.store.write(log, &by, |tx| {
                let now = tx.now();
                if let Some(tenant) = &tenant {
                    room_for_one_more(tx, tenant.id)?;
                }
                let id = PersonId(lockbox.entropy.uuid(now));
                let secret = TotpSecret::from_bytes(lockbox.entropy.bytes());
                let sealed = lockbox
                    .secret_key
                    .seal(
                        &second_factor_place(&id),
                        lockbox.entropy.bytes(),
                        secret.as_bytes(),
                    )
                    .map_err(|e| ActError::Secret(e.to_string()))?;
                let added = PersonAdded {
                    id,
                    email: new.email.clone(),
                    name: new.name.clone(),
                    side: tenant
                        .as_ref()
                        .map_or(Side::Provider, |tenant| Side::Tenant(tenant.id)),
                    roles: roles.clone(),
                    zone: new
                        .zone
                        .or(tenant.as_ref().map(|tenant| tenant.zone))
                        .unwrap_or(Tz::UTC),
                    password_sha256: sha256_hex(password_hash.as_bytes()),
                    second_factor_sha256: sha256_hex(&sealed),
                };
                let person = Person::added(&added, now);
                people::add(tx, &person).map_err(taken("this mail address"))?;
                credentials::set_password(tx, id, &password_hash)?;
                credentials::set_authenticator(tx, id, &sealed, now, 0)?;
                Ok(((person, secret), Facts::one(Fact::PersonAdded(added))))
            })
        })
        .await
}

/// Every approver gets a mail and is asked about; more than the bound would be left out without a word.
pub(super) fn room_for_one_more(tx: &mut Tx<'_>, tenant: TenantId) -> Result<(), ActError> {
    if people::count_deciding(tx.conn(), tenant)? >= people::APPROVERS_MAX {
        let words = format!(
            "A tenant has at most {} people who may decide.",
            people::APPROVERS_MAX
        );
        return Err(ActError::Unfit(vec![Flaw::of("role", words)]));
    }
    Ok(())
}
