//! The document's operations as the page shows them.

use serde_json::Value;

use super::document::{Document, items, text};
use crate::web::view::{ReferenceAnswer, ReferenceMember, ReferenceOperation, ReferenceSubject};

impl<'a> Document<'a> {
    /// All of them, by what they are about.
    pub(super) fn by_subject(self) -> Vec<ReferenceSubject> {
        let names = items(&self.0["tags"]).map(|tag| text(&tag["name"]));
        names
            .map(|name| ReferenceSubject {
                id: name.to_lowercase().replace(' ', "-"),
                operations: self.about(&name),
                name,
            })
            .collect()
    }

    fn about(self, subject: &str) -> Vec<ReferenceOperation> {
        let mut found = Vec::new();
        for (path, methods) in self.0["paths"].as_object().into_iter().flatten() {
            for (method, operation) in methods.as_object().into_iter().flatten() {
                if operation["tags"][0] == subject {
                    found.push(self.operation(path, method, operation));
                }
            }
        }
        found
    }

    fn operation(self, path: &str, method: &str, operation: &'a Value) -> ReferenceOperation {
        let content = &operation["requestBody"]["content"]["application/json"];
        let any_method = operation["x-any-method"] == true;
        let (mut answers, mut problems) = (Vec::new(), Vec::new());
        for (status, answer) in operation["responses"].as_object().into_iter().flatten() {
            if status.starts_with('2') {
                answers.push(self.answer(status, answer));
            } else {
                problems.push(format!("{status}: {}", text(&answer["description"])));
            }
        }
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
            parameters: items(&operation["parameters"])
                .map(|parameter| self.parameter(parameter))
                .collect(),
            body: self.members(&content["schema"]),
            answers,
            problems,
            example: self.example(path, method, operation),
        }
    }

    fn parameter(self, parameter: &'a Value) -> ReferenceMember {
        let place = match parameter["in"].as_str() {
            Some("path") => "in the address",
            Some("header") => "header",
            _ => "in the query",
        };
        ReferenceMember {
            place: Some(place),
            ..self.named(text(&parameter["name"]), parameter)
        }
    }

    fn answer(self, status: &str, answer: &'a Value) -> ReferenceAnswer {
        let content = answer["content"].as_object();
        let content = content.and_then(|content| content.values().next());
        let headers = answer["headers"].as_object().into_iter().flatten();
        ReferenceAnswer {
            status: status.to_owned(),
            description: text(&answer["description"]),
            headers: headers
                .map(|(name, header)| self.named(name.clone(), self.resolved(header)))
                .collect(),
            members: content.map_or_else(Vec::new, |of| self.members(&of["schema"])),
        }
    }

    /// A call of `curl` that works once the key and what is in braces are filled in.
    fn example(self, path: &str, method: &str, operation: &Value) -> String {
        let base = text(&self.0["servers"][0]["url"]);
        let mut lines = vec![format!("curl '{base}{path}'")];
        let needed = &operation["security"][0];
        if needed["proxyKey"].is_array() {
            lines.push("-H \"X-Lockbox-Key: $KEY\" -H \"Authorization: Bearer $PASS\"".to_owned());
            lines.push("-H 'X-Original-Method: GET' -H 'X-Original-URI: /mailbox/kim'".to_owned());
        } else if needed["key"].is_array() {
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
}

fn needs(security: &Value) -> String {
    let needed = &security[0];
    if let Some(scope) = needed["key"][0].as_str() {
        return format!("An API key with {scope}");
    }
    if let Some(scope) = needed["proxyKey"][0].as_str() {
        return format!("The proxy's API key with {scope}, and the engineer's access pass");
    }
    "No key".to_owned()
}
