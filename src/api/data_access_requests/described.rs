//! What the document says of data access requests.

use serde_json::json;

use super::filing::Typed;
use super::list::{Asked, Page};
use super::shown::Shown;
use crate::api::key::{RequestsRead, RequestsWrite};
use crate::api::openapi::{Operation, Schemas, Subject, link, location};
use crate::api::problem::Kind;
use crate::domain::id::Reference;

pub fn operations(schemas: &mut Schemas) -> Vec<Operation> {
    vec![
        list(schemas),
        file(schemas),
        show(schemas),
        end(
            schemas,
            "/api/v1/data-access-requests/{reference}/withdrawal",
            "withdrawDataAccessRequest",
        )
        .says(
            "Takes back a request",
            "Takes back what the key filed and waits or was approved. The body may be left out.",
        ),
        end(
            schemas,
            "/api/v1/data-access-requests/{reference}/end",
            "endDataAccessRequest",
        )
        .says(
            "Gives the access back",
            "Ends the access under what the key filed, as the engineer does who is done. The body may be left out.",
        ),
    ]
}

fn list(schemas: &mut Schemas) -> Operation {
    Operation::get::<RequestsRead>("/api/v1/data-access-requests", "listDataAccessRequests")
        .about(Subject::Requests)
        .says(
            "Lists requests",
            "The requests that the key can see, newest first. An unknown value finds nothing.",
        )
        .query::<Asked>(schemas)
        .answer(200, "A page of requests.", &schemas.written::<Page>())
        .with("Link", &link())
}

fn file(schemas: &mut Schemas) -> Operation {
    let example = json!({
        "tenant": "fabrikam",
        "service": "exchange-online",
        "engineer": "ivo@provider.example",
        "support_case": {"number": "4417", "title": "Calendar invitations vanish"},
        "reason": "Invitations vanish; I must see the calendar.",
        "scope": {
            "description": "Kim's calendar",
            "objects": ["mailbox/kim@fabrikam.example/calendar"],
            "actions": ["read"],
        },
        "duration": "PT4H",
    });
    Operation::post::<RequestsWrite>("/api/v1/data-access-requests", "fileDataAccessRequest")
        .about(Subject::Requests)
        .says(
            "Files a request for an engineer",
            "A support manager endorses it, then the customer is asked. Everything in the body that does not fit is told at once, and then nothing is filed: so are a tenant, a service or an engineer that are not there.",
        )
        .once()
        .body(&schemas.read::<Typed>(), &example)
        .answer(201, "It is filed.", &schemas.written::<Shown>())
        .with("Location", &location())
        .with_replayed()
        .but(&[Kind::Unfit, Kind::NotFound, Kind::Conflict, Kind::TooManyOpen])
}

fn show(schemas: &mut Schemas) -> Operation {
    Operation::get::<RequestsRead>(
        "/api/v1/data-access-requests/{reference}",
        "getDataAccessRequest",
    )
    .about(Subject::Requests)
    .says(
        "Shows a request",
        "Where it stands at this instant, whether or not anything has recorded that its time is over.",
    )
    .path_of("reference", "The request's reference.", &schemas.read::<Reference>())
    .answer(200, "The request.", &schemas.written::<Shown>())
    .but(&[Kind::NotFound])
}

fn end(schemas: &mut Schemas, pattern: &'static str, id: &'static str) -> Operation {
    Operation::post::<RequestsWrite>(pattern, id)
        .about(Subject::Requests)
        .path_of(
            "reference",
            "The request's reference.",
            &schemas.read::<Reference>(),
        )
        .empty_body()
        .answer(
            200,
            "It is done; the request as it stands.",
            &schemas.written::<Shown>(),
        )
        .but(&[Kind::NotFound, Kind::Conflict])
}
