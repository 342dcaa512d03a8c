//! What the document says of a proxy's questions.

use serde_json::json;

use crate::api::openapi::words::Instant;
use crate::api::openapi::{Operation, Schemas, Subject, always};
use crate::api::problem::Kind;
use crate::domain::id::Reference;

pub fn operations(schemas: &mut Schemas) -> Vec<Operation> {
    let text = json!({"type": "string"});
    let by_headers = one(schemas, "/forward-auth/{tenant}/{service}", "authorize").says(
        "Says whether a request may go on",
        "Any method. The proxy shows its key, passes the client's pass on, and says in headers which method and which target were asked for. GET, HEAD and OPTIONS ask for the action read, every other method for write; the object is the path. An allow is recorded before it is said.",
    );
    let by_headers = [
        (
            "X-Original-Method",
            "The method of the request that the proxy holds; or X-Forwarded-Method.",
        ),
        (
            "X-Original-URI",
            "Its target as it arrived; or X-Forwarded-Uri.",
        ),
    ]
    .into_iter()
    .fold(by_headers, |operation, (name, said)| {
        operation.header(name, false, said, &text)
    });
    let by_address = one(schemas, "/forward-auth/{tenant}/{service}/{rest:.*}", "authorizeBehind")
        .says(
            "Says the same, with the target behind the address",
            "Any method: that of the call is the one that is asked for, and what stands behind the service is the target. As Envoy asks.",
        )
        .path_of("rest", "The target as it arrived, without its first slash.", &text);
    vec![by_headers, by_address]
}

fn one(schemas: &mut Schemas, pattern: &'static str, id: &'static str) -> Operation {
    let text = json!({"type": "string", "minLength": 1});
    Operation::of_proxy(pattern, id)
        .about(Subject::Gate)
        .path_of(
            "tenant",
            "The key of the tenant whose content is behind the proxy.",
            &text,
        )
        .path_of(
            "service",
            "The key of the service that is behind it.",
            &text,
        )
        .bare_answer(200, "It may go on.")
        .with(
            "X-Lockbox-Request",
            &always(
                "The request under which there is access.",
                &schemas.written::<Reference>(),
            ),
        )
        .with(
            "X-Lockbox-Engineer",
            &always("The engineer's mail address.", &text),
        )
        .with(
            "X-Lockbox-Until",
            &always("Until when there is access.", &schemas.written::<Instant>()),
        )
        .but(&[Kind::NoPass(""), Kind::NoAccess(""), Kind::NotFound])
}
