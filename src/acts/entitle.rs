//! What a tenant is entitled to: the provider says so, and a tenant without an entitlement can have one trial.

use super::provider::ForProvider;
use super::setting::{after, change, unfit};
use super::sign_in::Fresh;
use super::{ActError, Lockbox};
use crate::domain::audit::entry::{Actor, Log};
use crate::domain::entitlement::{Entitlement, TRIAL, Trials, trial_is_open};
use crate::domain::fact::Fact;
use crate::domain::id::TenantId;
use crate::domain::rights::{Act, Denied};
use crate::domain::tenant::Tenant;
use crate::domain::text::{Line, Slug};
use crate::store::{Facts, Tx, tenants};

/// What the provider gives a tenant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Given {
    /// Nothing.
    Nothing,
    /// A trial from now on; this also confirms one that was asked for.
    Trial,
    /// The lockbox, in a plan that may have a name.
    Plan(Option<Line>),
}

impl Given {
    /// The entitlement that begins at this act.
    #[must_use]
    pub fn now(self, tx: &Tx<'_>) -> Entitlement {
        match self {
            Self::Nothing => Entitlement::None,
            Self::Trial => Entitlement::Trial {
                until: tx.now() + TRIAL,
            },
            Self::Plan(plan) => Entitlement::Included { plan },
        }
    }
}

/// The provider says what a tenant is entitled to. A lockbox that is on stays on, whatever it says.
///
/// # Errors
/// [`ActError`]; nothing has changed then.
pub fn entitle<'a>(
    lockbox: &Lockbox,
    by: impl Into<ForProvider<'a>>,
    key: &Slug,
    given: Given,
) -> Result<Tenant, ActError> {
    for_tenant(lockbox, by, Act::EnrolTenants, key, |tx, row, by| {
        let fact = Fact::EntitlementSet {
            tenant: row.id,
            entitlement: given.now(tx),
        };
        let next = after(tx, row, &fact, by)?;
        Ok((next, fact.clone(), Facts::one(fact)))
    })
}

/// What came of asking for a trial.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TrialAnswer {
    /// It has begun.
    Begun,
    /// The provider has to confirm it.
    Asked,
}

/// A global administrator takes the trial, or asks for it where the provider wants to confirm.
///
/// # Errors
/// [`ActError`]; nothing has changed then.
pub fn take_trial(
    lockbox: &Lockbox,
    by: &Fresh,
    tenant: TenantId,
) -> Result<TrialAnswer, ActError> {
    let answer = match lockbox.trials {
        Trials::AtOnce => TrialAnswer::Begun,
        Trials::Confirmed => TrialAnswer::Asked,
    };
    change(lockbox, by, tenant, |tx, row| {
        trial_is_open(&row.entitlement, row.trial, tx.now())
            .map_err(|no| unfit("trial", no.to_string()))?;
        Ok(match answer {
            TrialAnswer::Begun => Fact::TrialStarted {
                until: tx.now() + TRIAL,
            },
            TrialAnswer::Asked => Fact::TrialAsked,
        })
    })?;
    Ok(answer)
}

/// An act of the provider on one tenant, by somebody who may: the provider's log gets the fact, the tenant's the same
/// and what follows.
pub(super) fn for_tenant<'a>(
    lockbox: &Lockbox,
    by: impl Into<ForProvider<'a>>,
    right: Act,
    key: &Slug,
    act: impl FnOnce(&mut Tx<'_>, &Tenant, &Actor) -> Result<(Tenant, Fact, Facts), ActError>,
) -> Result<Tenant, ActError> {
    let by = by.into();
    let author = by.author();
    lockbox.store.write(Log::Provider, &author, |tx| {
        by.may(tx, right)?;
        let unknown = || unfit("tenant", "There is no tenant with this key.");
        let id = tenants::by_key(tx.conn(), key)?.ok_or_else(unknown)?.id;
        let mut done = None;
        tx.also_in(Log::Tenant(id), |tx| {
            // Read again under the tenant's log: its own people may have changed it a moment ago.
            let row = tenants::by_id(tx.conn(), id)?.ok_or(Denied::NotThere)?;
            let (next, fact, facts) = act(tx, &row, &author.actor)?;
            done = Some((next, Facts::one(fact)));
            Ok::<_, ActError>(facts)
        })?;
        done.ok_or_else(|| Denied::NotThere.into())
    })
}
