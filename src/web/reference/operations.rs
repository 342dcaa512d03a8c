//! The document's operations as the page shows them.

use serde_json::Value;

use super::members::{members, one, resolved};
use crate::api::PortalUrl;
use crate::api::openapi::document;
use crate::web::view::{ReferenceAnswer, ReferenceMember, ReferenceOperation, ReferenceSubject};

/// All of them, by what they are about.
pub(super) fn by_subject(portal: &PortalUrl) -> Vec<ReferenceSubject> {
    let tags = items(&document()["tags"]).map(|tag| text(&tag["name"]));
    tags.map(|name| ReferenceSubject {
        id: name.to_lowercase().replace(' ', "-"),
        operations: operations(&name, portal),
        name,
    })
    .collect()
}

fn operations(subject: &str, portal: &PortalUrl) -> Vec<ReferenceOperation> {
    let paths = document()["paths"].as_object().into_iter().flatten();
    let all = paths.flat_map(|(path, methods)| {
        let methods = methods.as_object().into_iter().flatten();
        methods.map(move |(method, operation)| (path, method, operation))
    });
    all.filter(|(_, _, operation)| operation["tags"][0] == subject)
        .map(|(path, method, operation)| shown(path, method, operation, portal))
        .collect()
}

fn shown(path: &str, method: &str, operation: &Value, portal: &PortalUrl) -> ReferenceOperation {
    let content = &operation["requestBody"]["content"]["application/json"];
    let any_method = operation["x-any-method"] == true;
    let responses = operation["responses"].as_object().into_iter().flatten();
    let (answers, problems): (Vec<_>, Vec<_>) =
        responses.partition(|(status, _)| status.starts_with('2'));
    ReferenceOperation {
        id: text(&operation["operationId"]),
        method: if any_method {
            "Any method".to_owned()
        } else {
            method.to_uppercase()
        },
        path: path.to_owned(),
        summary: text(&operation["summary"]),
        description: text(&operation["description"]),
        needs: needs(&operation["security"]),
        parameters: items(&operation["parameters"]).map(parameter).collect(),
        body: members(&content["schema"]),
        answers: answers
            .into_iter()
            .map(|(status, answer)| shown_answer(status, answer))
            .collect(),
        problems: problems
            .into_iter()
            .map(|(status, answer)| format!("{status}: {}", text(&answer["description"])))
            .collect(),
        example: example(path, method, operation, portal),
    }
}

fn parameter(parameter: &Value) -> ReferenceMember {
    let place = match parameter["in"].as_str() {
        Some("path") => "in the address",
        Some("header") => "header",
        _ => "in the query",
    };
    let is_required = parameter["required"] == true;
    let description = text(&parameter["description"]);
    ReferenceMember {
        place: Some(place),
        ..one(
            text(&parameter["name"]),
            &parameter["schema"],
            is_required,
            description,
        )
    }
}

fn shown_answer(status: &str, answer: &Value) -> ReferenceAnswer {
    let schema = answer["content"]
        .as_object()
        .and_then(|content| content.values().next())
        .map(|of| &of["schema"]);
    let headers = answer["headers"].as_object().into_iter().flatten();
    ReferenceAnswer {
        status: status.to_owned(),
        description: text(&answer["description"]),
        headers: headers
            .map(|(name, header)| {
                let header = resolved(header);
                let is_required = header["required"] == true;
                let description = text(&header["description"]);
                one(name.clone(), &header["schema"], is_required, description)
            })
            .collect(),
        members: schema.map_or_else(Vec::new, members),
    }
}

fn needs(security: &Value) -> String {
    let Some(first) = security[0].as_object() else {
        return "No key".to_owned();
    };
    match (first.get("key"), first.get("proxyKey")) {
        (Some(scopes), _) => format!("An API key with {}", text(&scopes[0])),
        (_, Some(scopes)) => format!(
            "The proxy's API key with {}, and the engineer's access pass",
            text(&scopes[0])
        ),
        _ => String::new(),
    }
}

/// A call of `curl` that works once the key and what is in braces are filled in.
fn example(path: &str, method: &str, operation: &Value, portal: &PortalUrl) -> String {
    let mut lines = vec![format!("curl '{}{path}'", portal.base())];
    let security = security_of(operation);
    if security.contains("proxyKey") {
        lines.push("-H \"X-Lockbox-Key: $KEY\" -H \"Authorization: Bearer $PASS\"".to_owned());
        lines.push("-H 'X-Original-Method: GET' -H 'X-Original-URI: /mailbox/kim'".to_owned());
    } else if security.contains("key") {
        lines.push("-H \"Authorization: Bearer $KEY\"".to_owned());
    }
    if method == "post" {
        let body = &operation["requestBody"]["content"]["application/json"]["example"];
        let body = serde_json::to_string_pretty(body).unwrap_or_default();
        lines.push("-H 'Content-Type: application/json'".to_owned());
        // A quote within quotes, as shells take it.
        lines.push(format!("-d '{}'", body.replace('\'', "'\\''")));
    }
    lines.join(" \\\n  ")
}

fn security_of(operation: &Value) -> String {
    operation["security"][0]
        .as_object()
        .map_or_else(String::new, |schemes| {
            schemes.keys().cloned().collect::<Vec<_>>().join(" ")
        })
}

fn items(list: &Value) -> impl Iterator<Item = &Value> {
    list.as_array().into_iter().flatten()
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}
