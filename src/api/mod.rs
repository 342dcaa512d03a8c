//! The side door: JSON for the provider's own systems, and for tenants' to read.
//!
//! | address | scope of the key | what it does |
//! |---|---|---|
//! | `POST /api/v1/data-access-requests` | `requests:write` | files a request for a named engineer |
//! | `POST …/{reference}/withdrawal`, `…/end` | `requests:write` | takes back, or ends, what the key filed |
//! | `GET /api/v1/data-access-requests` | `requests:read` | lists requests |
//! | `GET /api/v1/data-access-requests/{reference}` | `requests:read` | shows where a request stands |
//! | `POST /api/v1/activity` | `activity:write` | records what was done under requests |
//! | `GET /api/v1/tenants`, `…/services` | `requests:read` | lists what requests can be filed for |
//! | `GET /api/v1/audit-log` | `log:read` | the log of the key's side, with its checkpoint |
//! | `GET /api/v1/data-access-requests/{reference}/evidence` | `log:read`, a tenant's own | what proves what happened to a request |
//! | `POST /api/v1/support-cases` | `cases:write` | brings a support case in by its number, or says anew what it is about |
//! | `GET /api/v1/support-cases`, `…/{case}`, `…/{case}/comments` | `requests:read` | shows support cases |
//! | `POST /api/v1/support-cases/{case}/comments` | `cases:write` | says something in one |
//! | `POST /api/v1/support-cases/{case}/close` | `cases:write` | closes one, and ends what was asked for because of it |
//! | `POST /access/v1/evaluation` | `access:read` | says whether an engineer has access now |
//! | `POST /access/v1/evaluations` | `access:read` | says so of several at once |
//! | `POST /access/v1/search/{subject,resource,action}` | `access:search` | lists who has access to what now |
//! | any method `/forward-auth/{tenant}/{service}` | `access:read`, the proxy's | says whether a request may go on |
//! | `GET /.well-known/authzen-configuration` | none | says where these are |
//! | `GET /.well-known/jwks.json` | none | shows the keys that sign access passes |
//! | `GET /api/v1/openapi.json` | none | describes all of this |
//!
//! A key may be bound to tenants and services. What is beyond its bounds is told like what nobody knows.
//!
//! A request's way in: [`key`] proves who is asking, before its body is looked at; [`limits`] counts; [`body`] reads
//! JSON; one act or one reading follows; [`problem`] words whatever went wrong. All of it, but for receiving the body,
//! is one piece of blocking work: it is carried through even when the client has gone. Questions about access alone are
//! answered from memory.

pub mod activity;
pub mod audit_log;
pub mod body;
pub mod data_access_requests;
pub mod discovery;
pub mod entities;
pub mod evaluation;
pub mod evaluations;
pub mod evidence;
pub mod flaws;
pub mod forward_auth;
pub mod jwks;
pub mod key;
pub mod limits;
pub mod openapi;
pub mod paging;
pub mod problem;
pub mod search;
pub mod support_cases;
pub mod tenants;

use std::future::ready;

use actix_web::http::header::{CACHE_CONTROL, X_CONTENT_TYPE_OPTIONS};
use actix_web::middleware::{DefaultHeaders, from_fn};
use actix_web::web::{self, ServiceConfig};
use actix_web::{HttpResponse, Resource, Route};
use url::Url;

use crate::domain::id::{CaseId, Reference};
use crate::url_table::{Address, GATE, any, at, post, read};
use problem::Problem;

/// The one address from which links into the portal are made; never a request's `Host`.
#[derive(Debug, Clone)]
pub struct PortalUrl(pub Url);

impl PortalUrl {
    /// Where people see a request.
    #[must_use]
    pub fn of_request(&self, reference: &Reference) -> String {
        format!("{}/requests/{reference}", self.base())
    }

    /// Where people see a support case.
    #[must_use]
    pub fn of_case(&self, case: CaseId) -> String {
        format!("{}/support/cases/{case}", self.base())
    }

    /// The base URL, without a slash at its end.
    #[must_use]
    pub fn base(&self) -> &str {
        self.0.as_str().trim_end_matches('/')
    }
}

