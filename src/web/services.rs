//! The provider's services: adding one, and proposing whether it is covered. A proposal changes no tenant.

use actix_web::HttpRequest;
use actix_web::web::Path;
use serde::Deserialize;

use super::error::WebError;
use super::form::Posted;
use super::guard::{Confirmation, Member, ProviderMember};
use super::page::{Answer, form_page, page, see_other};
use super::typed;
use super::view::{
    AddServicePage, CodeField, ConfirmPage, Field, Message, Place, ServiceRow, ServicesPage, Tone,
};
use crate::acts::{ActError, Flaw, coverage, enrol};
use crate::domain::rights::{Act, Subject, may};
use crate::domain::service::Service;
use crate::domain::text::{Line, Slug};
use crate::store::services;

const LIST: &str = "/services";

/// `GET /services`, and what was done just before it: `?added`, `?proposed`.
///
/// # Errors
/// 403 for whoever may not see services, 404 for tenants' people.
pub async fn show(member: ProviderMember, request: HttpRequest) -> Answer {
    may(member.person(), Act::SeeServices, Subject::Provider)?;
    let found = member.lockbox().reading(services::all).await?;
    let may_add = may_add(&member).is_ok();
    let mut shell = member.shell(Place::Services);
    let done = match request.query_string() {
        "added" => Some("Added. Every customer's log says so."),
        "proposed" => {
            Some("Proposed. Nothing changes for a customer until its global administrator accepts.")
        }
        _ => None,
    };
    shell.messages.extend(
        done.filter(|_| may_add)
            .map(|words| Message::new(Tone::Good, words)),
    );
    page(&ServicesPage {
        shell,
        services: found.iter().map(row).collect(),
        may_add,
    })
}

/// A new service as it is sent in.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Typed {
    key: String,
    name: String,
    covered: Option<Ticked>,
}

/// What a ticked box sends.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Ticked {
    On,
}

/// `GET /new-service`.
///
/// # Errors
/// 403 for whoever adds none, 404 for tenants' people.
pub async fn show_new(member: ProviderMember) -> Answer {
    may_add(&member)?;
    let typed = Typed {
        covered: Some(Ticked::On),
        ..Typed::default()
    };
    form(&member, typed, member.code_field(), &[])
}

/// `POST /new-service`.
///
/// # Errors
/// As [`show_new`], and whatever the act says.
pub async fn add(member: ProviderMember, posted: Posted<Typed>) -> Answer {
    may_add(&member)?;
    let Posted { fields, code } = posted;
    let (key, name) = match parse(&fields) {
        Ok(read) => read,
        Err(flaws) => return form(&member, fields, member.code_field(), &flaws),
    };
    let by = match member.confirm(code.as_deref()).await? {
        Confirmation::Fresh(by) => by,
        Confirmation::Ask(code) => return form(&member, fields, Some(code), &[]),
    };
    let covered = fields.covered.is_some();
    let done = member
        .lockbox()
        .acting(move |lockbox| enrol::service(lockbox, &*by, &key, &name, covered))
        .await;
    match done {
        Ok(_) => Ok(see_other(&format!("{LIST}?added"))),
        Err(ActError::Taken(_)) => {
            let words = "This key is another service's. Choose another one.";
            form(&member, fields, None, &[Flaw::of("key", words)])
        }
        Err(ActError::Unfit(flaws)) => form(&member, fields, None, &flaws),
        Err(error) => Err(error.into()),
    }
}

/// What the page that was shown would propose.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Proposed {
    wanted: Wanted,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Wanted {
    Covered,
    NotCovered,
}

/// `GET /services/{service}`: asks whether the other thing is to be proposed.
///
/// # Errors
/// 403 for whoever proposes nothing, 404 for tenants' people and for a service that is not there.
pub async fn show_proposal(member: ProviderMember, key: Path<String>) -> Answer {
    let service = find(&member, &key).await?;
    let wanted = if service.covered {
        Wanted::NotCovered
    } else {
        Wanted::Covered
    };
    proposal(&member, &service, wanted, member.code_field(), None)
}

