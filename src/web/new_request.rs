//! The engineer's form for a new request.

use std::collections::BTreeMap;

use actix_web::HttpRequest;
use actix_web::http::StatusCode;
use actix_web::web::Query;
use serde::Deserialize;

use super::error::WebError;
use super::form::Posted;
use super::guard::{Confirmation, Member};
use super::page::{Answer, page_with, see_other};
use super::request::shown;
use super::view::{Choice, CodeField, Field, NewRequestPage, Place, Select};
use super::{durations, typed};
use crate::acts::file_request::{CaseNamed, NewRequest, file_form, filed_before, no_more_time};
use crate::acts::{ActError, Flaw, Lockbox};
use crate::domain::id::{CaseId, Reference, TenantId};
use crate::domain::request::Request;
use crate::domain::rights::{Act, Subject, may};
use crate::domain::scope::{Scope, ScopeError};
use crate::domain::service::Service;
use crate::domain::support_case::SupportCase;
use crate::domain::tenant::Tenant;
use crate::domain::text::Slug;
use crate::domain::time::Minutes;
use crate::store::requests::Sight;
use crate::store::support_cases::View;
use crate::store::{Stored, services, support_cases, tenants};

/// Most customers in the list.
const TENANTS_MAX: i64 = 500;

/// Most open cases in the list, the newest ones. Any other is reached from its own page.
const CASES_SHOWN: usize = 200;

/// The longest duration offered; the customer's limit may be below it.
const LONGEST: Minutes = Minutes::hours(8);

/// The form as it is sent in.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Typed {
    tenant: String,
    service: String,
    case: String,
    scope: String,
    objects: String,
    actions: String,
    reason: String,
    duration: String,
    /// The request that it asks for more time after.
    follows: String,
    /// By what the form is known when it comes twice.
    form: String,
}

/// What the form begins with.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Asked {
    tenant: String,
    case: String,
    follows: String,
}

/// `GET /requests/new?tenant=&case=`, with what the form begins with; and `?follows=` a request of one's own that gave
/// access: the form is filled in from it.
///
/// # Errors
/// 403 for whoever is no engineer, 404 for a request that is not theirs.
pub async fn show(member: Member, request: HttpRequest) -> Answer {
    engineer(&member)?;
    let asked = Query::<Asked>::from_query(request.query_string());
    let asked = asked.map(Query::into_inner).unwrap_or_default();
    let (begun, flaw) = match asked.follows.as_str() {
        "" => {
            let begun = Typed {
                tenant: asked.tenant,
                case: asked.case,
                ..Typed::default()
            };
            (begun, None)
        }
        earlier => after(&member, earlier).await?,
    };
    let typed = Typed {
        form: member.new_form_id().to_string(),
        ..begun
    };
    form(&member, typed, flaw.as_slice(), member.code_field(), None).await
}

/// `POST /requests/new`.
///
/// # Errors
/// 403 for whoever is no engineer, and whatever the act says.
pub async fn file_it(member: Member, posted: Posted<Typed>) -> Answer {
    engineer(&member)?;
    let Posted { fields, code } = posted;
    let new = match parse(&fields) {
        Ok(new) => new,
        Err(flaws) => return form(&member, fields, &flaws, member.code_field(), None).await,
    };
    let id = member.form_id(&fields.form)?;
    let (engineer, sent) = (member.person().id, new.clone());
    let before = move |lockbox: &Lockbox| filed_before(lockbox, engineer, &sent, id);
    // A form that comes twice needs no second code.
    let filed = match member.lockbox().acting(before).await {
        Ok(Some(request)) => Err(ActError::FiledAlready(Box::new(request))),
        Err(error) => Err(error),
        Ok(None) => {
            let by = match member.confirm(code.as_deref()).await? {
                Confirmation::Fresh(by) => by,
                Confirmation::Ask(code) => {
                    return form(&member, fields, &[], Some(code), None).await;
                }
            };
            let file = move |lockbox: &Lockbox| file_form(lockbox, &by, &new, id);
            member.lockbox().acting(file).await
        }
    };
    match filed {
        Ok(request) => Ok(see_other(&format!("/requests/{}", request.reference))),
        Err(ActError::FiledAlready(request)) => {
            Ok(see_other(&format!("/requests/{}", request.reference)))
        }
        Err(ActError::Unfit(flaws)) => form(&member, fields, &flaws, None, None).await,
        Err(ActError::TooManyOpen(most)) => {
            let words = format!(
                "You have {most} open requests for this customer, which is the most there can be. End or withdraw \
                 one first."
            );
            form(&member, fields, &[], None, Some(words)).await
        }
        Err(error) => Err(error.into()),
    }
}

