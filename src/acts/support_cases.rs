//! Support cases: opened, brought in, said something in, closed. By people of either side in the portal, and by keys
//! for the provider's own system.
//!
//! Closing ends, in the same transaction, what was asked for because of the case: whatever waits or has not begun is
//! withdrawn, and a running access is over.

use uuid::Uuid;

use super::api_keys::still_works;
use super::file_request::id_made_from;
use super::setting::{moved, unfit};
use super::sign_in::{Fresh, SignedIn};
use super::{ActError, Lockbox, taken};
use crate::domain::audit::entry::{Author, Log};
use crate::domain::fact::Fact;
use crate::domain::id::{CaseId, CommentId, TenantId};
use crate::domain::key::{ApiKey, KeyScope};
use crate::domain::request::decide::with_closed_case;
use crate::domain::rights::{Act, Denied, Subject, may};
use crate::domain::support_case::{
    COMMENTS_MAX, CaseChanged, CaseCommented, CaseOpened, Comment, OPEN_CASES_MAX, OtherCase,
    SupportCase, number_from_random,
};
use crate::domain::text::{Line, Prose, Slug};
use crate::store::requests::{OPEN, Sight};
use crate::store::{Facts, StoreError, Stored, Tx, case_comments, people, support_cases, tenants};

/// What a case says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CaseWords {
    /// What it is about.
    pub title: Line,
    /// What happened.
    pub description: Option<Prose>,
}

/// What became of a case that was brought in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Brought {
    /// It is new.
    New,
    /// It was there, and says something else now.
    Changed,
    /// It was there like this.
    Same,
}

/// A case that was closed, and how many requests and accesses ended with it.
#[derive(Debug, Clone)]
pub struct Closed {
    /// The case.
    pub case: SupportCase,
    /// How many ended.
    pub ended: usize,
}

/// A person of a tenant opens a case. However often the same form is sent with the same words, one case comes of it.
///
/// # Errors
/// [`ActError`]; nothing has changed then.
pub fn open(
    lockbox: &Lockbox,
    by: &SignedIn,
    new: &CaseWords,
    form: Uuid,
) -> Result<SupportCase, ActError> {
    let words = (&new.title, &new.description);
    let purpose = ("a case opened from a form", form, by.person.id, words);
    let id = CaseId(id_made_from(lockbox, &purpose)?);
    open_as(lockbox, by, new, id, None)
}

/// The same, under a number that the tenant's people know it by already: of the demo.
///
/// # Errors
/// As [`open`], and [`ActError::Taken`] when the tenant has a case of this number.
pub fn open_numbered(
    lockbox: &Lockbox,
    by: &SignedIn,
    new: &CaseWords,
    number: &Line,
) -> Result<SupportCase, ActError> {
    let id = CaseId(lockbox.entropy.uuid(lockbox.store.clock().now()));
    open_as(lockbox, by, new, id, Some(number))
}

fn open_as(
    lockbox: &Lockbox,
    by: &SignedIn,
    new: &CaseWords,
    id: CaseId,
    number: Option<&Line>,
) -> Result<SupportCase, ActError> {
    let tenant = by.person.tenant().ok_or(Denied::NoRole)?;
    let opened = lockbox
        .store
        .write(Log::Tenant(tenant), &by.author(), |tx| {
            let who = people::by_id(tx.conn(), by.person.id)?.ok_or(Denied::NotThere)?;
            may(&who, Act::OpenCase, Subject::Tenant(tenant))?;
            if support_cases::by_id(tx.conn(), tenant, id)?.is_some() {
                return Err(ActError::DoneBefore);
            }
            let number = match number {
                Some(number) => number.clone(),
                None => draw_number(tx, lockbox, tenant)?,
            };
            add(tx, id, tenant, number, new)
        });
    match opened {
        Err(ActError::DoneBefore) => lockbox
            .store
            .read(|conn| support_cases::by_id(conn, tenant, id))?
            .ok_or_else(|| Denied::NotThere.into()),
        opened => opened,
    }
}

