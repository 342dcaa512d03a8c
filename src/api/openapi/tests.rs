use std::collections::BTreeSet;

use super::operation::Method;
use super::*;
use crate::api::url_table;

/// What the table serves and what the document describes, as method and address.
fn tables() -> (BTreeSet<String>, Vec<String>) {
    let mut served = BTreeSet::new();
    for address in url_table() {
        for (takes, method) in [
            (address.reads(), Method::Get),
            (address.posts(), Method::Post),
        ] {
            if takes {
                served.insert(format!("{} {}", method.as_str(), address.pattern()));
            }
        }
    }
    let described = operations(&mut Schemas::default());
    let described = described
        .iter()
        .map(|operation| format!("{} {}", operation.method.as_str(), operation.pattern));
    (served, described.collect())
}

#[test]
fn every_address_is_described_once_and_nothing_else_is() {
    let (served, described) = tables();
    assert_eq!(described.len(), served.len());
    assert_eq!(described.into_iter().collect::<BTreeSet<_>>(), served);
}

#[test]
fn every_operation_is_whole() {
    let mut ids = BTreeSet::new();
    for (path, methods) in document()["paths"].as_object().unwrap() {
        for (method, operation) in methods.as_object().unwrap() {
            let label = format!("{method} {path}");
            assert!(ids.insert(operation["operationId"].to_string()), "{label}");
            for member in ["summary", "description"] {
                assert!(operation[member].as_str().unwrap().len() > 5, "{label}");
            }
            let parameters = operation["parameters"].as_array().unwrap();
            let named = |name: &str| parameters.iter().any(|one| one["name"] == name);
            for part in path.split('{').skip(1) {
                let name = part.split('}').next().unwrap();
                assert!(named(name), "{label}: {name}");
            }
            for parameter in parameters {
                assert!(
                    parameter["description"].as_str().is_some(),
                    "{label}: {parameter}"
                );
            }
            let responses = operation["responses"].as_object().unwrap();
            assert!(
                responses.keys().any(|status| status.starts_with('2')),
                "{label}"
            );
        }
    }
}

#[test]
fn every_reference_leads_somewhere() {
    fn look(at: &Value) {
        match at {
            Value::Object(members) => {
                if let Some(Value::String(reference)) = members.get("$ref") {
                    let pointer = reference.strip_prefix('#').unwrap();
                    assert!(document().pointer(pointer).is_some(), "{reference}");
                }
                members.values().for_each(look);
            }
            Value::Array(items) => items.iter().for_each(look),
            _ => {}
        }
    }
    look(document());
}

#[test]
fn a_name_stands_for_one_thing() {
    let mut schemas = Schemas::default();
    operations(&mut schemas);
    assert_eq!(schemas.ambiguous(), Vec::<String>::new());
}

#[test]
fn every_kind_of_problem_is_listed() {
    let listed = document()["x-problems"].as_array().unwrap();
    for kind in Kind::ALL {
        assert!(
            listed.iter().any(|one| one["type"] == kind.uri()),
            "{}",
            kind.uri()
        );
    }
}

#[test]
fn the_server_is_the_base_url() {
    let portal = PortalUrl("https://lockbox.example/".parse().unwrap());
    assert_eq!(
        of(&portal)["servers"],
        json!([{"url": "https://lockbox.example"}])
    );
}
