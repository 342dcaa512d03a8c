//! `GET /api/v1/tenants` and `GET /api/v1/services`: what requests can be filed for, by their keys.

pub(super) mod described;

use actix_web::{HttpRequest, HttpResponse, web};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::PortalUrl;
use super::key::{Key, RequestsRead};
use super::openapi::words;
use super::paging::{self, Written, after, cursor, limit};
use super::problem::Problem;
use crate::domain::access_hours::AccessHours;
use crate::domain::key::Bounds;
use crate::domain::service::Service;
use crate::domain::tenant::Tenant;
use crate::domain::text::{Line, Slug};
use crate::store::conn::Conn;
use crate::store::{Stored, services, tenants};

#[derive(Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
struct Asked {
    /// How many at most; 50 where it is not said.
    #[schemars(with = "words::PageLimit")]
    limit: Option<u16>,
    /// The place after which to go on, from an answer of this list.
    #[schemars(with = "words::Place")]
    cursor: Option<String>,
}

/// A page of tenants.
#[derive(Serialize, JsonSchema)]
struct Tenants<'a> {
    /// The tenants, by their keys.
    tenants: Vec<ShownTenant<'a>>,
    /// The address of the page that follows, if one does.
    #[schemars(with = "Option<words::Address>")]
    next: Option<&'a str>,
}

/// A tenant.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Tenant")]
struct ShownTenant<'a> {
    /// Its key.
    key: &'a Slug,
    /// Its name.
    name: &'a Line,
    /// Its time zone, as the IANA database names it.
    zone: &'a str,
    /// Whether its lockbox is on or off.
    #[schemars(extend("enum" = ["on", "off"]))]
    lockbox: &'static str,
    /// Whether it is suspended: then nothing can be filed for it.
    suspended: bool,
    /// Its limits.
    limits: ShownLimits,
}

/// A tenant's limits.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Limits")]
struct ShownLimits {
    /// How long its people have to answer a request.
    #[schemars(with = "words::Length")]
    time_to_answer: String,
    /// The longest access.
    #[schemars(with = "words::Length")]
    longest_access: String,
    /// How long an approved access can wait to be started.
    #[schemars(with = "words::Length")]
    time_to_start: String,
    /// How many people must approve.
    approvals_needed: u8,
    /// When access may be started and go on, by the clocks of its zone: `any time`, or each day that has hours, such as
    /// `mon 08:00-12:00 13:00-18:00, tue 08:00-18:00`.
    access_hours: AccessHours,
}

impl<'a> ShownTenant<'a> {
    fn of(tenant: &'a Tenant) -> Self {
        let limits = &tenant.limits;
        Self {
            key: &tenant.key,
            name: &tenant.name,
            zone: tenant.zone.name(),
            lockbox: if tenant.lockbox.is_on() { "on" } else { "off" },
            suspended: tenant.suspended.is_some(),
            limits: ShownLimits {
                time_to_answer: limits.time_to_answer.iso8601(),
                longest_access: limits.longest_access.iso8601(),
                time_to_start: limits.time_to_start.iso8601(),
                approvals_needed: limits.approvals_needed,
                access_hours: limits.access_hours,
            },
        }
    }
}

/// The tenants that the key can see, by their keys.
///
/// # Errors
/// 400, 401, 403 and 429.
pub async fn list(
    key: Key<RequestsRead>,
    request: HttpRequest,
    portal: web::Data<PortalUrl>,
) -> Result<HttpResponse, Problem> {
    let (path, query) = (request.path().to_owned(), request.query_string().to_owned());
    key.acting(move |lockbox, caller| {
        let asked: Asked = paging::query(&query)?;
        let (limit, after) = (limit(asked.limit)?, after::<Slug>(asked.cursor.as_deref())?);
        let mut found = lockbox
            .store
            .read(|conn| within(conn, &caller.key.bounds, after.as_ref(), limit + 1))?;
        let more = found.len() > limit;
        found.truncate(limit);
        let last = found.last().filter(|_| more);
        let next =
            last.map(|last| paging::next(&portal, &path, &query, "cursor", &cursor(&last.key)));
        let page = Tenants {
            tenants: found.iter().map(ShownTenant::of).collect(),
            next: next.as_deref(),
        };
        Written::of(&page, next.clone())
    })
    .await
    .map(Written::answer)
}

/// At most `count` tenants within these bounds.
fn within(
    conn: &mut Conn,
    bounds: &Bounds,
    after: Option<&Slug>,
    count: usize,
) -> Stored<Vec<Tenant>> {
    if bounds.tenants.is_empty() {
        return tenants::page(conn, after, i64::try_from(count).unwrap_or(i64::MAX));
    }
    // A key is bound to few.
    let mut found = Vec::new();
    for tenant in &bounds.tenants {
        found.extend(tenants::by_id(conn, *tenant)?);
    }
    found.retain(|tenant| after.is_none_or(|after| tenant.key > *after));
    found.sort_by(|one, other| one.key.cmp(&other.key));
    found.truncate(count);
    Ok(found)
}

/// A page of services.
#[derive(Serialize, JsonSchema)]
struct Services<'a> {
    /// The services, by their keys.
    services: Vec<ShownService<'a>>,
    /// The address of the page that follows, if one does.
    #[schemars(with = "Option<words::Address>")]
    next: Option<&'a str>,
}

/// A service.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Service")]
struct ShownService<'a> {
    /// Its key.
    key: &'a Slug,
    /// Its name.
    name: &'a Line,
    /// Whether the provider proposes that tenants are asked about it.
    covered: bool,
}

/// The services that the key can see, by their keys.
///
/// # Errors
/// 400, 401, 403 and 429.
pub async fn list_services(
    key: Key<RequestsRead>,
    request: HttpRequest,
    portal: web::Data<PortalUrl>,
) -> Result<HttpResponse, Problem> {
    let (path, query) = (request.path().to_owned(), request.query_string().to_owned());
    key.acting(move |lockbox, caller| {
        let asked: Asked = paging::query(&query)?;
        let (limit, after) = (limit(asked.limit)?, after::<Slug>(asked.cursor.as_deref())?);
        // A deployment has few, and they are read whole everywhere.
        let mut found: Vec<Service> = lockbox.store.read(services::all)?;
        found.retain(|service| caller.key.bounds.service(service.id));
        found.retain(|service| after.as_ref().is_none_or(|after| service.key > *after));
        found.sort_by(|one, other| one.key.cmp(&other.key));
        let more = found.len() > limit;
        found.truncate(limit);
        let last = found.last().filter(|_| more);
        let next =
            last.map(|last| paging::next(&portal, &path, &query, "cursor", &cursor(&last.key)));
        let shown = found.iter().map(|service| ShownService {
            key: &service.key,
            name: &service.name,
            covered: service.covered,
        });
        let page = Services {
            services: shown.collect(),
            next: next.as_deref(),
        };
        Written::of(&page, next.clone())
    })
    .await
    .map(Written::answer)
}