/// What was asked for in an earlier request of one's own; and what must be chosen anew, since its case was closed.
async fn after(member: &Member, earlier: &str) -> Result<(Typed, Option<Flaw>), WebError> {
    let shown = shown::find(member, earlier, Act::SeeRequest).await?;
    let request = &shown.request;
    if request.engineer != member.person().id {
        return Err(WebError::NotFound);
    }
    if !request.state.gave_access() {
        return Err(ActError::Unfit(vec![no_more_time(&request.reference)]).into());
    }
    let case = case_of(member, request).await?;
    let closed = case.as_ref().filter(|case| !case.is_open());
    let flaw = closed.map(|closed| {
        let words = format!(
            "The support case {} is closed. Choose one of this customer's that is open.",
            closed.number
        );
        Flaw::of("case", words)
    });
    let begun = Typed {
        tenant: shown.tenant.key.to_string(),
        service: shown.service.key.to_string(),
        case: case
            .filter(SupportCase::is_open)
            .map(|case| case.id.to_string())
            .unwrap_or_default(),
        scope: shown.scope(),
        objects: shown.objects().join("\n"),
        actions: shown.actions().join(", "),
        reason: request.reason.to_string(),
        duration: request.asked.iso8601(),
        follows: request.reference.to_string(),
        form: String::new(),
    };
    Ok((begun, flaw))
}

async fn case_of(member: &Member, request: &Request) -> Result<Option<SupportCase>, WebError> {
    let Some(case) = request.case else {
        return Ok(None);
    };
    let tenant = request.tenant;
    let lockbox = member.lockbox();
    let case = lockbox.reading(move |conn| support_cases::by_id(conn, tenant, case));
    Ok(case.await?)
}

fn engineer(member: &Member) -> Result<(), WebError> {
    Ok(may(member.person(), Act::FileRequest, Subject::Provider)?)
}

/// Reads the form into what the act takes, or names all that is wrong with it.
fn parse(typed: &Typed) -> Result<NewRequest, Vec<Flaw>> {
    let mut flaws = Vec::new();
    let mut kept = |field: &'static str, words: String| flaws.push(Flaw::of(field, words));
    let tenant = Slug::parse(&typed.tenant)
        .map_err(|_| kept("tenant", "Choose a customer.".to_owned()))
        .ok();
    let service = Slug::parse(&typed.service)
        .map_err(|_| kept("service", "Choose a service.".to_owned()))
        .ok();
    let case = case(typed)
        .map_err(|flaw| kept(flaw.field, flaw.words))
        .ok();
    let scope = scope(typed)
        .map_err(|flaw| kept(flaw.field, flaw.words))
        .ok();
    let reason = typed::prose("reason", &typed.reason)
        .map_err(|words| kept("reason", words))
        .ok();
    let asked = Minutes::parse_iso8601(&typed.duration)
        .map_err(|_| kept("duration", "Choose a duration.".to_owned()))
        .ok();
    let follows = match typed.follows.as_str() {
        "" => Some(None),
        earlier => Reference::parse(earlier)
            .map_err(|_| {
                let words = "Begin at the request that you need more time after.";
                kept("follows", words.to_owned());
            })
            .ok()
            .map(Some),
    };
    let read = || {
        Some(NewRequest {
            tenant: tenant?,
            service: service?,
            case: case?,
            reason: reason?,
            scope: scope?,
            asked: asked?,
            follows: follows?,
        })
    };
    read().ok_or(flaws)
}

