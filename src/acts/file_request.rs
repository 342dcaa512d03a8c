//! Filing a data access request: by the engineer in the portal, or by a key for a named engineer.

use serde::Serialize;
use uuid::Uuid;

use super::api_keys::still_works;
use super::setting::unfit;
use super::sign_in::Fresh;
use super::support_cases::record;
use super::{ActError, Flaw, Lockbox};
use crate::domain::audit::entry::{Author, Log};
use crate::domain::fact::{Fact, Filed};
use crate::domain::id::{CaseId, PersonId, Reference, RequestId, ServiceId, TenantId};
use crate::domain::key::{ApiKey, Bounds, KeyScope};
use crate::domain::person::{Person, Role, Side};
use crate::domain::request::{FiledBy, Request};
use crate::domain::rights::{Act, Denied, Subject, may};
use crate::domain::scope::Scope;
use crate::domain::support_case::CaseOpened;
use crate::domain::text::{EmailAddress, Line, Prose, Slug};
use crate::domain::time::Minutes;
use crate::store::at_hand::AtHand;
use crate::store::requests::Sight;
use crate::store::{
    Facts, StoreError, Stored, Tx, idempotency, people, requests, services, support_cases, tenants,
};

/// Most open requests of one engineer for one tenant: nobody is to be tired into approving.
pub const OPEN_REQUESTS_MAX: i64 = 5;

/// What is asked for.
#[derive(Debug, Clone)]
pub struct NewRequest {
    /// The tenant's key.
    pub tenant: Slug,
    /// The service's key.
    pub service: Slug,
    /// The case it belongs to; none means "provider initiated".
    pub case: Option<CaseNamed>,
    /// Why.
    pub reason: Prose,
    /// What may be touched.
    pub scope: Scope,
    /// How long.
    pub asked: Minutes,
    /// The earlier request that it asks for more time after.
    pub follows: Option<Reference>,
}

/// The case that a request names. Only an open one can be named.
#[derive(Debug, Clone, Serialize)]
pub enum CaseNamed {
    /// One of the tenant's.
    Known(CaseId),
    /// One by its number.
    Numbered(NewCase),
}

/// A case by its number. An unknown number makes the case: whoever files brings it in.
#[derive(Debug, Clone, Serialize)]
pub struct NewCase {
    /// Its number.
    pub number: Line,
    /// Its title, which only a new case takes.
    pub title: Line,
}

/// The answer to be kept under an idempotency key, in the same transaction as the request.
pub struct Remember<'a> {
    /// The idempotency key, already claimed.
    pub idempotency_key: &'a str,
    /// The answer, made from the request.
    pub answer: &'a dyn Fn(&Request) -> String,
}

/// The engineer files for themselves.
///
/// # Errors
/// [`ActError`]; nothing has changed then.
pub fn file(lockbox: &Lockbox, by: &Fresh, new: &NewRequest) -> Result<Request, ActError> {
    let tenant = tenant_of(lockbox, new)?;
    lockbox
        .store
        .write(Log::Tenant(tenant), &by.author(), |tx| {
            let engineer = people::by_id(tx.conn(), by.person.id)?.ok_or(Denied::NotThere)?;
            may(&engineer, Act::FileRequest, Subject::Provider)?;
            let id = RequestId(lockbox.entropy.uuid(tx.now()));
            let (by, bounds) = (FiledBy::Engineer, Bounds::default());
            add(tx, lockbox, (id, tenant), new, &engineer, by, &bounds)
        })
}

/// The engineer files from a form. However often the same form is sent with the same words, one request comes of it:
/// its id is made from both.
///
/// # Errors
/// [`ActError::FiledAlready`] with the request that came of it before; else [`ActError`], and nothing has changed.
pub fn file_form(
    lockbox: &Lockbox,
    by: &Fresh,
    new: &NewRequest,
    form: Uuid,
) -> Result<Request, ActError> {
    let tenant = tenant_of(lockbox, new)?;
    let id = id_of_form(lockbox, by.person.id, new, form)?;
    lockbox
        .store
        .write(Log::Tenant(tenant), &by.author(), |tx| {
            if let Some(known) = requests::by_id(tx.conn(), tenant, id)? {
                return Err(ActError::FiledAlready(Box::new(known)));
            }
            let engineer = people::by_id(tx.conn(), by.person.id)?.ok_or(Denied::NotThere)?;
            may(&engineer, Act::FileRequest, Subject::Provider)?;
            let (by, bounds) = (FiledBy::Engineer, Bounds::default());
            add(tx, lockbox, (id, tenant), new, &engineer, by, &bounds)
        })
}

