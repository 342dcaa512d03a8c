//! The certification scenario of the `OpenID AuthZEN` Authorization API 1.0, walked through as the files in `tests/it/authzen`
//! tell it: Basic, Batch, Search and Discovery. Each request and each answer is also held against that specification's
//! schemas.

use lockbox::domain::key::KeyScope;
use reqwest::Client;
use serde::Deserialize;
use serde_json::{Value, json};

use super::authzen::live;
use crate::world::{Api, World, stories};

const SCHEMAS: &str = include_str!("../authzen/schemas.json");
const LEVELS: [&str; 3] = [
    include_str!("../authzen/basic.json"),
    include_str!("../authzen/batch.json"),
    include_str!("../authzen/search.json"),
];

#[derive(Deserialize)]
struct Level {
    level: String,
    cases: Vec<Case>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Case {
    /// Of the scenario.
    section: String,
    name: String,
    /// Below `/access/v1/`.
    endpoint: String,
    /// What is sent as JSON.
    request: Option<Value>,
    /// What is sent as it is, where that is none.
    text: Option<String>,
    /// `application/json` where nothing else is said.
    content_type: Option<String>,
    status: u16,
    /// The one decision.
    decision: Option<bool>,
    /// Those of all items.
    decisions: Option<Vec<bool>>,
    /// Exactly what is found.
    results: Option<Vec<Value>>,
    /// What is found at least.
    includes: Option<Vec<Value>>,
}

impl Case {
    /// What is wrong with a value by the schema of this endpoint.
    fn misfits(&self, side: &str, value: &Value) -> Vec<String> {
        misfits(
            &format!("{}_{side}", self.endpoint.replace('/', "_")),
            value,
        )
    }

    /// Sends it twice; the same must come of it. Says the answer.
    async fn sent(&self, client: &Client, world: &World, what: &str) -> Value {
        let first = self.sent_once(client, world, what).await;
        let again = self.sent_once(client, world, what).await;
        assert_eq!(first, again, "{what}: another answer to the same");
        first
    }

    async fn sent_once(&self, client: &Client, world: &World, what: &str) -> Value {
        let id = format!("certification-{}", world.lockbox.entropy.uuid(world.now()));
        let address = format!("{}/access/v1/{}", world.base_url, self.endpoint);
        let body = match (&self.request, &self.text) {
            (Some(request), None) => request.to_string(),
            (None, Some(text)) => text.clone(),
            _ => panic!("{what}: either a request or a text"),
        };
        let call = client.post(address).bearer_auth(&world.demo.api_key);
        let content_type = self.content_type.as_deref();
        let call = call
            .header("content-type", content_type.unwrap_or("application/json"))
            .header("x-request-id", &id);
        let answer = call.body(body).send().await.unwrap();
        let header = |name: &str| answer.headers()[name].to_str().unwrap().to_owned();
        let (status, echo, kind) = (
            answer.status().as_u16(),
            header("x-request-id"),
            header("content-type"),
        );
        let said: Value = answer.json().await.unwrap();
        assert_eq!(status, self.status, "{what}: {said}");
        assert_eq!(echo, id, "{what}");
        if status == 200 {
            assert_eq!(kind, "application/json", "{what}");
        }
        said
    }

