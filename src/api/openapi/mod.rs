//! `GET /api/v1/openapi.json`: what this door takes and gives, as an `OpenAPI` 3.1 document. It is for everybody: the
//! product is open, and nothing of a deployment is in it but its address.
//!
//! Each room of the door describes its own addresses beside them, from the types it reads and writes, in its file
//! `described`. The portal's reference page is made from the same document.

mod answers;
pub mod described;
pub mod operation;
pub mod problems;
pub mod schemas;
pub mod words;

pub(super) use answers::{always, link, location};
pub(super) use operation::{Operation, Subject};
pub(super) use schemas::Schemas;

use std::sync::{LazyLock, OnceLock};

use actix_web::http::header::ContentType;
use actix_web::web::Bytes;
use actix_web::{HttpResponse, web};
use serde_json::{Map, Value, json};

use super::problem::{Kind, Members};
use super::{
    PortalUrl, activity, audit_log, data_access_requests, discovery, evaluation, evaluations,
    evidence, forward_auth, jwks, search, support_cases, tenants,
};

static DOCUMENT: LazyLock<Value> = LazyLock::new(written);

/// The document of this deployment as it is sent: written when somebody first asks for it, and once.
#[derive(Debug)]
pub struct Document {
    portal: PortalUrl,
    written: OnceLock<Bytes>,
}

impl Document {
    /// That of a deployment.
    #[must_use]
    pub const fn of(portal: PortalUrl) -> Self {
        Self {
            portal,
            written: OnceLock::new(),
        }
    }

    fn written(&self) -> Bytes {
        let write = || of(&self.portal).to_string().into();
        self.written.get_or_init(write).clone()
    }
}

/// The document of this deployment.
pub async fn show(document: web::Data<Document>) -> HttpResponse {
    HttpResponse::Ok()
        .content_type(ContentType::json())
        .body(document.written())
}

/// The document, with the base URL as its only server.
#[must_use]
pub fn of(portal: &PortalUrl) -> Value {
    let mut document = document().clone();
    document["servers"] = json!([{"url": portal.base()}]);
    document
}

/// The document without a server: the same for every deployment of this version.
#[must_use]
pub fn document() -> &'static Value {
    &DOCUMENT
}

/// What every room says of its addresses, in the order people read them.
fn operations(schemas: &mut Schemas) -> Vec<Operation> {
    [
        data_access_requests::described::operations,
        activity::described::operations,
        tenants::described::operations,
        support_cases::described::operations,
        audit_log::described::operations,
        evidence::described::operations,
        evaluation::described::operations,
        evaluations::described::operations,
        search::described::operations,
        forward_auth::described::operations,
        discovery::described::operations,
        jwks::described::operations,
        described::operations,
    ]
    .into_iter()
    .flat_map(|of: fn(&mut Schemas) -> Vec<Operation>| of(schemas))
    .collect()
}

fn written() -> Value {
    let mut schemas = Schemas::default();
    schemas.written::<Members>();
    let mut paths: Map<String, Value> = Map::new();
    for operation in operations(&mut schemas) {
        let at = paths
            .entry(operation.path())
            .or_insert_with(|| Value::Object(Map::new()));
        at[operation.method.as_str()] = operation.as_json();
    }
    let kinds: Vec<Value> = Kind::ALL
        .iter()
        .map(|kind| {
            let words = problems::explained(*kind);
            json!({
                "type": kind.uri(), "title": kind.title(), "status": kind.status().as_u16(),
                "happened": words.happened, "safe": words.safe, "advice": words.advice,
            })
        })
        .collect();
    json!({
        "openapi": "3.1.0",
        "info": {
            "title": "Lockbox",
            "version": env!("CARGO_PKG_VERSION"),
            "summary": "Nobody opens a customer's content before the customer has said yes.",
            "description": INTRODUCTION,
            "license": {"name": "MIT OR Apache-2.0", "identifier": "MIT OR Apache-2.0"},
        },
        "servers": [{"url": "/"}],
        "tags": Subject::ALL.map(|subject| json!({"name": subject.name()})),
        "paths": paths,
        "components": {
            "schemas": schemas.named(),
            "headers": answers::named(),
            "securitySchemes": {
                "key": {
                    "type": "http", "scheme": "bearer", "bearerFormat": "lbx_…",
                    "description": "An API key with the scope named.",
                },
                "proxyKey": {
                    "type": "apiKey", "in": "header", "name": "X-Lockbox-Key",
                    "description": "The proxy's API key.",
                },
                "pass": {
                    "type": "http", "scheme": "bearer", "bearerFormat": "JWT",
                    "description": "The engineer's access pass.",
                },
                "passHeader": {
                    "type": "apiKey", "in": "header", "name": "X-Lockbox-Pass",
                    "description": "The engineer's access pass, where Authorization is the system's behind the proxy.",
                },
            },
        },
        "x-problems": kinds,
    })
}

const INTRODUCTION: &str = "Systems of the provider file data access requests, read and report, and gates ask whether an engineer has access now. Tenants' own systems read. Nobody endorses, decides or starts anything with a key. Bodies are JSON objects of at most 64 KiB. Problems are application/problem+json as of RFC 9457; their types are stable, and each has a page. No answer is to be kept, but for the keys of access passes.";

#[cfg(test)]
mod tests;
