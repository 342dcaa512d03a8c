//! The side door: JSON for the provider's own systems.
//!
//! | address | scope of the key | what it does |
//! |---|---|---|
//! | `POST /api/v1/data-access-requests` | `requests:write` | files a request for a named engineer |
//! | `GET /api/v1/data-access-requests/{reference}` | `requests:read` | shows where a request stands |
//! | `POST /access/v1/evaluation` | `access:read` | says whether an engineer has access now |
//! | `POST /access/v1/evaluations` | `access:read` | says so of several at once |
//! | `POST /access/v1/search/{subject,resource,action}` | `access:search` | lists who has access to what now |
//! | `GET /.well-known/authzen-configuration` | none | says where these are |
//!
//! A request's way in: [`key`] proves who is asking, before its body is looked at; [`body`] reads JSON; one act or
//! one reading follows; [`problem`] words whatever went wrong. All of it, but for receiving the body, is one piece
//! of blocking work: it is carried through even when the client has gone.

pub mod body;
pub mod data_access_requests;
pub mod discovery;
pub mod entities;
pub mod evaluation;
pub mod evaluations;
pub mod key;
pub mod problem;
pub mod search;

use std::future::ready;

use actix_web::http::header::{CACHE_CONTROL, X_CONTENT_TYPE_OPTIONS};
use actix_web::middleware::DefaultHeaders;
use actix_web::web::{self, ServiceConfig};
use actix_web::{HttpResponse, Route};
use url::Url;

use crate::domain::id::Reference;
use crate::url_table::{Address, at, post, read};
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
        at("/api/v1/data-access-requests").route(post().to(data_access_requests::file)),
        at("/api/v1/data-access-requests/{reference}").route(read().to(data_access_requests::show)),
        at("/access/v1/evaluation").route(post().to(evaluation::answer)),
        at("/access/v1/evaluations").route(post().to(evaluations::answer)),
        at("/access/v1/search/subject").route(post().to(search::subject)),
        at("/access/v1/search/resource").route(post().to(search::resource)),
        at("/access/v1/search/action").route(post().to(search::action)),
        at("/.well-known/authzen-configuration").route(read().to(discovery::show)),
    ]
}

/// The side door's addresses. They need [`Lockbox`](crate::acts::Lockbox) and [`PortalUrl`] as app data, and answer
/// for everything under `/api`, `/access` and `/.well-known`, so a table that takes any address comes after them.
pub fn routes(config: &mut ServiceConfig) {
    let below = |prefix: &'static str| {
        url_table()
            .into_iter()
            .filter(|address| address.pattern().starts_with(prefix))
            .fold(web::scope(prefix), |scope, address| {
                let methods = address.methods();
                scope.service(address.into_resource(prefix, only(methods)))
            })
            .default_service(nothing())
    };
    config
        .service(below("/api").wrap(headers()))
        .service(below("/access").wrap(headers()))
        .service(below("/.well-known").wrap(headers()));
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
