//! What the document says of searches.

use serde_json::{Value, json};

use super::{ActionSearch, Engineer, Found, Named, ResourceSearch, Service, SubjectSearch};
use crate::api::key::AccessSearch;
use crate::api::openapi::{Operation, Schemas, Subject};

pub fn operations(schemas: &mut Schemas) -> Vec<Operation> {
    let (engineer, action) = (
        json!({"type": "engineer", "id": "ivo@provider.example"}),
        json!({"name": "read"}),
    );
    let page = json!({"token": "", "limit": 10});
    vec![
        one(
            "/access/v1/search/subject",
            "searchSubjects",
            "Lists who has access",
            "The engineers who may do this to that now.",
        )
        .question(
            &schemas.read::<SubjectSearch>(),
            &json!({"subject": {"type": "engineer"}, "action": action, "resource": mailbox(), "page": page}),
        )
        .answer(200, "Engineers.", &schemas.written::<Found<Engineer>>()),
        one(
            "/access/v1/search/resource",
            "searchResources",
            "Lists what somebody has access to",
            "Services of tenants, and objects in them, to which an engineer may do this now.",
        )
        .question(
            &schemas.read::<ResourceSearch>(),
            &json!({
                "subject": engineer, "action": action, "page": page,
                "resource": {"type": "service", "properties": {"tenant": "fabrikam"}},
            }),
        )
        .answer(200, "Services.", &schemas.written::<Found<Service>>()),
        one(
            "/access/v1/search/action",
            "searchActions",
            "Lists what somebody may do",
            "The actions that an engineer may do to that now. Where the scope lists none, every other is allowed as well, and context says so.",
        )
        .question(
            &schemas.read::<ActionSearch>(),
            &json!({"subject": engineer, "resource": mailbox(), "page": page}),
        )
        .answer(200, "Actions.", &schemas.written::<Found<Named>>()),
    ]
}

fn one(
    pattern: &'static str,
    id: &'static str,
    summary: &'static str,
    description: &str,
) -> Operation {
    Operation::post::<AccessSearch>(pattern, id)
        .about(Subject::Access)
        .says(summary, description)
}

fn mailbox() -> Value {
    json!({
        "type": "service", "id": "exchange-online",
        "properties": {"tenant": "fabrikam", "object": "mailbox/kim@fabrikam.example/calendar"},
    })
}