fn case(typed: &Typed) -> Result<Option<CaseNamed>, Flaw> {
    if typed.case.is_empty() {
        return Ok(None);
    }
    let known = typed.case.parse().map(CaseId).map(CaseNamed::Known);
    known
        .map(Some)
        .map_err(|_| Flaw::of("case", "Choose a support case."))
}

fn scope(typed: &Typed) -> Result<Scope, Flaw> {
    let description = typed::prose("description of what you need to see", &typed.scope)
        .map_err(|words| Flaw::of("scope", words))?;
    let objects = typed.objects.lines().filter(|line| !line.trim().is_empty());
    let actions = typed
        .actions
        .split([',', ' ', '\t', '\r', '\n'])
        .filter(|action| !action.is_empty());
    Scope::parse(description, objects, actions).map_err(|error| match error {
        ScopeError::TooManyObjects => Flaw::of(
            "objects",
            format!("Name {} objects at most.", Scope::MAX_OBJECTS),
        ),
        ScopeError::Object => Flaw::of(
            "objects",
            "Write each object as a path of at most 500 characters, such as mailbox/kim@fabrikam.example, without \
             empty parts, \".\" or \"..\".",
        ),
        ScopeError::TooManyActions => Flaw::of(
            "actions",
            format!("Name {} actions at most.", Scope::MAX_ACTIONS),
        ),
        ScopeError::Action => Flaw::of(
            "actions",
            "Write each action in small letters, such as read, and not \"access\".",
        ),
    })
}

/// The form; with status 422, or 409 for a problem with the whole of it, where it was not taken.
async fn form(
    member: &Member,
    typed: Typed,
    flaws: &[Flaw],
    code: Option<CodeField>,
    problem: Option<String>,
) -> Answer {
    let chosen = typed.case.parse().ok().map(CaseId);
    let followed_one = !typed.follows.is_empty();
    let followed = Some(&typed).filter(|typed| !typed.follows.is_empty());
    let followed = followed.and_then(|typed| Slug::parse(&typed.tenant).ok());
    let (tenants, services, cases) = member
        .lockbox()
        .reading(move |conn| {
            let limit = i64::try_from(CASES_SHOWN).unwrap_or(i64::MAX);
            let mut cases = support_cases::list(conn, Sight::Provider, View::Open, None, limit)?;
            if let Some(id) = chosen.filter(|id| cases.iter().all(|case| case.id != *id)) {
                let older = support_cases::within_sight(conn, Sight::Provider, id)?;
                cases.extend(older.filter(SupportCase::is_open));
            }
            // More time is asked of the same customer.
            let tenants = match followed {
                Some(key) => tenants::by_key(conn, &key)?.into_iter().collect(),
                None => tenants::page(conn, None, TENANTS_MAX)?,
            };
            Stored::Ok((tenants, services::all(conn)?, cases))
        })
        .await?;
    let status = if problem.is_some() {
        StatusCode::CONFLICT
    } else if !flaws.is_empty() || code.as_ref().is_some_and(|code| code.error.is_some()) {
        StatusCode::UNPROCESSABLE_ENTITY
    } else {
        StatusCode::OK
    };
    let error = |field: &str| Flaw::words_of(flaws, field);
    let kept = |field: &str, value: String| Field {
        value,
        error: error(field),
    };
    // What followed a case is asked for because of one.
    let without_case = if followed_one && error("case").is_some() {
        "Choose a support case"
    } else {
        "None: provider initiated"
    };
    let page = NewRequestPage {
        shell: member.shell(Place::Queue),
        form: typed.form,
        follows: typed.follows,
        tenant: Select {
            choices: customers(&tenants, &typed.tenant),
            error: error("tenant"),
        },
        service: Select {
            choices: service_choices(&services, &typed.service),
            error: error("service"),
        },
        case: Select {
            choices: case_choices(&tenants, &cases, &typed.case, without_case),
            error: error("case"),
        },
        cut: cases.len() >= CASES_SHOWN,
        duration: Select {
            choices: duration_choices(&tenants, &typed.duration),
            error: error("duration"),
        },
        scope: kept("scope", typed.scope),
        objects: kept("objects", typed.objects),
        actions: kept("actions", typed.actions),
        reason: kept("reason", typed.reason),
        code,
        problem: problem.or_else(|| error("follows")),
    };
    page_with(status, &page)
}

