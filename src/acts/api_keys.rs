//! API keys: issuing and revoking them, by people in the portal and by the operator.

mod uses;

pub use uses::Uses;

use std::collections::BTreeSet;

use chrono::TimeDelta;

use super::setting::unfit;
use super::sign_in::Fresh;
use super::{ActError, Flaw, Lockbox, taken};
use crate::domain::audit::entry::{Author, Log};
use crate::domain::fact::Fact;
use crate::domain::hex::hex;
use crate::domain::id::{KeyId, PersonId, TenantId};
use crate::domain::key::{ApiKey, BOUND_TO_MAX, Bounds, KeyScope, KeyState};
use crate::domain::person::Side;
use crate::domain::rights::{Act, Denied, Subject, may};
use crate::domain::text::{EmailAddress, Line, Slug};
use crate::domain::time::Moment;
use crate::identity::token::ApiKeyText;
use crate::store::api_keys::{self, Issued};
use crate::store::{Facts, Tx, people, services, tenants};

/// Most keys of one side that are neither revoked nor expired.
pub const KEYS_MAX: i64 = 500;
/// The longest time that a key can be made for, in days. One without an end is made on purpose.
pub const DAYS_MAX: u16 = 1095;
/// The time that a key is made for where nobody says another, in days.
pub const DAYS: u16 = 365;

/// A key to be issued.
#[derive(Debug, Clone)]
pub struct NewKey {
    /// What people call it; never used before in its log.
    pub name: Line,
    /// What it may do: one or more.
    pub scopes: Vec<KeyScope>,
    /// The provider's person whose own it is, if it is one person's.
    pub owner: Option<EmailAddress>,
    /// The tenants it is bound to, by their keys; none for all.
    pub tenants: Vec<Slug>,
    /// The services it is bound to, by their keys; none for all.
    pub services: Vec<Slug>,
    /// For how many days, 1 to [`DAYS_MAX`]; none for ever.
    pub days: Option<u16>,
}

impl NewKey {
    /// A key that nobody owns, is bound to nothing and has no end.
    #[must_use]
    pub fn named(name: Line, scopes: &[KeyScope]) -> Self {
        Self {
            name,
            scopes: scopes.to_vec(),
            owner: None,
            tenants: Vec::new(),
            services: Vec::new(),
            days: None,
        }
    }
}

/// Somebody who manages the keys of their side issues one; its text is shown this once.
///
/// # Errors
/// [`ActError::Taken`] when the name was used before, [`ActError::Unfit`] for what does not fit.
pub fn issue(
    lockbox: &Lockbox,
    by: &Fresh,
    new: &NewKey,
) -> Result<(ApiKey, ApiKeyText), ActError> {
    let maker = by.person.id;
    let log = Log::of(by.person.side);
    lockbox.store.write(log, &by.author(), |tx| {
        manages(tx, maker)?;
        add(tx, lockbox, log, new, Some(maker))
    })
}

/// The operator issues a key of the provider, or of a tenant where one is named.
///
/// # Errors
/// As [`issue`].
pub fn issue_by_operator(
    lockbox: &Lockbox,
    by: &Author,
    tenant: Option<&Slug>,
    new: &NewKey,
) -> Result<(ApiKey, ApiKeyText), ActError> {
    let log = log_of(lockbox, tenant)?;
    lockbox
        .store
        .write(log, by, |tx| add(tx, lockbox, log, new, None))
}

/// Somebody who manages the keys of their side revokes one: from this moment it is worth nothing.
///
/// # Errors
/// [`ActError::Unfit`] when it was revoked before.
pub fn revoke(lockbox: &Lockbox, by: &Fresh, key: KeyId) -> Result<Issued, ActError> {
    let log = Log::of(by.person.side);
    lockbox.store.write(log, &by.author(), |tx| {
        manages(tx, by.person.id)?;
        let known = api_keys::by_id(tx.conn(), log, key)?.ok_or(Denied::NotThere)?;
        end(tx, known)
    })
}

/// The operator revokes the key of this name, of the provider or of a tenant.
///
/// # Errors
/// [`ActError::Unfit`] where there is none, or it was revoked before.
pub fn revoke_by_operator(
    lockbox: &Lockbox,
    by: &Author,
    tenant: Option<&Slug>,
    name: &Line,
) -> Result<Issued, ActError> {
    let log = log_of(lockbox, tenant)?;
    lockbox.store.write(log, by, |tx| {
        let nothing = || unfit("name", "There is no API key with this name.");
        let known = api_keys::by_name(tx.conn(), log, name)?.ok_or_else(nothing)?;
        end(tx, known)
    })
}

/// The log that the keys of a tenant, or of the provider, are in.
///
/// # Errors
/// [`ActError::Unfit`] where there is no such tenant.
pub fn log_of(lockbox: &Lockbox, tenant: Option<&Slug>) -> Result<Log, ActError> {
    let Some(key) = tenant else {
        return Ok(Log::Provider);
    };
    let tenant = lockbox.store.read(|conn| tenants::by_key(conn, key))?;
    let nothing = || unfit("tenant", "There is no tenant with this key.");
    Ok(Log::Tenant(tenant.ok_or_else(nothing)?.id))
}

/// Whether a key may still act within this transaction.
///
/// # Errors
/// [`Denied::NoRole`] when it was revoked or has expired meanwhile.
pub(super) fn still_works(tx: &mut Tx<'_>, key: &ApiKey) -> Result<(), ActError> {
    let (log, now) = (key.tenant.map_or(Log::Provider, Log::Tenant), tx.now());
    let known = api_keys::by_id(tx.conn(), log, key.id)?;
    match known.map(|known| known.state_at(now)) {
        Some(KeyState::Working) => Ok(()),
        _ => Err(Denied::NoRole.into()),
    }
}

