//! Whether the side door's answers are what its document says, for every answer that a story gets there.

use std::collections::HashMap;
use std::sync::{Arc, LazyLock, Mutex};

use jsonschema::Validator;
use lockbox::api::openapi::document;
use reqwest::header::{CONTENT_TYPE, HeaderMap};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

static VALIDATORS: LazyLock<Mutex<HashMap<String, Arc<Validator>>>> = LazyLock::new(Mutex::default);

/// Panics where the document describes this operation, and not this answer to it.
pub fn assert_described(
    method: &Method,
    path: &str,
    status: StatusCode,
    headers: &HeaderMap,
    text: &str,
) {
    let Some(operation) = operation(method, path) else {
        return;
    };
    let label = format!("{method} {path}: {status}");
    let answer = &operation["responses"][status.as_str()];
    assert!(answer.is_object(), "{label} is not described: {text}");
    for (name, header) in answer["headers"].as_object().into_iter().flatten() {
        let is_there = headers.contains_key(name.as_str());
        assert!(
            is_there || header["required"] != true,
            "{label} has no {name}"
        );
    }
    if text.is_empty() {
        return;
    }
    let of = headers
        .get(CONTENT_TYPE)
        .map_or("", |of| of.to_str().unwrap());
    let of = of.split(';').next().unwrap();
    let schema = &answer["content"][of]["schema"];
    assert!(schema.is_object(), "{label}: {of} is not described");
    let body: Value = serde_json::from_str(text).unwrap();
    let validator = validator(
        &format!("{} {status} {of}", operation["operationId"]),
        schema,
    );
    let errors: Vec<String> = validator
        .iter_errors(&body)
        .map(|error| error.to_string())
        .collect();
    assert!(errors.is_empty(), "{label}: {errors:?} in {body}");
}

/// What the document says of this method here; nothing where it describes no such method.
fn operation(method: &Method, path: &str) -> Option<&'static Value> {
    let paths = document()["paths"].as_object().unwrap();
    // An address that is written out comes before one with something in braces.
    let mut fitting: Vec<(&String, &Value)> = paths
        .iter()
        .filter(|(pattern, _)| fits(pattern, path))
        .collect();
    fitting.sort_by_key(|(pattern, _)| pattern.matches('{').count());
    let (_, methods) = fitting.first()?;
    let name = if methods["get"]["x-any-method"] == true {
        "get".to_owned()
    } else {
        method.as_str().to_lowercase()
    };
    methods.get(name)
}

fn fits(pattern: &str, path: &str) -> bool {
    if let Some(front) = pattern.strip_suffix("{rest}") {
        let parts = front.matches('/').count();
        let at = path.match_indices('/').nth(parts - 1);
        return at.is_some_and(|(at, _)| fits(front, &path[..=at]));
    }
    let (mut pattern, mut path) = (pattern.split('/'), path.split('/'));
    loop {
        match (pattern.next(), path.next()) {
            (None, None) => return true,
            (Some(part), Some(own)) if part.starts_with('{') && !own.is_empty() || part == own => {}
            _ => return false,
        }
    }
}

fn validator(name: &str, schema: &Value) -> Arc<Validator> {
    let mut known = VALIDATORS.lock().unwrap();
    let validator = known.entry(name.to_owned()).or_insert_with(|| {
        // References lead into the document's components.
        let whole = json!({"allOf": [schema], "components": document()["components"]});
        let options = jsonschema::options().should_validate_formats(true);
        Arc::new(options.build(&whole).unwrap())
    });
    Arc::clone(validator)
}