/// The request that came of this form and these words before, if one did.
///
/// # Errors
/// When the store does not answer, or there is no such tenant.
pub fn filed_before(
    lockbox: &Lockbox,
    engineer: PersonId,
    new: &NewRequest,
    form: Uuid,
) -> Result<Option<Request>, ActError> {
    let tenant = tenant_of(lockbox, new)?;
    let id = id_of_form(lockbox, engineer, new, form)?;
    Ok(lockbox
        .store
        .read(|conn| requests::by_id(conn, tenant, id))?)
}

/// Nobody else can make the same id, whatever form they say they send.
fn id_of_form(
    lockbox: &Lockbox,
    engineer: PersonId,
    new: &NewRequest,
    form: Uuid,
) -> Result<RequestId, StoreError> {
    let words = (
        &new.tenant,
        &new.service,
        &new.case,
        &new.reason,
        &new.scope,
        new.asked,
        &new.follows,
    );
    let purpose = ("a request filed from a form", form, engineer, words);
    id_made_from(lockbox, &purpose).map(RequestId)
}

/// The id of what comes of a form and its words: the same for the same, and nobody else's.
pub(super) fn id_made_from(lockbox: &Lockbox, purpose: &impl Serialize) -> Stored<Uuid> {
    let purpose = serde_json::to_string(purpose)?;
    let [id @ .., _, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _] =
        lockbox.secret_key.derive(&purpose);
    Ok(uuid::Builder::from_custom_bytes(id).into_uuid())
}

/// A key files for a named engineer.
///
/// # Errors
/// [`ActError`]; nothing has changed then.
pub fn file_by_key(
    lockbox: &Lockbox,
    key: &ApiKey,
    author: &Author,
    engineer: &EmailAddress,
    new: &NewRequest,
    remember: Option<Remember<'_>>,
) -> Result<Request, ActError> {
    if !key.scopes.contains(&KeyScope::RequestsWrite) {
        return Err(Denied::NoRole.into());
    }
    let tenant = tenant_of(lockbox, new)?;
    if !key.bounds.tenant(tenant) {
        return Err(no_such_tenant());
    }
    lockbox.store.write(Log::Tenant(tenant), author, |tx| {
        still_works(tx, key)?;
        let nobody = || {
            ActError::Unfit(vec![Flaw::of(
                "engineer",
                "No engineer of the provider has this mail address.",
            )])
        };
        let engineer = people::of_side_by_email(tx.conn(), Side::Provider, engineer)?;
        let engineer = engineer.filter(|engineer| engineer.is(Role::Engineer));
        let engineer = engineer.ok_or_else(nobody)?;
        let id = RequestId(lockbox.entropy.uuid(tx.now()));
        let (request, facts) = add(
            tx,
            lockbox,
            (id, tenant),
            new,
            &engineer,
            FiledBy::Key {
                key: key.id,
                owner: key.owner,
                made_by: key.made_by,
            },
            &key.bounds,
        )?;
        if let Some(remember) = remember {
            idempotency::answer(
                tx,
                key.id,
                remember.idempotency_key,
                &(remember.answer)(&request),
            )?;
        }
        Ok((request, facts))
    })
}

fn tenant_of(lockbox: &Lockbox, new: &NewRequest) -> Result<TenantId, ActError> {
    let tenant = lockbox
        .store
        .read(|conn| tenants::by_key(conn, &new.tenant))?;
    tenant.map(|tenant| tenant.id).ok_or_else(no_such_tenant)
}

fn no_such_tenant() -> ActError {
    ActError::Unfit(vec![Flaw::of(
        "tenant",
        "There is no tenant with this key.",
    )])
}

