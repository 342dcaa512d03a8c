//! What the side door says of itself, to machines and to people.

use lockbox::api::openapi::document;
use lockbox::api::problem::Kind;
use serde_json::Value;

use crate::world::{Api, stories};

stories! {
    async fn the_document_is_openapi_and_for_everybody(world: &World) {
        let answer = Api::new(world, "").send("GET", "/api/v1/openapi.json", None).await;
        assert_eq!(answer.status.as_u16(), 200);
        let document = answer.body;
        assert_eq!(document["openapi"], "3.1.0");
        assert_eq!(document["servers"].as_array().unwrap().len(), 1);
        assert!(document["servers"][0]["url"].as_str().unwrap().starts_with("http"));
        for methods in document["paths"].as_object().unwrap().values() {
            for operation in methods.as_object().unwrap().values() {
                for answer in operation["responses"].as_object().unwrap().values() {
                    assert!(answer["description"].is_string(), "{operation}");
                }
            }
        }
        let schemas = document["components"]["schemas"].as_object().unwrap();
        for (name, schema) in schemas {
            assert!(jsonschema::meta::is_valid(schema), "{name}");
        }
    }

    /// The address in the document is the deployment's own, whoever asks by which name.
    async fn the_document_names_no_host_that_was_sent(world: &World) {
        let api = world.api();
        let sent = reqwest::Client::new().get(format!("{}/api/v1/openapi.json", world.base_url)).header("host", "evil.example");
        let theirs: Value = sent.send().await.unwrap().json().await.unwrap();
        let plain = reqwest::get(format!("{}/api/v1/openapi.json", world.base_url)).await.unwrap();
        assert_eq!(plain.headers()["content-type"], "application/json");
        assert_eq!(theirs["servers"], api.get("/api/v1/openapi.json").await.body["servers"]);
        assert!(!theirs.to_string().contains("evil.example"));
    }

    async fn the_reference_is_for_everybody_and_problems_lead_to_it(world: &World) {
        for visitor in [world.visitor(), world.signed_in("kim").await] {
            let page = visitor.get("/help/api").await;
            assert_eq!(page.status.as_u16(), 200);
            for methods in document()["paths"].as_object().unwrap().values() {
                for operation in methods.as_object().unwrap().values() {
                    let id = operation["operationId"].as_str().unwrap();
                    assert_eq!(page.html.matches(&format!("id=\"{id}\"")).count(), 1, "{id}");
                }
            }
            for kind in Kind::ALL {
                assert!(page.html.contains(kind.uri()), "{}", kind.uri());
                let problem = visitor.get_one(kind.uri()).await;
                let to = problem.headers["location"].to_str().unwrap();
                assert_eq!((problem.status.as_u16(), to), (303, format!("/help/api#problem-{}", kind.name()).as_str()));
            }
            assert_eq!(visitor.get_one("/problems/nothing").await.status.as_u16(), 404);
        }
    }
}
