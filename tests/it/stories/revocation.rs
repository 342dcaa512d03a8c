//! After a revocation the next question is denied: in the process that answered it, and in every other.

use lockbox::acts::evaluate::{Answer, Question, Why, evaluate};
use lockbox::acts::{Lockbox, decide};
use lockbox::domain::key::Bounds;
use lockbox::domain::request::StateKind;
use lockbox::domain::text::Prose;
use serde_json::json;

use crate::world::node::Node;
use crate::world::{self, Database, seen, stories};

fn asks(lockbox: &Lockbox, engineer: &str) -> Answer {
    let question = Question {
        engineer: format!("{engineer}@provider.example"),
        tenant: "fabrikam".to_owned(),
        service: "exchange-online".to_owned(),
        action: "access".to_owned(),
        object: None,
        under: None,
    };
    evaluate(lockbox, &Bounds::default(), &[question]).remove(0)
}

fn why() -> Prose {
    Prose::parse("Enough seen.").unwrap()
}

stories! {
    async fn the_next_question_is_denied_whoever_revoked(world: &World) {
        let api = world.api();
        for revoker in ["kim", "ada", "rosa"] {
            let request = world.active();
            assert!(api.may("ivo", "fabrikam", "exchange-online").await);
            let visitor = world.signed_in(revoker).await;
            let page = visitor.get(&world.page_of(&request)).await;
            let page = visitor.get(&page.link("Revoke access…")).await;
            let page = visitor.submit(page.form("Revoke access now").with("reason", "Enough seen.")).await;
            page.expect("Access revoked").expect("has no access");
            assert_eq!(
                api.evaluate("ivo", "fabrikam", "exchange-online", "access", None).await,
                json!({"decision": false, "context": {"reason": "no_active_access"}}),
                "revoked by {revoker}"
            );
        }
    }

    /// Not even an answer given a moment ago lives on in a process that looks before each answer.
    async fn another_process_denies_at_once(world: &World) {
        let other = world.another_process();
        let request = world.active();
        for process in [&world.lockbox, &other] {
            assert!(matches!(asks(process, "ivo"), Answer::Allow { .. }));
        }
        decide::revoke(&world.lockbox, &world.fresh("kim"), &request.reference, why()).unwrap();
        for process in [&other, &world.lockbox] {
            assert_eq!(asks(process, "ivo"), Answer::Deny(Why::NoActiveAccess));
        }
        let request = world.active();
        for process in [&world.lockbox, &other] {
            assert!(matches!(asks(process, "ivo"), Answer::Allow { .. }));
        }
        decide::revoke(&other, &world.fresh("kim"), &request.reference, why()).unwrap();
        world.caught_up();
        assert_eq!(asks(&world.lockbox, "ivo"), Answer::Deny(Why::NoActiveAccess), "revoked in the other process");
    }

    async fn the_engineer_who_is_done_has_no_access_in_any_process(world: &World) {
        let other = world.another_process();
        let request = world.active();
        assert!(matches!(asks(&other, "ivo"), Answer::Allow { .. }));
        let ivo = world.signed_in("ivo").await;
        let page = ivo.get(&world.page_of(&request)).await;
        ivo.submit(page.form("I am done")).await.expect("Ended");
        for process in [&world.lockbox, &other] {
            assert_eq!(asks(process, "ivo"), Answer::Deny(Why::NoActiveAccess));
        }
    }

    async fn one_revocation_ends_one_window_and_no_other(world: &World) {
        let (one, other) = (world.active(), world.active());
        decide::revoke(&world.lockbox, &world.fresh("kim"), &one.reference, why()).unwrap();
        let Answer::Allow { request, .. } = asks(&world.lockbox, "ivo") else { panic!("the other window ended too") };
        assert_eq!(request, other.reference);
        decide::revoke(&world.lockbox, &world.fresh("rosa"), &other.reference, why()).unwrap();
        assert_eq!(asks(&world.lockbox, "ivo"), Answer::Deny(Why::NoActiveAccess));
    }

    async fn a_revoked_approval_cannot_be_started(world: &World) {
        let request = world.approved();
        let ivo = world.signed_in("ivo").await;
        let start = ivo.get(&world.page_of(&request)).await.form("Start access");
        decide::revoke(&world.lockbox, &world.fresh("ada"), &request.reference, why()).unwrap();
        ivo.submit_one(start).await.expect_status(409).expect("Ada Ortiz revoked the access at");
        assert!(decide::start(&world.another_process(), &world.fresh("ivo"), &seen(&world.stored(&request.reference))).is_err());
        assert!(!world.api().may("ivo", "fabrikam", "exchange-online").await);
        assert_eq!(world.stored(&request.reference).state.kind(), StateKind::Revoked);
    }
}

/// Two nodes on one PostgreSQL, asked over HTTP. (SQLite has one server per file.)
#[actix_web::test]
async fn what_one_node_revokes_the_other_denies() {
    world::tell(Database::Postgres, async |world| {
        let node = Node::beside(world);
        let question = json!({
            "subject": {"type": "engineer", "id": "ivo@provider.example"},
            "action": {"name": "access"},
            "resource": {"type": "service", "id": "exchange-online", "properties": {"tenant": "fabrikam"}},
        });
        let client = reqwest::Client::new();
        let decision = async |base_url: &str| {
            let answer = client.post(format!("{base_url}/access/v1/evaluation")).bearer_auth(&world.demo.api_key).json(&question).send().await.unwrap();
            let body: serde_json::Value = answer.json().await.unwrap();
            body["decision"].clone()
        };
        let becomes = async |base_url: &str, right: bool| {
            let since = std::time::Instant::now();
            while decision(base_url).await != json!(right) {
                assert!(since.elapsed() < std::time::Duration::from_secs(20), "it is still {}", !right);
            }
        };
        for _ in 0..20 {
            let request = world.active();
            becomes(&node.base_url, true).await;
            let kim = world.fresh("kim");
            world.lockbox.acting(move |lockbox| decide::revoke(lockbox, &kim, &request.reference, why())).await.unwrap();
            assert_eq!(decision(&world.base_url).await, json!(false), "the node that answered the revocation");
            becomes(&node.base_url, false).await;
        }
        node.end().await;
    })
    .await;
}
