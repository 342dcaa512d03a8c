//! What every change of a tenant's setting by its own people has in common: rights, load, decide, save, fact; and
//! approvals fall whose ground the setting no longer upholds, and access ends that the access hours no longer allow.

use super::sign_in::{Fresh, SignedIn};
use super::{ActError, Flaw, Lockbox, weaken};
use crate::domain::audit::entry::{Actor, Log};
use crate::domain::fact::Fact;
use crate::domain::id::{RequestId, TenantId};
use crate::domain::person::{Person, Side};
use crate::domain::request::decide::with_changed_hours;
use crate::domain::request::{Basis, Request, State, StateKind};
use crate::domain::rights::{Act, Denied, Subject, may};
use crate::domain::tenant::Tenant;
use crate::domain::text::Prose;
use crate::store::{Facts, StoreError, Tx, people, requests, tenants};

/// How many requests are read at a time.
const REQUESTS_PER_PAGE: i64 = 200;

/// Changes the setting of a tenant to what follows from the fact that `decide` comes to.
pub(super) fn change(
    lockbox: &Lockbox,
    by: &Fresh,
    tenant: TenantId,
    decide: impl FnOnce(&mut Tx<'_>, &Tenant) -> Result<Fact, ActError>,
) -> Result<Tenant, ActError> {
    let author = by.author();
    lockbox.store.write(Log::Tenant(tenant), &author, |tx| {
        let who = people::by_id(tx.conn(), by.person.id)?.ok_or(Denied::NotThere)?;
        may(&who, Act::SwitchLockbox, Subject::Tenant(tenant))?;
        let row = not_suspended(tx, tenant)?;
        let fact = weaken::or_wait(&row, decide(tx, &row)?, tx.now())?;
        let next = after(tx, &row, &fact, &author.actor)?;
        let facts = revoke_what_fell(tx, &next, &author.actor, Facts::one(fact))?;
        let facts = end_outside_hours(tx, &row, &next, &author.actor, facts)?;
        Ok((next, facts))
    })
}

/// Whoever may set what an act is about for their own side, as they are now. Nothing of a suspended tenant can be set.
pub(super) fn may_set(tx: &mut Tx<'_>, by: &SignedIn, act: Act) -> Result<Person, ActError> {
    let who = people::by_id(tx.conn(), by.person.id)?.ok_or(Denied::NotThere)?;
    may(&who, act, Subject::of(who.side))?;
    if let Side::Tenant(tenant) = who.side {
        not_suspended(tx, tenant)?;
    }
    Ok(who)
}

fn not_suspended(tx: &mut Tx<'_>, tenant: TenantId) -> Result<Tenant, ActError> {
    let row = tenants::by_id(tx.conn(), tenant)?.ok_or(Denied::NotThere)?;
    if row.suspended.is_some() {
        let words = format!(
            "{} is suspended, so its settings cannot be changed.",
            row.name
        );
        return Err(unfit("tenant", words));
    }
    Ok(row)
}

/// The tenant after this fact, saved.
pub(super) fn after(
    tx: &mut Tx<'_>,
    row: &Tenant,
    fact: &Fact,
    by: &Actor,
) -> Result<Tenant, ActError> {
    let senseless = |e: &dyn std::fmt::Display| StoreError::Senseless(e.to_string());
    let next = row.apply(fact, by, tx.now()).map_err(|e| senseless(&e))?;
    tenants::save_setting(tx, &next)?;
    Ok(next)
}

/// One thing wrong with what was wanted.
pub(super) fn unfit(field: &'static str, words: impl Into<String>) -> ActError {
    ActError::Unfit(vec![Flaw::of(field, words)])
}

/// Words of ours, which always fit.
pub(super) fn prose(words: &str) -> Result<Prose, StoreError> {
    Prose::parse(words).map_err(|e| StoreError::Senseless(e.to_string()))
}

/// Moves a tenant's open requests of these kinds on, each by the fact that `follows` has for it, if any, and adds the
/// facts to what brought them about.
pub(super) fn move_open(
    tx: &mut Tx<'_>,
    tenant: TenantId,
    kinds: &[StateKind],
    by: &Actor,
    facts: Facts,
    follows: impl Fn(&Request) -> Result<Option<Fact>, StoreError>,
) -> Result<Facts, StoreError> {
    let moved = moved(tx, tenant, kinds, by, follows)?;
    Ok(moved.into_iter().fold(facts, |facts, (request, fact)| {
        facts.and_about(request, fact)
    }))
}

/// The same, and the facts alone.
pub(super) fn moved(
    tx: &mut Tx<'_>,
    tenant: TenantId,
    kinds: &[StateKind],
    by: &Actor,
    follows: impl Fn(&Request) -> Result<Option<Fact>, StoreError>,
) -> Result<Vec<(RequestId, Fact)>, StoreError> {
    let now = tx.now();
    let (mut facts, mut after) = (Vec::new(), None);
    loop {
        let page = requests::open_of(tx.conn(), tenant, kinds, after, now, REQUESTS_PER_PAGE)?;
        let Some(last) = page.last() else {
            return Ok(facts);
        };
        after = Some(last.id);
        for request in &page {
            let Some(fact) = follows(request)? else {
                continue;
            };
            let next = request
                .apply(&fact, by, now)
                .map_err(|e| StoreError::Senseless(e.to_string()))?;
            requests::save(tx, &next)?;
            facts.push((request.id, fact));
        }
    }
}

/// Revokes the approvals that nobody has started and that the setting, as it is now, no longer upholds.
fn revoke_what_fell(
    tx: &mut Tx<'_>,
    tenant: &Tenant,
    by: &Actor,
    facts: Facts,
) -> Result<Facts, StoreError> {
    let approved = [StateKind::Approved];
    move_open(tx, tenant.id, &approved, by, facts, |request| {
        let why = why_it_falls(request, tenant).map(prose).transpose()?;
        Ok(why.map(|why| Fact::RequestRevoked { why }))
    })
}

/// Ends or shortens every running access that the access hours no longer allow, if they were changed.
pub(super) fn end_outside_hours(
    tx: &mut Tx<'_>,
    before: &Tenant,
    tenant: &Tenant,
    by: &Actor,
    facts: Facts,
) -> Result<Facts, StoreError> {
    let hours = |tenant: &Tenant| (tenant.limits.access_hours, tenant.zone);
    if hours(before) == hours(tenant) {
        return Ok(facts);
    }
    let (active, now) = ([StateKind::Active], tx.now());
    move_open(tx, tenant.id, &active, by, facts, |request| {
        Ok(with_changed_hours(
            request,
            by,
            &tenant.limits,
            tenant.zone,
            now,
        ))
    })
}

fn why_it_falls(request: &Request, tenant: &Tenant) -> Option<&'static str> {
    let State::Approved { grant, .. } = &request.state else {
        return None;
    };
    if tenant.lockbox.upholds(grant.basis, request.service) {
        return None;
    }
    match grant.basis {
        Basis::CustomerDecision => None,
        Basis::LockboxOff => Some("Customer Lockbox was turned on before this access was started."),
        Basis::NotCovered => Some("This service was covered before this access was started."),
    }
}
