//! What people do to a request: endorse, approve, reject, withdraw, start, finish, revoke.

use std::collections::BTreeSet;

use super::api_keys::still_works;
use super::sign_in::{Fresh, SignedIn};
use super::{ActError, Lockbox};
use crate::domain::audit::entry::{Actor, Author, Log};
use crate::domain::id::{PersonId, Reference};
use crate::domain::key::{ApiKey, KeyScope};
use crate::domain::person::{Person, Side};
use crate::domain::request::decide::{Circumstances, Command, decide};
use crate::domain::request::{FiledBy, Request};
use crate::domain::rights::{Act, Asker, Denied, Subject, may};
use crate::domain::text::Prose;
use crate::domain::time::Minutes;
use crate::store::at_hand::AtHand;
use crate::store::requests::Sight;
use crate::store::{Facts, StoreError, Tx, people, requests, tenants};

/// A request as somebody saw it: a decision on another version is refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Seen {
    /// Which request.
    pub reference: Reference,
    /// Which version of it.
    pub version: u32,
}

/// A support manager stands behind a request. The customer is asked, unless it need not be.
///
/// # Errors
/// [`ActError`]; nothing has changed then.
pub fn endorse(lockbox: &Lockbox, by: &Fresh, seen: &Seen) -> Result<Request, ActError> {
    on_request(lockbox, by, seen, Act::Endorse, Command::Endorse)
}

/// An approver gives access for `duration` at most.
///
/// # Errors
/// [`ActError`]; nothing has changed then.
pub fn approve(
    lockbox: &Lockbox,
    by: &Fresh,
    seen: &Seen,
    duration: Minutes,
    note: Option<Prose>,
) -> Result<Request, ActError> {
    on_request(
        lockbox,
        by,
        seen,
        Act::Approve,
        Command::Approve { duration, note },
    )
}

/// A manager, before the customer is asked, or an approver says no.
///
/// # Errors
/// [`ActError`]; nothing has changed then.
pub fn reject(lockbox: &Lockbox, by: &Fresh, seen: &Seen, why: Prose) -> Result<Request, ActError> {
    match by.person.side {
        Side::Provider => on_request(
            lockbox,
            by,
            seen,
            Act::RejectAsManager,
            Command::RejectAsManager { why },
        ),
        Side::Tenant(_) => on_request(
            lockbox,
            by,
            seen,
            Act::RejectAsCustomer,
            Command::RejectAsCustomer { why },
        ),
    }
}

/// An approver or a manager takes access away. Needs no version: it must hold whatever else happened.
///
/// # Errors
/// [`ActError`]; nothing has changed then.
pub fn revoke(
    lockbox: &Lockbox,
    by: &Fresh,
    reference: &Reference,
    why: Prose,
) -> Result<Request, ActError> {
    act_on(
        lockbox,
        by,
        reference,
        None,
        Act::Revoke,
        Command::Revoke { why },
    )
}

/// The engineer starts the access window.
///
/// # Errors
/// [`ActError`]; nothing has changed then.
pub fn start(lockbox: &Lockbox, by: &Fresh, seen: &Seen) -> Result<Request, ActError> {
    on_request(lockbox, by, seen, Act::Start, Command::Start)
}

/// The engineer is done. Giving access back needs no fresh second factor and no version.
///
/// # Errors
/// [`ActError`]; nothing has changed then.
pub fn finish(
    lockbox: &Lockbox,
    by: &SignedIn,
    reference: &Reference,
) -> Result<Request, ActError> {
    act_on(lockbox, by, reference, None, Act::Finish, Command::Finish)
}

/// The engineer takes the request back. Needs no fresh second factor and no version.
///
/// # Errors
/// [`ActError`]; nothing has changed then.
pub fn withdraw(
    lockbox: &Lockbox,
    by: &SignedIn,
    reference: &Reference,
) -> Result<Request, ActError> {
    act_on(
        lockbox,
        by,
        reference,
        None,
        Act::Withdraw,
        Command::Withdraw,
    )
}

/// A key takes back what it filed.
///
/// # Errors
/// [`ActError`]; nothing has changed then.
pub fn withdraw_by_key(
    lockbox: &Lockbox,
    key: &ApiKey,
    author: &Author,
    reference: &Reference,
) -> Result<Request, ActError> {
    by_key(lockbox, key, author, reference, Command::Withdraw)
}

/// A key gives back the access under what it filed.
///
/// # Errors
/// [`ActError`]; nothing has changed then.
pub fn finish_by_key(
    lockbox: &Lockbox,
    key: &ApiKey,
    author: &Author,
    reference: &Reference,
) -> Result<Request, ActError> {
    by_key(lockbox, key, author, reference, Command::Finish)
}

