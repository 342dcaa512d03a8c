//! What the document says of evidence.

use serde_json::{Value, json};

use super::Asked;
use crate::api::key::LogRead;
use crate::api::openapi::{Operation, Schemas, Subject, words};
use crate::api::problem::Kind;
use crate::domain::audit::evidence::{DEEDS_MAX, ENTRIES_MAX, FORMAT, VERSION};
use crate::domain::id::{DeedId, Reference, RequestId};

pub fn operations(schemas: &mut Schemas) -> Vec<Operation> {
    let reference = schemas.read::<Reference>();
    let evidence = evidence(schemas);
    vec![
        Operation::get::<LogRead>(
            "/api/v1/data-access-requests/{reference}/evidence",
            "getEvidence",
        )
        .about(Subject::Log)
        .says(
            "Gives evidence of a request",
            "What the log says about a request and what was done under it, with what proves both to the signed checkpoint: a file that anybody checks without the database, with lockbox audit check. It is for the tenant's own keys. What the last minute recorded is not sealed yet, and not in it.",
        )
        .path_of("reference", "The request's reference.", &reference)
        .query::<Asked>(schemas)
        .answer(200, "The evidence.", &evidence)
        .but(&[Kind::NotFound, Kind::Unfit]),
    ]
}

fn evidence(schemas: &mut Schemas) -> Value {
    let digest = schemas.written::<words::Digest>();
    let leaf = leaf(&digest);
    let seal = object(&json!({
        "entry": leaf,
        "deeds": {
            "type": "array", "minItems": 1, "maxItems": DEEDS_MAX, "items": leaf,
            "description": "The records of the request, as leaves of the tree whose root the entry names.",
        },
    }));
    let mut goes_on_after = schemas.written::<DeedId>();
    goes_on_after["type"] = json!(["string", "null"]);
    goes_on_after["description"] = json!(
        "The last record of activity here, where there are more: ask for what follows with after."
    );
    object(&json!({
        "format": {"const": FORMAT, "description": "What the file is."},
        "version": {"const": VERSION, "description": "The version of its form."},
        "reference": schemas.written::<Reference>(),
        "request": schemas.written::<RequestId>(),
        "log": {"type": "string", "format": "uuid", "description": "Whose log it is: the tenant's id."},
        "key": {"type": "string", "description": "The verifier key of the checkpoint: name, hash and key (C2SP signed-note). Compare it with one that was kept."},
        "checkpoint": {"type": "string", "description": "The signed checkpoint of the log (C2SP tlog-checkpoint)."},
        "entries": {
            "type": "array", "minItems": 1, "maxItems": ENTRIES_MAX, "items": leaf,
            "description": "The entries about the request, oldest first.",
        },
        "activity": {
            "type": "array", "maxItems": DEEDS_MAX, "items": seal,
            "description": "The entries that seal what was done under the request, oldest first.",
        },
        "goes_on_after": goes_on_after,
    }))
}

/// An entry or a record of activity.
fn leaf(digest: &Value) -> Value {
    object(&json!({
        "place": {"type": "integer", "minimum": 0, "description": "The place in the tree, from 0."},
        "text": {"type": "string", "description": "The text that was hashed: JSON (RFC 8785)."},
        "proof": {
            "type": "array", "maxItems": 63, "items": digest,
            "description": "The inclusion proof (RFC 6962, section 2.1.1), the lowest hash first.",
        },
    }))
}

/// An object that has all of these members and no others.
fn object(members: &Value) -> Value {
    let names: Vec<&String> = members
        .as_object()
        .into_iter()
        .flatten()
        .map(|(name, _)| name)
        .collect();
    json!({
        "type": "object",
        "properties": members,
        "required": names,
        "additionalProperties": false,
    })
}