/// A key brings a case in from the provider's own system, by the number it has there: a new one, or, with other words,
/// one that is there already.
///
/// # Errors
/// [`ActError::CaseRefused`] when it is closed, when its words are the customer's, or when a request names it.
pub fn bring_in(
    lockbox: &Lockbox,
    key: &ApiKey,
    author: &Author,
    tenant: &Slug,
    number: &Line,
    new: &CaseWords,
) -> Result<(SupportCase, Brought), ActError> {
    writes_cases(key)?;
    let tenant = lockbox.store.read(|conn| tenants::by_key(conn, tenant))?;
    let unknown = || unfit("tenant", "There is no tenant with this key.");
    let tenant = tenant.filter(|tenant| key.bounds.case(tenant.id));
    let tenant = tenant.ok_or_else(unknown)?.id;
    let brought = lockbox.store.write(Log::Tenant(tenant), author, |tx| {
        still_works(tx, key)?;
        let Some(case) = support_cases::by_number(tx.conn(), tenant, number)? else {
            let id = CaseId(lockbox.entropy.uuid(tx.now()));
            let (case, facts) = add(tx, id, tenant, number.clone(), new)?;
            return Ok(((case, Brought::New), facts));
        };
        if case.title == new.title && case.description == new.description {
            return Err(ActError::DoneBefore);
        }
        let named = support_cases::is_named(tx.conn(), tenant, case.id)?;
        let refused = |refusal| ActError::CaseRefused(refusal, Box::new(case.clone()));
        case.may_change(named).map_err(refused)?;
        unsuspended(tx, tenant)?;
        let fact = Fact::SupportCaseChanged(CaseChanged {
            case: case.id,
            number: case.number.clone(),
            title: new.title.clone(),
            description: new.description.clone(),
        });
        let next = after(tx, &case, &fact, author)?;
        Ok(((next, Brought::Changed), Facts::one(fact)))
    });
    match brought {
        Err(ActError::DoneBefore) => {
            let case = lockbox
                .store
                .read(|conn| support_cases::by_number(conn, tenant, number))?
                .ok_or(Denied::NotThere)?;
            Ok((case, Brought::Same))
        }
        brought => brought,
    }
}

/// Somebody says something in a case. However often the same form is sent with the same words, it is said once.
///
/// # Errors
/// [`ActError::CaseRefused`] when it is closed.
pub fn comment(
    lockbox: &Lockbox,
    by: &SignedIn,
    case: CaseId,
    text: &Prose,
    form: Uuid,
) -> Result<Comment, ActError> {
    let purpose = ("a comment from a form", form, by.person.id, case, text);
    let id = CommentId(id_made_from(lockbox, &purpose)?);
    let found = seen_by(lockbox, by, case)?;
    say(lockbox, &found, &by.author(), text, id, |tx, case| {
        person_may(tx, by, Act::CommentCase, case)
    })
}

/// A key says something in a case: once for each idempotency key, where one is named.
///
/// # Errors
/// [`ActError::CaseRefused`] when it is closed; [`ActError::Unfit`] when the idempotency key came with other words.
pub fn comment_by_key(
    lockbox: &Lockbox,
    key: &ApiKey,
    author: &Author,
    case: CaseId,
    text: &Prose,
    idempotency_key: Option<&str>,
) -> Result<Comment, ActError> {
    writes_cases(key)?;
    let id = match idempotency_key {
        Some(one) => id_made_from(lockbox, &("a comment by a key", key.id, case, one))?,
        None => lockbox.entropy.uuid(lockbox.store.clock().now()),
    };
    let found = seen_by_key(lockbox, key, case)?;
    let said = say(lockbox, &found, author, text, CommentId(id), |tx, _| {
        still_works(tx, key)
    })?;
    if said.text == *text {
        return Ok(said);
    }
    let words = "This Idempotency-Key came with another comment before.";
    Err(unfit("comment", words))
}