fn add(
    tx: &mut Tx<'_>,
    lockbox: &Lockbox,
    (id, tenant): (RequestId, TenantId),
    new: &NewRequest,
    engineer: &Person,
    filed_by: FiledBy,
    bounds: &Bounds,
) -> Result<(Request, Facts), ActError> {
    let now = tx.now();
    let tenant = tenants::by_id(tx.conn(), tenant)?.ok_or(Denied::NotThere)?;
    let service = services::by_key(tx.conn(), &new.service)?
        .filter(|service| bounds.covers(tenant.id, service.id));
    let longest = tenant.limits.longest_access;
    let mut flaws = Vec::new();
    if tenant.suspended.is_some() {
        let words = format!("{} is suspended: nothing can be filed for it.", tenant.name);
        flaws.push(Flaw::of("tenant", words));
    }
    if service.is_none() {
        flaws.push(Flaw::of("service", "There is no service with this key."));
    }
    if new.asked > longest {
        flaws.push(Flaw::of(
            "duration",
            format!("{} allows access for {longest} at most.", tenant.name),
        ));
    }
    if let (Some(earlier), Some(service)) = (&new.follows, &service) {
        let case = match filed_by {
            FiledBy::Engineer => "case",
            FiledBy::Key { .. } => "support_case",
        };
        let without_case = new.case.is_none().then_some(case);
        let place = (tenant.id, service.id);
        flaws.extend(cannot_follow(tx, place, engineer, earlier, without_case)?);
    }
    let Some(service) = service.filter(|_| flaws.is_empty()) else {
        return Err(ActError::Unfit(flaws));
    };
    if requests::count_open(tx.conn(), engineer.id, tenant.id, now)? >= OPEN_REQUESTS_MAX {
        return Err(ActError::TooManyOpen(OPEN_REQUESTS_MAX));
    }
    let (case, case_fact) = match &new.case {
        Some(case) => named_case(tx, lockbox, tenant.id, case)?,
        None => (None, None),
    };
    let filed = Filed {
        id,
        reference: draw_reference(tx, lockbox)?,
        tenant: tenant.id,
        service: service.id,
        engineer: engineer.id,
        engineer_name: engineer.name.clone(),
        filed_by,
        case,
        reason: new.reason.clone(),
        scope: new.scope.clone(),
        asked: new.asked,
        quorum: tenant.limits.approvals_needed,
        expires_at: now + lockbox.manager_time_to_answer.delta(),
        follows: new.follows.clone(),
    };
    let request = Request::filed(&filed, now);
    requests::add(tx, &request)?;
    let filed = Fact::RequestFiled(Box::new(filed));
    let facts = match case_fact {
        Some(fact) => Facts::one(fact).and_about(request.id, filed),
        None => Facts::about(request.id, filed),
    };
    let at_hand = AtHand {
        tenant: Some(tenant),
        request: Some(request.clone()),
        person: Some(engineer.clone()),
        approvers: None,
    };
    Ok((request, facts.with(at_hand)))
}

/// Why a request of this engineer for this tenant cannot ask for more time after that one, if it cannot. Somebody
/// else's, another tenant's, another service's and one that never was are the same. What was asked for because of a
/// support case is not prolonged without one: `without_case` is the field that names none.
fn cannot_follow(
    tx: &mut Tx<'_>,
    (tenant, service): (TenantId, ServiceId),
    engineer: &Person,
    earlier: &Reference,
    without_case: Option<&'static str>,
) -> Result<Option<Flaw>, ActError> {
    let found = requests::by_reference(tx.conn(), Sight::Tenant(tenant), earlier)?;
    Ok(
        match found.filter(|found| found.engineer == engineer.id && found.service == service) {
            None => {
                let words = format!(
                    "This engineer has no request {earlier} for this customer and this service."
                );
                Some(Flaw::of("follows", words))
            }
            Some(request) if !request.state.at(tx.now()).gave_access() => {
                Some(no_more_time(earlier))
            }
            Some(request) => {
                let without_case = without_case.filter(|_| request.case.is_some());
                without_case.map(|field| {
                    let words = format!(
                        "{earlier} belongs to a support case. Name it, or another one of this customer's that is open."
                    );
                    Flaw::of(field, words)
                })
            }
        },
    )
}

/// What is wrong with asking for more time after a request that gave none.
#[must_use]
pub fn no_more_time(earlier: &Reference) -> Flaw {
    let words = format!("{earlier} gave no access, so there is no more time to ask for after it.");
    Flaw::of("follows", words)
}

fn named_case(
    tx: &mut Tx<'_>,
    lockbox: &Lockbox,
    tenant: TenantId,
    named: &CaseNamed,
) -> Result<(Option<CaseId>, Option<Fact>), ActError> {
    let (field, known) = match named {
        CaseNamed::Known(id) => ("case", support_cases::by_id(tx.conn(), tenant, *id)?),
        CaseNamed::Numbered(case) => (
            "support_case.number",
            support_cases::by_number(tx.conn(), tenant, &case.number)?,
        ),
    };
    match (known, named) {
        (Some(known), _) if known.is_open() => Ok((Some(known.id), None)),
        (Some(known), _) => {
            let words = format!(
                "The support case {} is closed. Name one that is open.",
                known.number
            );
            Err(unfit(field, words))
        }
        (None, CaseNamed::Known(_)) => Err(unfit(
            field,
            "This support case is another customer's, or there is none such. Choose one of this customer's.",
        )),
        (None, CaseNamed::Numbered(new)) => {
            let opened = CaseOpened {
                id: CaseId(lockbox.entropy.uuid(tx.now())),
                tenant,
                number: new.number.clone(),
                title: new.title.clone(),
                description: None,
            };
            record(tx, &opened)?;
            Ok((Some(opened.id), Some(Fact::SupportCaseRecorded(opened))))
        }
    }
}

/// Draws a reference, and again on a collision.
fn draw_reference(tx: &mut Tx<'_>, lockbox: &Lockbox) -> Result<Reference, ActError> {
    for _ in 0..10 {
        let reference = Reference::from_random(lockbox.entropy.bytes());
        if !requests::is_taken(tx.conn(), &reference)? {
            return Ok(reference);
        }
    }
    Err(StoreError::Senseless("ten references in a row were taken".to_owned()).into())
}