/// Every address of the side door.
#[must_use]
pub fn url_table() -> Vec<Address> {
    vec![
        at("/api/v1/data-access-requests")
            .route(read().to(data_access_requests::list))
            .route(post().to(data_access_requests::file)),
        at("/api/v1/data-access-requests/{reference}").route(read().to(data_access_requests::show)),
        at("/api/v1/activity").route(post().to(activity::report)),
        at("/api/v1/data-access-requests/{reference}/withdrawal")
            .route(post().to(data_access_requests::withdraw)),
        at("/api/v1/data-access-requests/{reference}/end")
            .route(post().to(data_access_requests::finish)),
        at("/api/v1/data-access-requests/{reference}/evidence").route(read().to(evidence::show)),
        at("/api/v1/tenants").route(read().to(tenants::list)),
        at("/api/v1/services").route(read().to(tenants::list_services)),
        at("/api/v1/audit-log").route(read().to(audit_log::show)),
        at("/api/v1/support-cases")
            .route(read().to(support_cases::list))
            .route(post().to(support_cases::bring_in)),
        at("/api/v1/support-cases/{case}").route(read().to(support_cases::show)),
        at("/api/v1/support-cases/{case}/comments")
            .route(read().to(support_cases::comments))
            .route(post().to(support_cases::comment)),
        at("/api/v1/support-cases/{case}/close").route(post().to(support_cases::close)),
        at(GATE).route(post().to(evaluation::answer)),
        at("/access/v1/evaluations").route(post().to(evaluations::answer)),
        at("/access/v1/search/subject").route(post().to(search::subject)),
        at("/access/v1/search/resource").route(post().to(search::resource)),
        at("/access/v1/search/action").route(post().to(search::action)),
        at("/forward-auth/{tenant}/{service}").route(any().to(forward_auth::answer)),
        // Envoy puts the target behind the address.
        at("/forward-auth/{tenant}/{service}/{rest:.*}").route(any().to(forward_auth::answer)),
        at("/.well-known/authzen-configuration").route(read().to(discovery::show)),
        at("/.well-known/jwks.json").route(read().to(jwks::show)),
        at("/api/v1/openapi.json").route(read().to(openapi::show)),
    ]
}

/// The side door's addresses. They need [`Lockbox`](crate::acts::Lockbox), [`PortalUrl`], [`Limits`](limits::Limits) and
/// the [`Document`](openapi::Document) as app data, and answer for everything under `/api`, `/access`, `/forward-auth` and `/.well-known`, so a table that
/// takes any address comes after them.
pub fn routes(config: &mut ServiceConfig) {
    let gate = |address: &Address| address.pattern() == GATE;
    for address in url_table().into_iter().filter(gate) {
        config.service(resource(address, "").wrap(headers()));
    }
    let below = |prefix: &'static str| {
        url_table()
            .into_iter()
            .filter(|address| address.pattern().starts_with(prefix) && !gate(address))
            .fold(web::scope(prefix), |scope, address| {
                scope.service(resource(address, prefix))
            })
            .default_service(nothing())
    };
    config
        .service(below("/api").wrap(from_fn(limits::tell)).wrap(headers()))
        .service(below("/access").wrap(headers()))
        .service(below("/forward-auth").wrap(headers()))
        .service(below("/.well-known").wrap(headers()));
}

fn resource(address: Address, prefix: &str) -> Resource {
    let methods = address.methods();
    address.into_resource(prefix, only(methods))
}

/// What every answer carries: it says nothing about later, and is what it says it is.
fn headers() -> DefaultHeaders {
    DefaultHeaders::new()
        .add((CACHE_CONTROL, "no-store"))
        .add((X_CONTENT_TYPE_OPTIONS, "nosniff"))
}

fn nothing() -> Route {
    web::to(|| ready(Err::<HttpResponse, _>(Problem::not_found())))
}

fn only(methods: &'static str) -> Route {
    web::to(move || ready(Err::<HttpResponse, _>(Problem::method_not_allowed(methods))))
}
