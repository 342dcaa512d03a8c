//! What the document says of itself.

use serde_json::json;

use super::{Operation, Schemas, Subject};

/// The document's own address.
#[must_use]
pub fn operations(_: &mut Schemas) -> Vec<Operation> {
    let document = json!({
        "type": "object",
        "properties": {"openapi": {"const": "3.1.0"}, "paths": {"type": "object"}},
        "required": ["openapi", "info", "paths"],
    });
    vec![
        Operation::open("/api/v1/openapi.json", "getDescription")
            .about(Subject::Deployment)
            .says(
                "Describes all of this",
                "This document, in OpenAPI 3.1. It needs no key.",
            )
            .answer(200, "The document.", &document),
    ]
}