fn manages(tx: &mut Tx<'_>, person: PersonId) -> Result<(), ActError> {
    let who = people::by_id(tx.conn(), person)?.ok_or(Denied::NotThere)?;
    Ok(may(&who, Act::ManageApiKeys, Subject::of(who.side))?)
}

fn add(
    tx: &mut Tx<'_>,
    lockbox: &Lockbox,
    log: Log,
    new: &NewKey,
    made_by: Option<PersonId>,
) -> Result<((ApiKey, ApiKeyText), Facts), ActError> {
    let now = tx.now();
    let own = match log {
        Log::Provider => None,
        Log::Tenant(tenant) => Some(tenant),
    };
    if api_keys::count_working(tx.conn(), log, now)? >= KEYS_MAX {
        let words = format!("There are {KEYS_MAX} API keys. Revoke one that is not needed.");
        return Err(unfit("name", words));
    }
    let scopes = fitting(own, new)?;
    let expires_at = expiry(new, now)?;
    let bounds = bounds(tx, own, new)?;
    let owner = match &new.owner {
        Some(email) => Some(owner(tx, own, email)?),
        None => None,
    };
    let text = ApiKeyText::from_random(lockbox.entropy.bytes());
    let key = ApiKey {
        id: KeyId(lockbox.entropy.uuid(now)),
        name: new.name.clone(),
        scopes,
        owner,
        tenant: own,
        bounds,
        made_by,
        expires_at,
    };
    api_keys::add(tx, &key, text.hash()).map_err(taken("the key's name"))?;
    let fact = Fact::ApiKeyIssued {
        key: key.clone(),
        secret_sha256: hex(&text.hash()),
    };
    Ok(((key, text), Facts::one(fact)))
}

fn end(tx: &mut Tx<'_>, known: Issued) -> Result<(Issued, Facts), ActError> {
    if known.revoked_at.is_some() {
        return Err(unfit("key", "This API key was revoked before."));
    }
    api_keys::revoke(tx, known.key.id)?;
    let fact = Fact::ApiKeyRevoked {
        key: known.key.id,
        name: known.key.name.clone(),
    };
    let revoked = Issued {
        revoked_at: Some(tx.now()),
        ..known
    };
    Ok((revoked, Facts::one(fact)))
}

/// One or more scopes, each once and in order: of a tenant's own key only those that read.
fn fitting(own: Option<TenantId>, new: &NewKey) -> Result<Vec<KeyScope>, ActError> {
    let scopes: Vec<KeyScope> = new
        .scopes
        .iter()
        .copied()
        .collect::<BTreeSet<_>>()
        .into_iter()
        .collect();
    if scopes.is_empty() {
        return Err(unfit("scope", "Name at least one scope."));
    }
    if own.is_some() && !scopes.iter().all(|scope| scope.only_reads()) {
        let words = "An organisation's own API key is for reading only.";
        return Err(unfit("scope", words));
    }
    let is_bound = !new.services.is_empty() || (own.is_none() && !new.tenants.is_empty());
    if is_bound && scopes.contains(&KeyScope::LogRead) {
        let words = "The audit log is read whole: a key with log:read is bound to nothing.";
        return Err(unfit("scope", words));
    }
    if !new.services.is_empty() && scopes.contains(&KeyScope::CasesWrite) {
        let words = "A support case is of no service: a key with cases:write is bound to none.";
        return Err(unfit("scope", words));
    }
    Ok(scopes)
}

fn expiry(new: &NewKey, now: Moment) -> Result<Option<Moment>, ActError> {
    match new.days {
        None => Ok(None),
        Some(days) if (1..=DAYS_MAX).contains(&days) => {
            Ok(Some(now + TimeDelta::days(i64::from(days))))
        }
        Some(_) => Err(unfit("days", format!("A key lasts 1 to {DAYS_MAX} days."))),
    }
}

/// What the key is bound to, looked up: a tenant's own key to that tenant.
fn bounds(tx: &mut Tx<'_>, own: Option<TenantId>, new: &NewKey) -> Result<Bounds, ActError> {
    if new.tenants.len() > BOUND_TO_MAX || new.services.len() > BOUND_TO_MAX {
        let words = format!("A key is bound to {BOUND_TO_MAX} tenants and services at most.");
        return Err(unfit("services", words));
    }
    if own.is_some() && !new.tenants.is_empty() {
        let words = "An organisation's own API key is bound to it and to no other.";
        return Err(unfit("tenants", words));
    }
    let mut bounds = Bounds {
        tenants: own.into_iter().collect(),
        services: BTreeSet::new(),
    };
    let mut flaws = Vec::new();
    for key in &new.tenants {
        match tenants::by_key(tx.conn(), key)? {
            Some(tenant) => drop(bounds.tenants.insert(tenant.id)),
            None => flaws.push(Flaw::of("tenants", format!("There is no tenant {key}."))),
        }
    }
    for key in &new.services {
        match services::by_key(tx.conn(), key)? {
            Some(service) => drop(bounds.services.insert(service.id)),
            None => flaws.push(Flaw::of("services", format!("There is no service {key}."))),
        }
    }
    if flaws.is_empty() {
        Ok(bounds)
    } else {
        Err(ActError::Unfit(flaws))
    }
}

fn owner(
    tx: &mut Tx<'_>,
    own: Option<TenantId>,
    email: &EmailAddress,
) -> Result<PersonId, ActError> {
    let side = own.map_or(Side::Provider, Side::Tenant);
    let nobody = || unfit("owner", "Nobody of this side has this mail address.");
    let person = people::of_side_by_email(tx.conn(), side, email)?
        .filter(|person| person.removed.is_none())
        .ok_or_else(nobody)?;
    Ok(person.id)
}
