//! The provider's customers: enrolling them, what they are entitled to, suspending them, their first administrator, and
//! a new one where they lost all of theirs.

pub mod enrolment;
pub mod entitlement;
pub mod suspension;

use actix_web::HttpRequest;
use actix_web::web::{Path, Query};
use serde::Deserialize;
use url::form_urlencoded::Serializer;

use super::error::WebError;
use super::form::Posted;
use super::guard::{Confirmation, ProviderMember};
use super::page::{Answer, form_page, page, see_other};
use super::people::typed;
use super::view::{
    AppointPage, CodeField, Field, Message, Paging, Place, TenantPage, TenantRow, TenantsPage,
    Times, Tone,
};
use super::words;
use crate::acts::{ActError, Flaw, recover};
use crate::domain::entitlement::{Entitlement, Trial};
use crate::domain::rights::{Act, Subject, may};
use crate::domain::tenant::Tenant;
use crate::domain::text::Slug;
use crate::store::{Stored, people, tenants};

/// Rows of one page.
const ROWS: usize = 50;

/// Most characters of a name that is looked for.
const NAME_MAX: usize = 200;

const LIST: &str = "/tenants";

/// Whom to make an administrator; the code is taken out of the form.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Appointed {
    email: String,
    name: String,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Asked {
    name: String,
    after: String,
}

/// `GET /tenants?name=&after=`.
///
/// # Errors
/// 403 for whoever may not see tenants, 404 for tenants' people.
pub async fn show(member: ProviderMember, request: HttpRequest) -> Answer {
    may(member.person(), Act::SeeTenants, Subject::Provider)?;
    let asked = Query::<Asked>::from_query(request.query_string());
    let Asked { name, after } = asked.map(Query::into_inner).unwrap_or_default();
    let wanted: String = name.trim().chars().take(NAME_MAX).collect();
    let after = Slug::parse(&after).ok();
    let (called, last) = (wanted.clone(), after.clone());
    let mut found: Vec<Tenant> = member
        .lockbox()
        .reading(move |conn| tenants::called(conn, &called, last.as_ref(), ROWS + 1))
        .await?;
    let more = found.len() > ROWS;
    found.truncate(ROWS);
    let times = member.times();
    page(&TenantsPage {
        shell: member.shell(Place::Tenants),
        may_enrol: may_enrol(&member).is_ok(),
        tenants: found.iter().map(|tenant| row(tenant, times)).collect(),
        paging: Paging {
            first: after.map(|_| address(&wanted, None)),
            next: found
                .last()
                .filter(|_| more)
                .map(|last| address(&wanted, Some(&last.key))),
        },
        wanted,
    })
}

/// The list's address, with what was searched for.
fn address(wanted: &str, after: Option<&Slug>) -> String {
    let query: String = Serializer::new(String::new())
        .extend_pairs(
            [("name", wanted)]
                .into_iter()
                .filter(|_| !wanted.is_empty()),
        )
        .extend_pairs(after.map(|key| ("after", key.as_str())))
        .finish();
    if query.is_empty() {
        LIST.to_owned()
    } else {
        format!("{LIST}?{query}")
    }
}

fn may_enrol(member: &ProviderMember) -> Result<(), WebError> {
    Ok(may(member.person(), Act::EnrolTenants, Subject::Provider)?)
}

/// `GET /tenants/{tenant}`, and what was done just before it: `?enrolled`, `?entitled` and so on.
///
/// # Errors
/// As [`show`], and 404 for a tenant that is not there.
pub async fn show_one(member: ProviderMember, key: Path<String>, request: HttpRequest) -> Answer {
    let (tenant, empty) = find(&member, &key).await?;
    let may_appoint = may(
        member.person(),
        Act::AppointAdministrator,
        Subject::Provider,
    )
    .is_ok();
    let mut shell = member.shell(Place::Tenants);
    let done = match request.query_string() {
        "invited" => Some("Invited. The mail is on its way."),
        "begun" => Some("Begun. Everybody of the customer is told by mail."),
        "enrolled" => Some("Enrolled. Its lockbox is off until its own administrator turns it on."),
        "entitled" => Some("Saved. Those who decide there are told by mail."),
        "suspended" => Some("Suspended. Those who decide there are told by mail."),
        "resumed" => Some("It goes on. Those who decide there are told by mail."),
        _ => None,
    };
    let may_enrol = may_enrol(&member).is_ok();
    let done = done.filter(|_| may_appoint && may_enrol);
    shell
        .messages
        .extend(done.map(|words| Message::new(Tone::Good, words)));
    page(&TenantPage {
        shell,
        tenant: row(&tenant, member.times()),
        zone: tenant.zone.name().to_owned(),
        empty,
        may_appoint,
        may_enrol,
    })
}

