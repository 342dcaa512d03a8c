//! What the document says of the keys of access passes.

use serde_json::json;

use crate::api::openapi::{Operation, Schemas, Subject, always};

pub fn operations(_: &mut Schemas) -> Vec<Operation> {
    let key = json!({
        "type": "object",
        "properties": {
            "kty": {"const": "OKP"},
            "crv": {"const": "Ed25519"},
            "alg": {"type": "string"},
            "use": {"const": "sig"},
            "kid": {"type": "string", "format": "uuid"},
            "x": {"type": "string", "pattern": "^[A-Za-z0-9_-]{43}$"},
        },
        "required": ["kty", "crv", "alg", "use", "kid", "x"],
    });
    let keys = json!({
        "type": "object",
        "properties": {"keys": {"type": "array", "items": key}},
        "required": ["keys"],
    });
    vec![
        Operation::open("/.well-known/jwks.json", "getPassKeys")
            .about(Subject::Deployment)
            .says(
                "Shows the keys of access passes",
                "The public keys of access passes (RFC 7517): those that are believed, and those to come. It needs no key, and may be kept for five minutes.",
            )
            .answer_as(200, "The keys.", "application/jwk-set+json", &keys)
            .with(
                "Cache-Control",
                &always("How long a copy may be kept.", &json!({"type": "string"})),
            ),
    ]
}
