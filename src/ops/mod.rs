//! The back door, for whoever runs the house: whether this node lives, and whether it can be relied on.
//!
//! | address | what it says |
//! |---|---|
//! | `GET /healthz` | the process lives; nothing else is looked at |
//! | `GET /readyz` | whether the database answers, the clock is sure, the outbox is worked on and live access is known: 200 or 503 |
//!
//! Nobody signs in here, and nothing that is said is anybody's. [`calls`] attends to every call at every door;
//! [`metrics`] are served on an address of their own.

pub mod calls;
pub mod metrics;
pub mod ready;

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::http::header::{ALLOW, CACHE_CONTROL, X_CONTENT_TYPE_OPTIONS};
use actix_web::web::{self, ServiceConfig};
use serde::Serialize;

use crate::url_table::{Address, at, read};

/// Every address of the back door.
#[must_use]
pub fn url_table() -> Vec<Address> {
    vec![
        at("/healthz").route(read().to(alive)),
        at("/readyz").route(read().to(ready::answer)),
    ]
}

/// The back door's addresses. They need [`Readiness`](ready::Readiness) as app data, and come before a table that
/// takes any address.
pub fn routes(config: &mut ServiceConfig) {
    for address in url_table() {
        let methods = address.methods();
        config
            .service(address.into_resource("", web::to(move || std::future::ready(only(methods)))));
    }
}

fn only(methods: &'static str) -> HttpResponse {
    HttpResponse::MethodNotAllowed()
        .insert_header((ALLOW, methods))
        .finish()
}

#[derive(Serialize)]
struct Alive {
    status: &'static str,
}

async fn alive() -> HttpResponse {
    said(StatusCode::OK, &Alive { status: "alive" })
}

/// An answer that says nothing about later.
fn said(status: StatusCode, what: &impl Serialize) -> HttpResponse {
    HttpResponse::build(status)
        .insert_header((CACHE_CONTROL, "no-store"))
        .insert_header((X_CONTENT_TYPE_OPTIONS, "nosniff"))
        .json(what)
}
