//! The side door: JSON for the provider's own systems.
//!
//! | address | scope of the key | what it does |
//! |---|---|---|
//! | `POST /api/v1/data-access-requests` | `requests:write` | files a request for a named engineer |
//! | `GET /api/v1/data-access-requests/{reference}` | `requests:read` | shows where a request stands |
//! | `POST /access/v1/evaluation` | `access:read` | says whether an engineer has access now |
//!
//! A request's way in: [`key`] proves who is asking, before its body is looked at; [`body`] reads JSON; one act or
//! one reading follows; [`problem`] words whatever went wrong. All of it, but for receiving the body, is one piece
//! of blocking work: it is carried through even when the client has gone.

pub mod body;
pub mod data_access_requests;
pub mod evaluation;
pub mod key;
pub mod problem;

use std::future::ready;

use actix_web::http::header::{CACHE_CONTROL, X_CONTENT_TYPE_OPTIONS};
use actix_web::middleware::{DefaultHeaders, from_fn};
use actix_web::web::{self, ServiceConfig};
use actix_web::{HttpResponse, Route};
use url::Url;

use crate::domain::id::Reference;
use problem::Problem;

/// The one address from which links into the portal are made; never a request's `Host`.
#[derive(Debug, Clone)]
pub struct PortalUrl(pub Url);

impl PortalUrl {
    /// Where people see a request.
    #[must_use]
    pub fn of_request(&self, reference: &Reference) -> String {
        let base = self.0.as_str().trim_end_matches('/');
        format!("{base}/requests/{reference}")
    }
}

/// The URL table of the side door. It needs [`Lockbox`](crate::acts::Lockbox) and [`PortalUrl`] as app data, and
/// answers for everything under `/api` and `/access`, so a table that takes any address comes after it.
pub fn routes(config: &mut ServiceConfig) {
    let api = web::scope("/api")
        .service(
            web::resource("/v1/data-access-requests")
                .route(web::post().to(data_access_requests::file))
                .default_service(only("POST")),
        )
        .service(
            web::resource("/v1/data-access-requests/{reference}")
                .route(web::get().to(data_access_requests::show))
                .route(web::head().to(data_access_requests::show))
                .default_service(only("GET, HEAD")),
        );
    let access = web::scope("/access").service(
        web::resource("/v1/evaluation")
            .route(web::post().to(evaluation::answer))
            .default_service(only("POST"))
            .wrap(from_fn(evaluation::echo_request_id)),
    );
    config
        .service(api.default_service(nothing()).wrap(headers()))
        .service(access.default_service(nothing()).wrap(headers()));
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
