//! What the document says of the `AuthZEN` configuration.

use serde_json::{Map, Value, json};

use crate::api::openapi::{Operation, Schemas, Subject};

pub fn operations(_: &mut Schemas) -> Vec<Operation> {
    let members = [
        "policy_decision_point",
        "access_evaluation_endpoint",
        "access_evaluations_endpoint",
        "search_subject_endpoint",
        "search_resource_endpoint",
        "search_action_endpoint",
    ];
    let address = json!({"type": "string", "format": "uri"});
    let properties: Map<String, Value> = members
        .iter()
        .map(|member| ((*member).to_owned(), address.clone()))
        .collect();
    let schema = json!({"type": "object", "properties": properties, "required": members});
    vec![
        Operation::open(
            "/.well-known/authzen-configuration",
            "getAuthzenConfiguration",
        )
        .about(Subject::Deployment)
        .says(
            "Says where access is asked about",
            "The addresses of the OpenID AuthZEN Authorization API 1.0. It needs no key.",
        )
        .answer(200, "The addresses.", &schema),
    ]
}