/// `GET /tenants/{tenant}/administrator`.
///
/// # Errors
/// As [`show_one`], and 403 for whoever makes no administrators.
pub async fn show_administrator(member: ProviderMember, key: Path<String>) -> Answer {
    may(
        member.person(),
        Act::AppointAdministrator,
        Subject::Provider,
    )?;
    let found = find(&member, &key).await?;
    let nothing = Appointed {
        email: String::new(),
        name: String::new(),
    };
    form(&member, &found, nothing, member.code_field(), &[])
}

/// `POST /tenants/{tenant}/administrator`: invites the first one, or begins to make another one.
///
/// # Errors
/// As [`show_administrator`], and whatever the act says.
pub async fn appoint(
    member: ProviderMember,
    key: Path<String>,
    posted: Posted<Appointed>,
) -> Answer {
    may(
        member.person(),
        Act::AppointAdministrator,
        Subject::Provider,
    )?;
    let found = find(&member, &key).await?;
    let (parsed, flaws) = typed(&posted.fields.email, &posted.fields.name);
    let by = match member.confirm(posted.code.as_deref()).await? {
        Confirmation::Fresh(by) => by,
        Confirmation::Ask(code) => {
            return form(&member, &found, posted.fields, Some(code), &flaws);
        }
    };
    let Some((email, name)) = parsed else {
        return form(&member, &found, posted.fields, None, &flaws);
    };
    let (key, first) = (found.0.key.clone(), found.1);
    let done = member
        .lockbox()
        .acting(move |lockbox| {
            if first {
                recover::invite_first(lockbox, &by, &key, &email, &name)?;
                return Ok("invited");
            }
            recover::start(lockbox, &by, &key, &email, &name)?;
            Ok::<_, ActError>("begun")
        })
        .await;
    match done {
        Ok(what) => Ok(see_other(&format!("{LIST}/{}?{what}", found.0.key))),
        Err(ActError::Unfit(flaws)) => form(&member, &found, posted.fields, None, &flaws),
        Err(error) => Err(error.into()),
    }
}

/// The tenant of an address, and whether nobody of it has come yet.
async fn find(member: &ProviderMember, key: &str) -> Result<(Tenant, bool), WebError> {
    may(member.person(), Act::SeeTenants, Subject::Provider)?;
    let key = Slug::parse(key).map_err(|_| WebError::NotFound)?;
    let found: Stored<_> = member
        .lockbox()
        .reading(move |conn| {
            let Some(tenant) = tenants::by_key(conn, &key)? else {
                return Ok(None);
            };
            let empty = !people::has_anybody_come(conn, tenant.id)?;
            Ok(Some((tenant, empty)))
        })
        .await;
    found?.ok_or(WebError::NotFound)
}

fn row(tenant: &Tenant, times: Times) -> TenantRow {
    TenantRow {
        href: format!("{LIST}/{}", tenant.key),
        name: tenant.name.to_string(),
        key: tenant.key.to_string(),
        suspended: tenant.suspended.map(|at| times.at(at)),
        entitlement: entitled(tenant, times),
        trial_asked: match tenant.trial {
            Trial::Asked { at, .. } => Some(times.at(at)),
            Trial::Offered | Trial::Had => None,
        },
        recovery: tenant
            .recovery
            .as_ref()
            .map(|running| (running.name.to_string(), times.at(running.due))),
    }
}

/// What it is entitled to, in one line.
fn entitled(tenant: &Tenant, times: Times) -> String {
    match &tenant.entitlement {
        Entitlement::Trial { until } if *until > times.now => {
            format!("Trial until {}", times.at(*until).words())
        }
        Entitlement::Trial { until } => format!("Trial over since {}", times.at(*until).words()),
        other => words::entitled(other),
    }
}

fn form(
    member: &ProviderMember,
    (tenant, first): &(Tenant, bool),
    fields: Appointed,
    code: Option<CodeField>,
    flaws: &[Flaw],
) -> Answer {
    let refused = !flaws.is_empty() || code.as_ref().is_some_and(|code| code.error.is_some());
    let field = |value, name| Field {
        value,
        error: Flaw::words_of(flaws, name),
    };
    let view = AppointPage {
        shell: member.shell(Place::Tenants),
        tenant: row(tenant, member.times()),
        first: *first,
        email: field(fields.email, "email"),
        name: field(fields.name, "name"),
        code,
        problem: Flaw::words_of(flaws, "tenant"),
    };
    form_page(refused, &view)
}