/// `POST /services/{service}`.
///
/// # Errors
/// As [`show_proposal`], and whatever the act says.
pub async fn propose(
    member: ProviderMember,
    key: Path<String>,
    posted: Posted<Proposed>,
) -> Answer {
    let service = find(&member, &key).await?;
    let wanted = posted.fields.wanted;
    let by = match member.confirm(posted.code.as_deref()).await? {
        Confirmation::Fresh(by) => by,
        Confirmation::Ask(code) => return proposal(&member, &service, wanted, Some(code), None),
    };
    let key = service.key.clone();
    let done = member
        .lockbox()
        .acting(move |lockbox| coverage::propose(lockbox, &*by, &key, wanted == Wanted::Covered))
        .await;
    match done {
        Ok(_) => Ok(see_other(&format!("{LIST}?proposed"))),
        Err(ActError::Unfit(flaws)) => {
            let problem = Some(Flaw::sentences(&flaws));
            proposal(&member, &service, wanted, None, problem)
        }
        Err(error) => Err(error.into()),
    }
}

fn may_add(member: &ProviderMember) -> Result<(), WebError> {
    Ok(may(member.person(), Act::AddServices, Subject::Provider)?)
}

async fn find(member: &ProviderMember, key: &str) -> Result<Service, WebError> {
    may_add(member)?;
    by_key(member, key).await
}

/// The service with this key, as it stands in an address.
///
/// # Errors
/// [`WebError::NotFound`] where there is none.
pub(super) async fn by_key(member: &Member, key: &str) -> Result<Service, WebError> {
    let key = Slug::parse(key).map_err(|_| WebError::NotFound)?;
    let found = member
        .lockbox()
        .reading(move |conn| services::by_key(conn, &key))
        .await?;
    found.ok_or(WebError::NotFound)
}

fn parse(typed: &Typed) -> Result<(Slug, Line), Vec<Flaw>> {
    let key = typed::slug(&typed.key).map_err(|words| Flaw::of("key", words));
    let name = typed::called("name", &typed.name).map_err(|words| Flaw::of("name", words));
    match (key, name) {
        (Ok(key), Ok(name)) => Ok((key, name)),
        (key, name) => Err([key.err(), name.err()].into_iter().flatten().collect()),
    }
}

fn row(service: &Service) -> ServiceRow {
    ServiceRow {
        href: format!("{LIST}/{}", service.key),
        name: service.name.to_string(),
        key: service.key.to_string(),
        covered: service.covered,
    }
}

fn form(member: &ProviderMember, typed: Typed, code: Option<CodeField>, flaws: &[Flaw]) -> Answer {
    let refused = !flaws.is_empty() || code.as_ref().is_some_and(|code| code.error.is_some());
    let kept = |value, field: &str| Field {
        value,
        error: Flaw::words_of(flaws, field),
    };
    let view = AddServicePage {
        shell: member.shell(Place::Services),
        key: kept(typed.key, "key"),
        name: kept(typed.name, "name"),
        covered: typed.covered.is_some(),
        code,
        problem: Flaw::words_of(flaws, "service"),
    };
    form_page(refused, &view)
}

fn proposal(
    member: &ProviderMember,
    service: &Service,
    wanted: Wanted,
    code: Option<CodeField>,
    problem: Option<String>,
) -> Answer {
    let name = &service.name;
    let (title, meaning, value, button) = match wanted {
        Wanted::Covered => (
            format!("Propose to cover {name}?"),
            format!(
                "Customers who turn Customer Lockbox on from now on are asked about {name}, unless they choose otherwise."
            ),
            "covered",
            "Propose to cover it",
        ),
        Wanted::NotCovered => (
            format!("Propose not to cover {name}?"),
            format!(
                "A customer is no longer asked about {name} only once its global administrator accepts that."
            ),
            "not_covered",
            "Propose not to cover it",
        ),
    };
    let refused = problem.is_some() || code.as_ref().is_some_and(|code| code.error.is_some());
    let page = ConfirmPage {
        shell: member.shell(Place::Services),
        crumbs: vec![(LIST.to_owned(), "Services".to_owned())],
        title,
        lede: meaning,
        wanted: Some(value),
        reason: None,
        follows: vec![
            "It is only a proposal: nothing changes for a customer by it.".to_owned(),
            "Every customer's log says so.".to_owned(),
        ],
        action: format!("{LIST}/{}", service.key),
        button: button.to_owned(),
        danger: false,
        back: LIST.to_owned(),
        code,
        problem,
    };
    form_page(refused, &page)
}