    fn compare(&self, said: &Value, what: &str) {
        if let Some(decision) = self.decision {
            assert_eq!(said["decision"], json!(decision), "{what}: {said}");
        }
        if let Some(decisions) = &self.decisions {
            let items = said["evaluations"].as_array().unwrap();
            let each: Vec<&Value> = items.iter().map(|item| &item["decision"]).collect();
            assert_eq!(json!(each), json!(decisions), "{what}: {said}");
            assert!(said.get("decision").is_none(), "{what}: {said}");
        }
        if let Some(results) = &self.results {
            assert_eq!(said["results"], json!(results), "{what}: {said}");
        }
        for wanted in self.includes.iter().flatten() {
            let found = said["results"].as_array().unwrap();
            assert!(found.contains(wanted), "{what}: no {wanted} in {said}");
        }
    }
}

/// What is wrong with a value by this schema, in words.
fn misfits(name: &str, value: &Value) -> Vec<String> {
    let mut schema: Value = serde_json::from_str(SCHEMAS).unwrap();
    assert!(schema["$defs"].get(name).is_some(), "no schema {name}");
    schema["$ref"] = json!(format!("#/$defs/{name}"));
    let validator = jsonschema::validator_for(&schema).unwrap();
    let errors = validator.iter_errors(value);
    errors.map(|error| error.to_string()).collect()
}

/// The scenario's people and things: who may do what to which.
fn fixture(world: &World) {
    let service = "exchange-online";
    live(world, "ivo", "fabrikam", service, &[], &["read", "write"]);
    live(world, "mina", "fabrikam", service, &[], &["read"]);
    live(world, "mina", "contoso", service, &[], &["write"]);
}

stories! {
    async fn basic_batch_and_search_are_answered_as_the_certification_wants(world: &World) {
        fixture(world);
        let client = Client::new();
        for level in LEVELS {
            let Level { level, cases } = serde_json::from_str(level).unwrap();
            assert!(cases.len() > 10, "{level}");
            for case in cases {
                let what = format!("{level} {}: {}", case.section, case.name);
                if let Some(request) = &case.request {
                    let misfits = case.misfits("request", request);
                    assert_eq!(misfits.is_empty(), case.status == 200, "{what}: {misfits:?}");
                }
                let said = case.sent(&client, world, &what).await;
                if case.status == 200 {
                    let misfits = case.misfits("response", &said);
                    assert!(misfits.is_empty(), "{what}: {misfits:?} {said}");
                }
                case.compare(&said, &what);
            }
        }
    }

    /// Section 4.5.2: with the token of the page before, until it is empty.
    async fn a_search_is_paged_to_its_end(world: &World) {
        fixture(world);
        let api = world.api();
        let mina = json!({"type": "engineer", "id": "mina@provider.example"});
        let service = json!({"type": "service", "id": "exchange-online", "properties": {"tenant": "fabrikam"}});
        for (endpoint, asked, count) in [
            ("subject", json!({"subject": {"type": "engineer"}, "action": {"name": "read"}, "resource": service}), 2),
            ("resource", json!({"subject": mina, "action": {"name": "access"}, "resource": {"type": "service"}}), 2),
            ("action", json!({"subject": mina, "resource": service}), 2),
        ] {
            let (mut found, mut token) = (Vec::new(), Value::Null);
            while token != json!("") {
                let mut asked = asked.clone();
                asked["page"] = json!({"limit": 1});
                if !token.is_null() {
                    asked["page"]["token"] = token;
                }
                let schema = format!("search_{endpoint}");
                assert_eq!(misfits(&format!("{schema}_request"), &asked), [""; 0]);
                let answer = api.post(&format!("/access/v1/search/{endpoint}"), &asked).await;
                assert_eq!(answer.status, 200, "{}", answer.body);
                assert_eq!(misfits(&format!("{schema}_response"), &answer.body), [""; 0]);
                found.extend(answer.body["results"].as_array().unwrap().clone());
                token = answer.body["page"]["next_token"].clone();
                assert!(found.len() <= count, "{endpoint}: {found:?}");
            }
            assert_eq!(found.len(), count, "{endpoint}: {found:?}");
        }
    }

    /// Section 6. That the addresses begin with https is the deployment's affair: they begin with its base URL.
    async fn discovery_names_what_there_is(world: &World) {
        let nobody = Api::new(world, "");
        let answer = nobody.get("/.well-known/authzen-configuration").await;
        let content_type = answer.headers["content-type"].to_str().unwrap();
        assert_eq!((answer.status.as_u16(), content_type), (200, "application/json"));
        assert_eq!(misfits("configuration", &answer.body), [""; 0]);
        let said = answer.body.as_object().unwrap();
        assert_eq!(said["policy_decision_point"], json!(world.base_url));
        let key = world.new_key("asks and searches", &[KeyScope::AccessRead, KeyScope::AccessSearch], None);
        let api = Api::new(world, &key);
        for (name, address) in said.iter().filter(|(name, _)| name.ends_with("_endpoint")) {
            let path = address.as_str().unwrap().strip_prefix(&world.base_url).unwrap();
            let empty = api.post(path, &json!({})).await;
            assert_eq!(empty.status, 400, "{name} is there, and takes no question without a subject");
        }
    }
}

/// They refuse what is no answer, so that it means something when they find nothing.
#[test]
fn the_schemas_refuse_what_is_no_answer() {
    for (name, wrong) in [
        ("evaluation_response", json!({"decision": "true"})),
        ("evaluation_response", json!({"context": {}})),
        (
            "evaluation_response",
            json!({"decision": true, "context": "why"}),
        ),
        (
            "evaluations_response",
            json!({"evaluations": [{"decision": 1}]}),
        ),
        (
            "search_subject_response",
            json!({"results": [{"type": "engineer"}]}),
        ),
        ("search_resource_response", json!({"results": {}})),
        (
            "search_action_response",
            json!({"results": [{"name": "read"}], "page": {"count": 1}}),
        ),
        (
            "configuration",
            json!({"policy_decision_point": "https://pdp.example"}),
        ),
        (
            "configuration",
            json!({"policy_decision_point": "https://pdp.example?x", "access_evaluation_endpoint": "https://pdp.example/x"}),
        ),
    ] {
        assert!(!misfits(name, &wrong).is_empty(), "{name}: {wrong}");
    }
}