/// Somebody closes a case, with a fresh second factor, since access may end with it.
///
/// # Errors
/// [`ActError::CaseRefused`] when it is closed already.
pub fn close(lockbox: &Lockbox, by: &Fresh, case: CaseId) -> Result<Closed, ActError> {
    let found = seen_by(lockbox, by, case)?;
    shut(lockbox, &found, &by.author(), |tx, case| {
        person_may(tx, by, Act::CloseCase, case)
    })
}

/// A key closes a case.
///
/// # Errors
/// As [`close`].
pub fn close_by_key(
    lockbox: &Lockbox,
    key: &ApiKey,
    author: &Author,
    case: CaseId,
) -> Result<Closed, ActError> {
    writes_cases(key)?;
    let found = seen_by_key(lockbox, key, case)?;
    shut(lockbox, &found, author, |tx, _| still_works(tx, key))
}

fn writes_cases(key: &ApiKey) -> Result<(), ActError> {
    if key.scopes.contains(&KeyScope::CasesWrite) {
        Ok(())
    } else {
        Err(Denied::NoRole.into())
    }
}

fn seen_by(lockbox: &Lockbox, by: &SignedIn, case: CaseId) -> Result<SupportCase, ActError> {
    let sight = Sight::of(&by.person);
    let found = lockbox
        .store
        .read(|conn| support_cases::within_sight(conn, sight, case))?;
    found.ok_or_else(|| Denied::NotThere.into())
}

fn seen_by_key(lockbox: &Lockbox, key: &ApiKey, case: CaseId) -> Result<SupportCase, ActError> {
    let found = lockbox
        .store
        .read(|conn| support_cases::within(conn, &key.bounds, case))?;
    found.ok_or_else(|| Denied::NotThere.into())
}

fn person_may(
    tx: &mut Tx<'_>,
    by: &SignedIn,
    act: Act,
    case: &SupportCase,
) -> Result<(), ActError> {
    let who = people::by_id(tx.conn(), by.person.id)?.ok_or(Denied::NotThere)?;
    Ok(may(&who, act, Subject::Case(case))?)
}

fn add(
    tx: &mut Tx<'_>,
    id: CaseId,
    tenant: TenantId,
    number: Line,
    new: &CaseWords,
) -> Result<(SupportCase, Facts), ActError> {
    let opened = CaseOpened {
        id,
        tenant,
        number,
        title: new.title.clone(),
        description: new.description.clone(),
    };
    let case = record(tx, &opened)?;
    Ok((case, Facts::one(Fact::SupportCaseOpened(opened))))
}

/// Keeps a new case of a tenant, where there is room for one.
pub(super) fn record(tx: &mut Tx<'_>, opened: &CaseOpened) -> Result<SupportCase, ActError> {
    unsuspended(tx, opened.tenant)?;
    if support_cases::count_open(tx.conn(), opened.tenant)? >= OPEN_CASES_MAX {
        let words = format!(
            "{OPEN_CASES_MAX} support cases are open, which is the most there can be. Close one first."
        );
        return Err(unfit("title", words));
    }
    let case = SupportCase::opened(opened, &tx.author().actor, tx.now());
    support_cases::add(tx, &case).map_err(taken("the support case's number"))?;
    Ok(case)
}

fn unsuspended(tx: &mut Tx<'_>, tenant: TenantId) -> Result<(), ActError> {
    let tenant = tenants::by_id(tx.conn(), tenant)?.ok_or(Denied::NotThere)?;
    if tenant.suspended.is_none() {
        return Ok(());
    }
    let words = format!(
        "{} is suspended: nothing is opened or said in its support cases.",
        tenant.name
    );
    Err(unfit("tenant", words))
}

