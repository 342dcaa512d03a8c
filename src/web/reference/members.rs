//! Schemas as lists of members: `scope.objects` stands below `scope`, with its type and bounds in words.

use serde_json::Value;

use super::document::{Document, items, text};
use crate::web::view::ReferenceMember;

/// How deep members are looked for.
const DEPTH_MAX: usize = 8;

impl<'a> Document<'a> {
    /// The members of an object with this schema, those that must be there first.
    pub(super) fn members(self, schema: &'a Value) -> Vec<ReferenceMember> {
        let mut found = Vec::new();
        self.collect(schema, "", true, DEPTH_MAX, &mut found);
        found
    }

    /// A parameter or a header.
    pub(super) fn named(self, name: String, it: &'a Value) -> ReferenceMember {
        ReferenceMember {
            name,
            of: kind(self.resolved(&it["schema"])),
            required: it["required"] == true,
            description: text(&it["description"]),
            place: None,
        }
    }

    /// What it is where it is not null.
    fn given(self, schema: &'a Value) -> &'a Value {
        let schema = self.resolved(schema);
        let mut alternatives = items(&schema["anyOf"]);
        match (
            alternatives.next(),
            alternatives.next(),
            alternatives.next(),
        ) {
            (Some(one), Some(null), None) if null["type"] == "null" => self.resolved(one),
            _ => schema,
        }
    }

    fn collect(
        self,
        schema: &'a Value,
        above: &str,
        surely: bool,
        depth: usize,
        found: &mut Vec<ReferenceMember>,
    ) {
        let schema = self.given(schema);
        if depth == 0 {
            return;
        }
        for part in items(&schema["allOf"]) {
            self.collect(part, above, surely, depth - 1, found);
        }
        let required: Vec<&str> = items(&schema["required"])
            .filter_map(Value::as_str)
            .collect();
        let properties = schema["properties"].as_object().into_iter().flatten();
        let mut properties: Vec<(&String, &Value)> = properties.collect();
        // A schema names its required members in the order of the code, and its properties by the alphabet.
        properties.sort_by_key(|(own, _)| {
            let place = required.iter().position(|one| *one == own.as_str());
            place.unwrap_or(required.len())
        });
        for (own, property) in properties {
            let name = format!("{above}{own}");
            let inner = self.given(property);
            let said = [property, inner]
                .into_iter()
                .find_map(|schema| schema["description"].as_str());
            if found.iter().all(|known| known.name != name) {
                found.push(ReferenceMember {
                    name: name.clone(),
                    of: kind(inner),
                    required: surely && required.contains(&own.as_str()),
                    description: said.unwrap_or_default().to_owned(),
                    place: None,
                });
            }
            let (within, below) = if inner["items"].is_object() {
                (&inner["items"], format!("{name}[]."))
            } else {
                (inner, format!("{name}."))
            };
            self.collect(within, &below, true, depth - 1, found);
        }
        for part in items(&schema["anyOf"]) {
            self.collect(part, above, false, depth - 1, found);
        }
    }
}

/// A type and its bounds in words.
fn kind(schema: &Value) -> String {
    let words = match type_of(schema) {
        _ if schema.get("const").is_some() => format!("always {}", plain(&schema["const"])),
        _ if schema["enum"].is_array() => {
            let values: Vec<String> = items(&schema["enum"]).map(quoted).collect();
            format!("one of {}", values.join(", "))
        }
        _ if schema["oneOf"].is_array() => {
            let values: Vec<String> = items(&schema["oneOf"])
                .map(|one| quoted(&one["const"]))
                .collect();
            format!("one of {}", values.join(", "))
        }
        "string" => of_text(schema),
        "integer" => bounded("whole number", &schema["minimum"], &schema["maximum"], ""),
        "boolean" => "true or false".to_owned(),
        "array" => bounded("list", &schema["minItems"], &schema["maxItems"], " items"),
        _ => "object".to_owned(),
    };
    let may_be_null = items(&schema["type"]).any(|of| of == "null");
    if may_be_null {
        format!("{words}, or null")
    } else {
        words
    }
}

fn type_of(schema: &Value) -> &str {
    let first = items(&schema["type"]).next();
    first
        .unwrap_or(&schema["type"])
        .as_str()
        .unwrap_or_default()
}

fn of_text(schema: &Value) -> String {
    let what = match schema["format"].as_str() {
        Some("date-time") => "moment (RFC 3339)",
        Some("uuid") => "UUID",
        Some("email") => "mail address",
        Some("uri" | "uri-reference") => "address",
        _ => "text",
    };
    let words = bounded(
        what,
        &schema["minLength"],
        &schema["maxLength"],
        " characters",
    );
    let examples = schema["examples"].as_array().into_iter().flatten();
    let examples: Vec<&str> = examples.filter_map(Value::as_str).collect();
    if examples.is_empty() {
        words
    } else {
        format!("{words}, such as {}", examples.join(" or "))
    }
}

/// Bounds beyond what anybody sends are not worth saying.
fn bounded(what: &str, least: &Value, most: &Value, of: &str) -> String {
    let most = most.as_u64().filter(|most| *most < u64::from(u32::MAX));
    match (least.as_u64(), most) {
        (None | Some(0), Some(most)) => format!("{what}, at most {most}{of}"),
        (Some(least), Some(most)) => format!("{what}, {least} to {most}{of}"),
        (Some(least), None) if least > 0 && of.is_empty() => format!("{what}, {least} or more"),
        _ => what.to_owned(),
    }
}

fn quoted(value: &Value) -> String {
    match value.as_str() {
        Some("") => "nothing".to_owned(),
        _ => plain(value),
    }
}

fn plain(value: &Value) -> String {
    value
        .as_str()
        .map_or_else(|| value.to_string(), str::to_owned)
}
