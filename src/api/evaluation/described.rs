//! What the document says of one question.

use serde_json::json;

use super::{Asked, Decision};
use crate::api::key::AccessRead;
use crate::api::openapi::{Operation, Schemas, Subject};

pub fn operations(schemas: &mut Schemas) -> Vec<Operation> {
    let example = json!({
        "subject": {"type": "engineer", "id": "ivo@provider.example"},
        "action": {"name": "read"},
        "resource": {
            "type": "service", "id": "exchange-online",
            "properties": {"tenant": "fabrikam", "object": "mailbox/kim@fabrikam.example/calendar"},
        },
    });
    vec![
        Operation::post::<AccessRead>("/access/v1/evaluation", "evaluate")
            .about(Subject::Access)
            .says(
                "Asks whether an engineer has access now",
                "One question, as OpenID AuthZEN Authorization API 1.0 has it. Names that nobody knows are a denial, and so is what cannot be decided.",
            )
            .question(&schemas.read::<Asked>(), &example)
            .answer(200, "The decision.", &schemas.written::<Decision>()),
    ]
}