fn after(
    tx: &mut Tx<'_>,
    case: &SupportCase,
    fact: &Fact,
    author: &Author,
) -> Result<SupportCase, ActError> {
    let next = case.apply(fact, &author.actor, tx.now());
    let next = next.map_err(senseless)?;
    support_cases::save(tx, &next)?;
    Ok(next)
}

fn senseless(error: OtherCase) -> StoreError {
    StoreError::Senseless(error.to_string())
}

fn say(
    lockbox: &Lockbox,
    found: &SupportCase,
    author: &Author,
    text: &Prose,
    id: CommentId,
    may: impl FnOnce(&mut Tx<'_>, &SupportCase) -> Result<(), ActError>,
) -> Result<Comment, ActError> {
    let tenant = found.tenant;
    let said = lockbox.store.write(Log::Tenant(tenant), author, |tx| {
        let case = support_cases::by_id(tx.conn(), tenant, found.id)?.ok_or(Denied::NotThere)?;
        may(tx, &case)?;
        if case_comments::by_id(tx.conn(), tenant, id)?.is_some() {
            return Err(ActError::DoneBefore);
        }
        let refused = |refusal| ActError::CaseRefused(refusal, Box::new(case.clone()));
        case.still_open().map_err(refused)?;
        unsuspended(tx, tenant)?;
        if case_comments::count(tx.conn(), tenant, case.id)? >= COMMENTS_MAX {
            let words = format!(
                "This support case has {COMMENTS_MAX} comments, which is the most there can be. Open another one."
            );
            return Err(unfit("comment", words));
        }
        let fact = CaseCommented {
            id,
            case: case.id,
            number: case.number.clone(),
            text: text.clone(),
        };
        let comment = case.commented(&fact, &author.actor, tx.now());
        let comment = comment.map_err(senseless)?;
        case_comments::add(tx, &comment)?;
        Ok((comment, Facts::one(Fact::SupportCaseCommented(fact))))
    });
    match said {
        Err(ActError::DoneBefore) => lockbox
            .store
            .read(|conn| case_comments::by_id(conn, tenant, id))?
            .ok_or_else(|| Denied::NotThere.into()),
        said => said,
    }
}

fn shut(
    lockbox: &Lockbox,
    found: &SupportCase,
    author: &Author,
    may: impl FnOnce(&mut Tx<'_>, &SupportCase) -> Result<(), ActError>,
) -> Result<Closed, ActError> {
    let (tenant, by) = (found.tenant, &author.actor);
    lockbox.store.write(Log::Tenant(tenant), author, |tx| {
        let case = support_cases::by_id(tx.conn(), tenant, found.id)?.ok_or(Denied::NotThere)?;
        may(tx, &case)?;
        let refused = |refusal| ActError::CaseRefused(refusal, Box::new(case.clone()));
        case.still_open().map_err(refused)?;
        let fact = Fact::SupportCaseClosed {
            case: case.id,
            number: case.number.clone(),
        };
        let next = after(tx, &case, &fact, author)?;
        let now = tx.now();
        let ended = moved(tx, tenant, &OPEN, by, |request| {
            let belongs = request.case == Some(next.id);
            Ok(belongs
                .then(|| with_closed_case(request, by, now))
                .flatten())
        })?;
        let closed = Closed {
            case: next,
            ended: ended.len(),
        };
        Ok((closed, Facts::one(fact).and_of_requests(ended)))
    })
}

/// Draws a number, and again on a collision.
fn draw_number(tx: &mut Tx<'_>, lockbox: &Lockbox, tenant: TenantId) -> Stored<Line> {
    for _ in 0..10 {
        let number = number_from_random(lockbox.entropy.bytes())
            .map_err(|e| StoreError::Senseless(e.to_string()))?;
        if support_cases::by_number(tx.conn(), tenant, &number)?.is_none() {
            return Ok(number);
        }
    }
    let words = "ten numbers of support cases in a row were taken";
    Err(StoreError::Senseless(words.to_owned()))
}
