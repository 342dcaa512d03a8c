//! Schemas as lists of members: `scope.objects` stands below `scope`, with its type and bounds in words.

use serde_json::Value;

use crate::api::openapi::document;
use crate::web::view::ReferenceMember;

/// How deep members are looked for.
const DEPTH_MAX: usize = 8;

/// The members of an object with this schema, those that must be there first.
pub(super) fn members(schema: &Value) -> Vec<ReferenceMember> {
    let mut found = Vec::new();
    collect(schema, "", true, DEPTH_MAX, &mut found);
    found
}

/// A value of this schema.
pub(super) fn one(
    name: String,
    schema: &Value,
    required: bool,
    description: String,
) -> ReferenceMember {
    ReferenceMember {
        name,
        of: kind(resolved(schema)),
        required,
        description,
        place: None,
    }
}

/// What a reference leads to, and everything else as it is.
pub(super) fn resolved(schema: &Value) -> &Value {
    let target = schema["$ref"]
        .as_str()
        .and_then(|reference| document().pointer(reference.trim_start_matches('#')));
    target.unwrap_or(schema)
}

/// What it is where it is not null.
fn given(schema: &Value) -> &Value {
    let schema = resolved(schema);
    let alternatives = schema["anyOf"].as_array().map_or(&[][..], Vec::as_slice);
    match alternatives {
        [one, null] if null["type"] == "null" => resolved(one),
        _ => schema,
    }
}

fn collect(
    schema: &Value,
    above: &str,
    surely: bool,
    depth: usize,
    found: &mut Vec<ReferenceMember>,
) {
    let schema = given(schema);
    if depth == 0 {
        return;
    }
    for part in list(&schema["allOf"]) {
        collect(part, above, surely, depth - 1, found);
    }
    let required: Vec<&str> = list(&schema["required"])
        .filter_map(Value::as_str)
        .collect();
    let properties = schema["properties"].as_object().into_iter().flatten();
    let mut properties: Vec<(&String, &Value)> = properties.collect();
    // A schema names its required members in the order of the code, and its properties by the alphabet.
    properties.sort_by_key(|(name, _)| {
        let place = required.iter().position(|required| *required == name.as_str());
        place.unwrap_or(required.len())
    });
    for (own, property) in properties {
        let name = format!("{above}{own}");
        let inner = given(property);
        let is_required = surely && required.contains(&own.as_str());
        let said = [property, inner]
            .into_iter()
            .find_map(|schema| schema["description"].as_str());
        if found.iter().all(|known| known.name != name) {
            let said = said.unwrap_or_default().to_owned();
            found.push(one(name.clone(), inner, is_required, said));
        }
        let (within, below) = if inner["items"].is_object() {
            (&inner["items"], format!("{name}[]."))
        } else {
            (inner, format!("{name}."))
        };
        collect(within, &below, true, depth - 1, found);
    }
    for part in list(&schema["anyOf"]) {
        collect(part, above, false, depth - 1, found);
    }
}

/// A type and its bounds in words.
fn kind(schema: &Value) -> String {
    let words = match type_of(schema) {
        _ if schema.get("const").is_some() => format!("always {}", plain(&schema["const"])),
        _ if schema["enum"].is_array() => {
            let values: Vec<String> = list(&schema["enum"]).map(quoted).collect();
            format!("one of {}", values.join(", "))
        }
        _ if schema["oneOf"].is_array() => {
            let values: Vec<String> = list(&schema["oneOf"])
                .map(|one| quoted(&one["const"]))
                .collect();
            format!("one of {}", values.join(", "))
        }
        "string" => text(schema),
        "integer" => bounded("whole number", &schema["minimum"], &schema["maximum"], ""),
        "boolean" => "true or false".to_owned(),
        "array" => bounded("list", &schema["minItems"], &schema["maxItems"], " items"),
        _ => "object".to_owned(),
    };
    let may_be_null = list(&schema["type"]).any(|of| of == "null");
    if may_be_null {
        format!("{words}, or null")
    } else {
        words
    }
}

fn type_of(schema: &Value) -> &str {
    let first = list(&schema["type"]).next();
    first
        .unwrap_or(&schema["type"])
        .as_str()
        .unwrap_or_default()
}

fn text(schema: &Value) -> String {
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
    match schema["examples"][0].as_str() {
        Some(example) => format!("{words}, such as {example}"),
        None => words,
    }
}

/// Bounds beyond what anybody sends are not worth saying.
fn bounded(what: &str, least: &Value, most: &Value, of: &str) -> String {
    let most = most.as_u64().filter(|most| *most < u64::from(u32::MAX));
    match (least.as_u64(), most) {
        (Some(least), Some(most)) => format!("{what}, {least} to {most}{of}"),
        (None | Some(0), Some(most)) => format!("{what}, at most {most}{of}"),
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

fn list(value: &Value) -> impl Iterator<Item = &Value> {
    value.as_array().into_iter().flatten()
}
