//! What the document says of several questions at once.

use serde_json::{Value, json};

use super::{Batch, Decisions};
use crate::api::evaluation;
use crate::api::key::AccessRead;
use crate::api::openapi::{Operation, Schemas, Subject};

pub fn operations(schemas: &mut Schemas) -> Vec<Operation> {
    let example = json!({
        "subject": {"type": "engineer", "id": "ivo@provider.example"},
        "evaluations": [{
            "action": {"name": "read"},
            "resource": {
                "type": "service", "id": "exchange-online",
                "properties": {"tenant": "fabrikam", "object": "mailbox/kim@fabrikam.example/calendar"},
            },
        }],
        "options": {"evaluations_semantic": "deny_on_first_deny"},
    });
    let decisions = json!({"anyOf": [
        schemas.written::<Decisions>(),
        schemas.written::<evaluation::Decision>(),
    ]});
    vec![
        Operation::post::<AccessRead>("/access/v1/evaluations", "evaluateSeveral")
            .about(Subject::Access)
            .says(
                "Asks several questions at once",
                "All are answered for one instant. What stands beside the items is said for every item that does not say it itself. An item that is no question is denied and says why.",
            )
            .question(&batch(schemas), &example)
            .answer(200, "A decision for each item, or the one.", &decisions),
    ]
}

/// Items, or without any one question.
fn batch(schemas: &mut Schemas) -> Value {
    let items = |bounds: Value| json!({"evaluations": bounds});
    json!({
        "allOf": [schemas.read::<Batch>()],
        "anyOf": [
            {"required": ["evaluations"], "properties": items(json!({"minItems": 1}))},
            {"allOf": [schemas.read::<evaluation::Asked>()], "properties": items(json!({"maxItems": 0}))},
        ],
    })
}