/// A key may do no more with a request than take it back and give access back, and only with what it filed. Of others'
/// it learns that they are there only where it may read.
fn by_key(
    lockbox: &Lockbox,
    key: &ApiKey,
    author: &Author,
    reference: &Reference,
    command: Command,
) -> Result<Request, ActError> {
    if !key.scopes.contains(&KeyScope::RequestsWrite) {
        return Err(Denied::NoRole.into());
    }
    let found = lockbox
        .store
        .read(|conn| requests::within(conn, &key.bounds, reference))?
        .ok_or(Denied::NotThere)?;
    let filed_it = matches!(found.filed_by, FiledBy::Key { key: by, .. } if by == key.id);
    if !filed_it {
        let may_read = key.scopes.contains(&KeyScope::RequestsRead);
        let denied = if may_read {
            Denied::NoRole
        } else {
            Denied::NotThere
        };
        return Err(denied.into());
    }
    lockbox
        .store
        .write(Log::Tenant(found.tenant), author, |tx| {
            still_works(tx, key)?;
            let request =
                requests::by_id(tx.conn(), found.tenant, found.id)?.ok_or(Denied::NotThere)?;
            settle(tx, &request, command, &author.actor, None, None)
        })
}

fn on_request(
    lockbox: &Lockbox,
    by: &SignedIn,
    seen: &Seen,
    act: Act,
    command: Command,
) -> Result<Request, ActError> {
    act_on(
        lockbox,
        by,
        &seen.reference,
        Some(seen.version),
        act,
        command,
    )
}

fn act_on(
    lockbox: &Lockbox,
    by: &SignedIn,
    reference: &Reference,
    seen: Option<u32>,
    act: Act,
    command: Command,
) -> Result<Request, ActError> {
    let found = lockbox
        .store
        .read(|conn| requests::by_reference(conn, Sight::of(&by.person), reference))?
        .ok_or(Denied::NotThere)?;
    let (author, name) = (by.author(), command.name());
    let outcome = lockbox
        .store
        .write(Log::Tenant(found.tenant), &author, |tx| {
            let who = people::by_id(tx.conn(), by.person.id)?.ok_or(Denied::NotThere)?;
            let request =
                requests::by_id(tx.conn(), found.tenant, found.id)?.ok_or(Denied::NotThere)?;
            let asker = Asker::showing(&who, by.second_factor);
            may(asker, act, Subject::Request(&request))?;
            // Who comes to the other side under the same address has another id there.
            if act.needs_another() && people::share_address(tx.conn(), &who, request.whose())? {
                return Err(Denied::Own.into());
            }
            settle(tx, &request, command, &author.actor, seen, Some(who))
        });
    if let Err(error) = &outcome {
        let why = error.kind();
        metrics::counter!("lockbox_acts_refused_total", "command" => name, "why" => why)
            .increment(1);
    }
    outcome
}

/// Decides a command on a request within a transaction, and saves what follows. `who` is the person who acts, as they
/// were read in it.
pub(super) fn settle(
    tx: &mut Tx<'_>,
    request: &Request,
    command: Command,
    by: &Actor,
    seen: Option<u32>,
    who: Option<Person>,
) -> Result<(Request, Facts), ActError> {
    let now = tx.now();
    let tenant = tenants::by_id(tx.conn(), request.tenant)?
        .ok_or_else(|| StoreError::Senseless("a request whose tenant is gone".to_owned()))?;
    let approvers = if command.counts_approvals() {
        Some(people::approvers(tx.conn(), request.tenant)?)
    } else {
        None
    };
    let around = Circumstances {
        lockbox: &tenant.lockbox,
        limits: &tenant.limits,
        zone: tenant.zone,
        approvers: &may_approve(approvers.as_deref().unwrap_or_default(), request),
    };
    let fact = decide(request, command, by, &around, now)
        .map_err(|refusal| ActError::Refused(refusal, Box::new(request.at(now))))?;
    if seen.is_some_and(|seen| seen != request.version) {
        return Err(ActError::Stale(Box::new(request.at(now))));
    }
    let next = request
        .apply(&fact, by, now)
        .map_err(|e| StoreError::Senseless(e.to_string()))?;
    requests::save(tx, &next)?;
    let at_hand = AtHand {
        tenant: Some(tenant),
        request: Some(next.clone()),
        person: who,
        approvers,
    };
    Ok((next, Facts::about(request.id, fact).with(at_hand)))
}

/// Who of these may approve this request now: approvals by anybody else no longer count.
fn may_approve(people: &[Person], request: &Request) -> BTreeSet<PersonId> {
    people
        .iter()
        .filter(|person| may(*person, Act::Approve, Subject::Request(request)).is_ok())
        .map(|person| person.id)
        .collect()
}