fn customers(tenants: &[Tenant], chosen: &str) -> Vec<Choice> {
    let all = tenants.iter().map(|t| (t.key.as_str(), t.name.as_str()));
    // Nobody files for the first one by mistake.
    Choice::list("Choose a customer", all, chosen)
}

/// The open cases of these customers, by the customer's name.
fn case_choices(
    tenants: &[Tenant],
    cases: &[SupportCase],
    chosen: &str,
    none: &str,
) -> Vec<Choice> {
    let names: BTreeMap<TenantId, &str> = tenants
        .iter()
        .map(|tenant| (tenant.id, tenant.name.as_str()))
        .collect();
    let mut labelled: Vec<(String, String)> = cases
        .iter()
        .filter_map(|case| {
            let tenant = names.get(&case.tenant)?;
            let label = format!("{tenant}: {}, {}", case.number, case.title);
            Some((label, case.id.to_string()))
        })
        .collect();
    labelled.sort_unstable();
    let all = labelled
        .iter()
        .map(|(label, id)| (id.as_str(), label.as_str()));
    Choice::list(none, all, chosen)
}

fn service_choices(services: &[Service], chosen: &str) -> Vec<Choice> {
    let all = services.iter().map(|s| (s.key.as_str(), s.name.as_str()));
    Choice::list("Choose a service", all, chosen)
}

/// What the most generous customer allows, up to [`LONGEST`]; the act refuses what is too long for the one chosen.
fn duration_choices(tenants: &[Tenant], chosen: &str) -> Vec<Choice> {
    let allowed = tenants.iter().map(|tenant| tenant.limits.longest_access);
    let longest = allowed.max().unwrap_or(LONGEST).min(LONGEST);
    let chosen = Minutes::parse_iso8601(chosen).unwrap_or(Minutes::hours(1));
    durations::up_to(longest, chosen)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn typed() -> Typed {
        Typed {
            tenant: "fabrikam".to_owned(),
            service: "exchange-online".to_owned(),
            scope: "Kim's calendar".to_owned(),
            objects: "mailbox/kim@fabrikam.example/calendar\r\n\r\ntransport/log\r\n".to_owned(),
            actions: "read, list".to_owned(),
            reason: "Invitations vanish.".to_owned(),
            duration: "PT4H".to_owned(),
            ..Typed::default()
        }
    }

    #[test]
    fn a_form_that_fits_becomes_what_the_act_takes() {
        let new = parse(&typed()).unwrap();
        assert!(new.case.is_none());
        assert_eq!(new.scope.objects.len(), 2);
        assert_eq!(new.scope.actions.len(), 2);
        assert_eq!(new.asked, Minutes::hours(4));
    }

    #[test]
    fn every_flaw_is_named_at_once() {
        let flaws = parse(&Typed {
            case: "4417".to_owned(),
            actions: "access".to_owned(),
            reason: " ".to_owned(),
            duration: "4 hours".to_owned(),
            tenant: String::new(),
            ..typed()
        })
        .unwrap_err();
        let fields: Vec<_> = flaws.iter().map(|flaw| flaw.field).collect();
        assert_eq!(fields, ["tenant", "case", "actions", "reason", "duration"]);
    }
}
