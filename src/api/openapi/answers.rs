//! What answers carry: headers, and problems by their kinds.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use crate::api::problem::Kind;

/// The headers of every answer; with `is_counted`, those that say how a key's budget stands.
#[must_use]
pub fn headers(is_counted: bool) -> Value {
    let mut headers = json!({"X-Request-ID": reference("X-Request-ID")});
    if is_counted {
        headers["RateLimit-Policy"] = reference("RateLimit-Policy");
        headers["RateLimit"] = reference("RateLimit");
    }
    headers
}

fn reference(name: &str) -> Value {
    json!({"$ref": format!("#/components/headers/{name}")})
}

/// The headers that have names.
#[must_use]
pub fn named() -> Value {
    let text = |description: &str, pattern: &str| json!({"description": description, "schema": {"type": "string", "pattern": pattern}});
    json!({
        "X-Request-ID": {
            "description": "The call's id, which stands beside it in the log of the deployment.",
            "schema": {"type": "string", "minLength": 1},
        },
        "RateLimit-Policy": text(
            "The key's budget (draft-ietf-httpapi-ratelimit-headers-09): how many requests in how many seconds.",
            "^\"key\";q=[0-9]+;w=[0-9]+$",
        ),
        "RateLimit": text(
            "What is left of it, and in how many seconds it is whole again.",
            "^\"key\";r=[0-9]+;t=[0-9]+$",
        ),
    })
}

/// `Link` to the page that follows.
#[must_use]
pub fn link() -> Value {
    json!({
        "description": "Leads to the page that follows, where one does (RFC 8288): rel=\"next\".",
        "schema": {"type": "string"},
    })
}

/// `Location` of what was made.
#[must_use]
pub fn location() -> Value {
    json!({"description": "Where it is read.", "required": true, "schema": {"type": "string", "format": "uri-reference"}})
}

/// A header that always comes, and never in another form.
#[must_use]
pub fn always(description: &str, schema: &Value) -> Value {
    json!({"description": description, "required": true, "schema": schema})
}

/// A header that may come.
#[must_use]
pub fn perhaps(description: &str, schema: &Value) -> Value {
    json!({"description": description, "schema": schema})
}

/// The answers that say what went wrong, by their statuses.
#[must_use]
pub fn problems(kinds: &[Kind], headers: &Value) -> Map<String, Value> {
    let mut by_status: BTreeMap<u16, Vec<Kind>> = BTreeMap::new();
    for kind in kinds {
        let there = by_status.entry(kind.status().as_u16()).or_default();
        if !there.iter().any(|known| known.uri() == kind.uri()) {
            there.push(*kind);
        }
    }
    by_status
        .into_iter()
        .map(|(status, kinds)| (status.to_string(), answer(status, &kinds, headers)))
        .collect()
}

fn answer(status: u16, kinds: &[Kind], headers: &Value) -> Value {
    let titles: Vec<&str> = kinds.iter().map(|kind| kind.title()).collect();
    let uris: Vec<&str> = kinds.iter().map(|kind| kind.uri()).collect();
    let mut headers = headers.clone();
    let all = |fits: fn(Kind) -> bool| kinds.iter().all(|kind| fits(*kind));
    if status == 401 {
        headers["WWW-Authenticate"] = always(
            "How to show a key or a pass (RFC 6750).",
            &json!({"const": "Bearer"}),
        );
    }
    if status == 429 {
        headers["Retry-After"] = always(
            "In how many seconds there may be another request.",
            &json!({"type": "integer", "minimum": 1}),
        );
    }
    if kinds
        .iter()
        .any(|kind| matches!(kind, Kind::NoPass(_) | Kind::NoAccess(_)))
    {
        let reason = json!({"type": "string", "pattern": "^[a-z_]+$"});
        let description = "Why, in a word.";
        headers["X-Lockbox-Reason"] =
            if all(|kind| matches!(kind, Kind::NoPass(_) | Kind::NoAccess(_))) {
                always(description, &reason)
            } else {
                perhaps(description, &reason)
            };
    }
    json!({
        "description": format!("{}.", titles.join(", or: ")),
        "headers": headers,
        "content": {"application/problem+json": {"schema": {
            "allOf": [{"$ref": "#/components/schemas/Problem"}],
            "properties": {"type": {"enum": uris}, "status": {"const": status}},
        }}},
    })
}
