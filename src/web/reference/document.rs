//! The document as it is read here.

use serde_json::Value;

use crate::web::view::ReferenceProblem;

/// A document that was made by this product.
#[derive(Debug, Clone, Copy)]
pub(super) struct Document<'a>(pub &'a Value);

impl<'a> Document<'a> {
    /// What a reference leads to, and everything else as it is.
    pub(super) fn resolved(self, schema: &'a Value) -> &'a Value {
        let target = schema["$ref"]
            .as_str()
            .and_then(|reference| self.0.pointer(reference.trim_start_matches('#')));
        target.unwrap_or(schema)
    }

    /// Every kind of problem.
    pub(super) fn problems(self) -> Vec<ReferenceProblem> {
        items(&self.0["x-problems"])
            .map(|problem| {
                let uri = text(&problem["type"]);
                ReferenceProblem {
                    id: uri.trim_start_matches('/').replace("problems/", "problem-"),
                    uri,
                    title: text(&problem["title"]),
                    status: problem["status"].to_string(),
                    happened: text(&problem["happened"]),
                    safe: text(&problem["safe"]),
                    advice: text(&problem["advice"]),
                }
            })
            .collect()
    }
}

/// The items of a list; none of what is no list.
pub(super) fn items(list: &Value) -> impl Iterator<Item = &Value> {
    list.as_array().into_iter().flatten()
}

/// A text; an empty one where there is none.
pub(super) fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}
