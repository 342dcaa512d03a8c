//! The side door: machines file for a named engineer, look, and ask.

use chrono::TimeDelta;
use lockbox::acts::decide;
use lockbox::acts::file_request::{NewRequest, file};
use lockbox::domain::audit::entry::Actor;
use lockbox::domain::fact::Fact;
use lockbox::domain::key::KeyScope;
use lockbox::domain::request::Request;
use lockbox::domain::scope::Scope;
use lockbox::domain::text::Prose;
use lockbox::domain::time::{Minutes, rfc3339};
use serde_json::{Value, json};

use crate::world::{Api, World, new_request, seen, stories};

const FILING: &str = "/api/v1/data-access-requests";
const EVALUATION: &str = "/access/v1/evaluation";

fn filing() -> Value {
    json!({
        "tenant": "fabrikam",
        "service": "exchange-online",
        "engineer": "ivo@provider.example",
        "support_case": {"number": "4711", "title": "Calendar is empty"},
        "reason": "Kim sees no meetings.",
        "scope": {"description": "Kim's calendar", "objects": ["mailbox/kim@fabrikam.example/calendar"], "actions": ["read"]},
        "duration": "PT1H30M",
    })
}

fn filing_with(member: &str, value: Value) -> Value {
    let mut filing = filing();
    filing[member] = value;
    filing
}

fn question() -> Value {
    json!({
        "subject": {"type": "engineer", "id": "ivo@provider.example"},
        "action": {"name": "access"},
        "resource": {"type": "service", "id": "exchange-online", "properties": {"tenant": "fabrikam"}},
    })
}

fn question_with(pointer: &str, value: Value) -> Value {
    let mut question = question();
    *question.pointer_mut(pointer).unwrap() = value;
    question
}

/// The fields that a problem names.
fn fields(problem: &Value) -> Vec<&str> {
    let errors = problem["errors"]
        .as_array()
        .map(Vec::as_slice)
        .unwrap_or_default();
    errors
        .iter()
        .map(|error| error["field"].as_str().unwrap())
        .collect()
}

/// Live access to this scope.
fn active_within(world: &World, objects: &[&str], actions: &[&str]) -> Request {
    let scope = Scope::parse(
        Prose::parse("Kim's calendar").unwrap(),
        objects.iter().copied(),
        actions.iter().copied(),
    )
    .unwrap();
    let new = NewRequest {
        scope,
        ..new_request("fabrikam", "exchange-online")
    };
    let filed = file(&world.lockbox, &world.fresh("ivo"), &new).unwrap();
    let endorsed = decide::endorse(&world.lockbox, &world.fresh("rosa"), &seen(&filed)).unwrap();
    let approved = decide::approve(
        &world.lockbox,
        &world.fresh("kim"),
        &seen(&endorsed),
        endorsed.asked,
        None,
    )
    .unwrap();
    decide::start(&world.lockbox, &world.fresh("ivo"), &seen(&approved)).unwrap()
}

stories! {
    async fn a_machine_files_for_an_engineer(world: &World) {
        let api = world.api();
        let answer = api.post(FILING, &filing()).await;
        assert_eq!(answer.status, 201, "{}", answer.body);
        let request = world.request_in(&answer);
        assert_eq!(answer.headers["location"], format!("{FILING}/{}", request.reference).as_str());
        assert_eq!(answer.headers["content-type"], "application/json");
        let body = &answer.body;
        assert_eq!(body["state"], "awaiting_manager");
        assert_eq!(body["id"], request.id.to_string());
        assert_eq!(body["duration"], "PT1H30M");
        assert_eq!(body["support_case"], json!({"number": "4711", "title": "Calendar is empty"}));
        assert_eq!(body["scope"]["objects"], json!(["mailbox/kim@fabrikam.example/calendar"]));
        assert_eq!(body["url"], format!("{}/requests/{}", world.base_url, request.reference));
        let shown = api.get(&format!("{FILING}/{}", request.reference)).await;
        assert_eq!((shown.status.as_u16(), &shown.body), (200, body));
        assert_eq!(request.engineer, world.person("ivo").id);
        let filed_by = &world.entries_about(&request)[0].author.actor;
        assert!(matches!(filed_by, Actor::Key { name, .. } if name.as_str() == "demo"), "the log names the key: {filed_by:?}");
    }

    async fn an_unknown_case_is_made_once_and_a_known_one_keeps_its_title(world: &World) {
        let api = world.api();
        let recorded = |world: &World| world.log_of("fabrikam").iter().filter(|entry| matches!(entry.fact, Fact::SupportCaseRecorded(_))).count();
        let before = recorded(world);
        api.post(FILING, &filing()).await;
        assert_eq!(recorded(world), before + 1);
        let again = api.post(FILING, &filing_with("support_case", json!({"number": "4711", "title": "Another title"}))).await;
        assert_eq!(again.body["support_case"]["title"], "Calendar is empty");
        assert_eq!(recorded(world), before + 1);
        let none = api.post(FILING, &filing_with("support_case", Value::Null)).await;
        assert_eq!((none.status.as_u16(), &none.body["support_case"]), (201, &Value::Null));
    }

    async fn what_does_not_fit_is_told_by_its_field_and_nothing_is_filed(world: &World) {
        let api = world.api();
        let before = world.entries();
        for (body, named) in [
            (filing_with("tenant", json!("nobody")), vec!["tenant"]),
            (filing_with("service", json!("nothing")), vec!["service"]),
            (filing_with("engineer", json!("nobody@provider.example")), vec!["engineer"]),
            (filing_with("engineer", json!("rosa@provider.example")), vec!["engineer"]),
            (filing_with("engineer", json!("kim@fabrikam.example")), vec!["engineer"]),
            (filing_with("duration", json!("PT4H1M")), vec!["duration"]),
            (filing_with("duration", json!("PT0H")), vec!["duration"]),
            (filing_with("reason", json!("")), vec!["reason"]),
            (filing_with("reason", json!("x".repeat(2_001))), vec!["reason"]),
            (filing_with("scope", json!({"description": "x", "objects": ["a/../b"]})), vec!["scope.objects"]),
            (json!({}), vec!["tenant", "service", "engineer", "reason", "scope", "duration"]),
        ] {
            let answer = api.post(FILING, &body).await;
            assert_eq!((answer.status.as_u16(), fields(&answer.body)), (422, named), "{body}");
            assert_eq!(answer.headers["content-type"], "application/problem+json");
            assert_eq!(answer.body["status"], 422);
        }
        assert_eq!(world.entries(), before);
    }

    async fn members_nobody_asked_for_are_refused(world: &World) {
        let api = world.api();
        let before = world.entries();
        for (member, value) in [("state", json!("approved")), ("status", json!("approved")), ("reference", json!("LBX-7Q2M-9XKD")), ("filed_by", json!("rosa")), ("quorum", json!(0)), ("basis", json!("lockbox_off")), ("tenant", json!(["fabrikam"])), ("scope", json!({"description": "x", "until": "never"}))] {
            let answer = api.post(FILING, &filing_with(member, value)).await;
            assert_eq!(answer.status, 422, "{member}: {}", answer.body);
        }
        for text in ["", "{", "[]", "null", "tenant=fabrikam", "{\"tenant\":\"fabrikam\",\"tenant\":\"contoso\"}"] {
            let answer = api.post_text(FILING, text.to_owned()).await;
            assert!([400, 422].contains(&answer.status.as_u16()), "{text:?}: {}", answer.status);
        }
        assert_eq!(world.entries(), before);
    }

    async fn five_open_requests_are_the_most_and_a_sixth_is_refused(world: &World) {
        let api = world.api();
        for _ in 0..5 {
            assert_eq!(api.post(FILING, &filing()).await.status, 201);
        }
        let sixth = api.post(FILING, &filing()).await;
        assert_eq!((sixth.status.as_u16(), sixth.body["type"].as_str()), (409, Some("/problems/too-many-open")));
        assert_eq!(api.post(FILING, &filing_with("tenant", json!("contoso"))).await.status, 201, "for each tenant by itself");
        assert_eq!(api.post(FILING, &filing_with("engineer", json!("mina@provider.example"))).await.status, 201, "for each engineer by themselves");
    }

    async fn without_a_key_or_with_another_scope_nothing_is_done(world: &World) {
        let request = world.filed();
        let shown = format!("{FILING}/{}", request.reference);
        let before = world.entries();
        for key in ["", "lbx_", "lbx_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", "kim-demo-password"] {
            let api = Api::new(world, key);
            for answer in [api.post(FILING, &filing()).await, api.get(&shown).await, api.post(EVALUATION, &question()).await] {
                assert_eq!((answer.status.as_u16(), answer.body["type"].as_str()), (401, Some("/problems/unauthenticated")));
                assert!(answer.headers["www-authenticate"].to_str().unwrap().starts_with("Bearer"));
            }
        }
        assert_eq!(world.entries(), before);
        for scope in KeyScope::ALL {
            let key = world.new_key(scope.as_str(), &[scope], None);
            let api = Api::new(world, &key);
            let statuses = [
                (KeyScope::RequestsWrite, api.post(FILING, &json!({})).await.status.as_u16(), 422),
                (KeyScope::RequestsRead, api.get(&shown).await.status.as_u16(), 200),
                (KeyScope::AccessRead, api.post(EVALUATION, &question()).await.status.as_u16(), 200),
            ];
            for (needed, status, granted) in statuses {
                assert_eq!(status, if needed == scope { granted } else { 403 }, "{} with a key for {}", needed.as_str(), scope.as_str());
            }
        }
    }

    /// A session is no key, and a key is no session.
    async fn neither_door_takes_the_others_proof(world: &World) {
        let request = world.filed();
        let rosa = world.signed_in("rosa").await;
        let api = format!("{FILING}/{}", request.reference);
        rosa.get_one(&api).await.expect_status(401);
        let visitor = world.visitor();
        let with_key = visitor.client.get(visitor.url(&world.page_of(&request))).bearer_auth(&world.demo.api_key);
        visitor.read(with_key, "page").await.expect_status(303);
    }

    async fn an_unknown_reference_is_not_there(world: &World) {
        let api = world.api();
        for reference in ["LBX-0000-0000", "lbx-7q2m-9xkd", "LBX-7Q2M", "1", "%2e%2e", "LBX-7Q2M-9XKD%00"] {
            let answer = api.get(&format!("{FILING}/{reference}")).await;
            assert_eq!((answer.status.as_u16(), answer.body["type"].as_str()), (404, Some("/problems/not-found")), "{reference}");
        }
    }

    async fn each_state_is_shown_as_it_is_now(world: &World) {
        let api = world.api();
        let rejected = decide::reject(&world.lockbox, &world.fresh("kim"), &seen(&world.endorsed()), Prose::parse("No.").unwrap()).unwrap();
        for (request, member) in [(world.filed(), "/expires_at"), (world.endorsed(), "/expires_at"), (world.approved(), "/approved/start_by"), (world.active(), "/active/until"), (rejected, "/outcome/why")] {
            let answer = api.get(&format!("{FILING}/{}", request.reference)).await;
            assert_eq!(answer.body["state"], request.state.kind().as_str());
            assert!(answer.body.pointer(member).is_some(), "{member}: {}", answer.body);
            assert!(!answer.body.to_string().contains("kim@fabrikam.example"), "the provider sees no address of a decider");
        }
    }

    async fn an_allow_names_the_request_and_its_end_and_is_not_to_be_kept(world: &World) {
        let api = world.api();
        let denied = api.post(EVALUATION, &question()).await;
        assert_eq!(denied.body, json!({"decision": false, "context": {"reason": "no_active_access"}}));
        let request = world.active();
        let allowed = api.post(EVALUATION, &question()).await;
        let until = rfc3339(request.state.deadline().unwrap());
        assert_eq!(allowed.body, json!({"decision": true, "context": {"request": request.reference, "until": until}}));
        for answer in [denied, allowed] {
            assert_eq!((answer.status.as_u16(), answer.headers["cache-control"].to_str().unwrap()), (200, "no-store"));
            assert_eq!(answer.headers["content-type"], "application/json");
        }
    }

    async fn a_scope_without_lists_is_the_whole_service(world: &World) {
        world.active();
        let api = world.api();
        for (action, object) in [("access", None), ("delete", None), ("access", Some("mailbox/kim")), ("read", Some("anything/at/all"))] {
            assert_eq!(api.evaluate("ivo", "fabrikam", "exchange-online", action, object).await["decision"], true, "{action} {object:?}");
        }
    }

    async fn a_scope_with_lists_allows_what_stands_in_them(world: &World) {
        active_within(world, &["mailbox/kim@fabrikam.example/calendar"], &["read"]);
        let api = world.api();
        let calendar = "mailbox/kim@fabrikam.example/calendar";
        for (action, object, may) in [
            ("access", Some(calendar), true),
            ("read", Some(calendar), true),
            ("read", Some("mailbox/kim@fabrikam.example/calendar/2026"), true),
            ("write", Some(calendar), false),
            ("read", Some("mailbox/kim@fabrikam.example/calendar2"), false),
            ("read", Some("mailbox/kim@fabrikam.example"), false),
            ("read", Some("mailbox/kim@fabrikam.example/calendar/../inbox"), false),
            ("read", Some("mailbox/ada@fabrikam.example/calendar"), false),
            ("read", Some(""), false),
            ("read", None, false),
            ("access", None, false),
            ("", Some(calendar), false),
        ] {
            let answer = api.evaluate("ivo", "fabrikam", "exchange-online", action, object).await;
            let expected = if may { Value::Null } else { json!("out_of_scope") };
            assert_eq!((&answer["decision"], &answer["context"]["reason"]), (&json!(may), &expected), "{action} {object:?}");
        }
    }

    async fn of_several_windows_the_one_that_covers_the_question_answers(world: &World) {
        let one = active_within(world, &["mailbox/kim@fabrikam.example/calendar"], &[]);
        let other = active_within(world, &["mailbox/ada@fabrikam.example"], &["read"]);
        let api = world.api();
        for (request, object) in [(&one, "mailbox/kim@fabrikam.example/calendar"), (&other, "mailbox/ada@fabrikam.example/inbox")] {
            let answer = api.evaluate("ivo", "fabrikam", "exchange-online", "read", Some(object)).await;
            assert_eq!(answer["context"]["request"], request.reference.as_str());
        }
        assert_eq!(api.evaluate("ivo", "fabrikam", "exchange-online", "write", Some("mailbox/ada@fabrikam.example")).await["decision"], false);
    }

    async fn names_that_nobody_knows_are_denied_and_no_error(world: &World) {
        world.active();
        let api = world.api();
        for (pointer, value) in [
            ("/subject/id", json!("nobody@provider.example")),
            ("/subject/id", json!("mina@provider.example")),
            ("/subject/id", json!("kim@fabrikam.example")),
            ("/subject/id", json!("no address")),
            ("/subject/id", json!("")),
            ("/subject/type", json!("user")),
            ("/resource/id", json!("teams")),
            ("/resource/id", json!("nothing")),
            ("/resource/id", json!("Exchange Online")),
            ("/resource/type", json!("record")),
            ("/resource/properties/tenant", json!("contoso")),
            ("/resource/properties/tenant", json!("nobody")),
            ("/resource/properties/tenant", json!("' OR 1=1 --")),
            ("/resource/properties", json!({})),
        ] {
            let answer = api.post(EVALUATION, &question_with(pointer, value.clone())).await;
            assert_eq!((answer.status.as_u16(), &answer.body), (200, &json!({"decision": false, "context": {"reason": "no_active_access"}})), "{pointer}: {value}");
        }
    }

    async fn a_question_is_read_as_its_specification_says(world: &World) {
        world.active();
        let api = world.api();
        for pointer in ["/subject", "/subject/type", "/subject/id", "/action", "/action/name", "/resource", "/resource/type", "/resource/id"] {
            let mut body = question();
            let (parent, member) = pointer.rsplit_once('/').unwrap();
            body.pointer_mut(parent).unwrap().as_object_mut().unwrap().remove(member);
            assert_eq!(api.post(EVALUATION, &body).await.status, 400, "without {pointer}");
            assert_eq!(api.post(EVALUATION, &question_with(pointer, json!(1))).await.status, 400, "{pointer} is a number");
        }
        let mut more = question();
        more["context"] = json!({"time": "2026-11-21T17:30:00Z"});
        more["subject"]["properties"] = json!({"department": "support"});
        more["options"] = json!({"evaluations_semantic": "execute_all"});
        assert_eq!(api.post(EVALUATION, &more).await.body["decision"], true, "members it does not know are ignored");
        let answer = api.post_with(EVALUATION, &question(), &[("x-request-id", "8e03978e-40d5")]).await;
        assert_eq!(answer.headers["x-request-id"], "8e03978e-40d5");
    }

    async fn the_same_request_sent_twice_is_filed_once(world: &World) {
        let api = world.api();
        let key = [("idempotency-key", "8e03978e-40d5-43e8-bc93-6894a57f9324")];
        let first = api.post_with(FILING, &filing(), &key).await;
        let before = world.entries();
        world.pass(TimeDelta::minutes(5));
        let again = api.post_with(FILING, &filing(), &key).await;
        assert_eq!((first.status.as_u16(), again.status.as_u16()), (201, 201));
        assert_eq!((&first.body, first.headers.get("location")), (&again.body, again.headers.get("location")));
        assert_eq!((first.headers.get("idempotency-replayed"), again.headers["idempotency-replayed"].to_str().unwrap()), (None, "true"));
        assert_eq!((world.entries(), world.every_request().len()), (before, 1));

        let other_body = api.post_with(FILING, &filing_with("reason", json!("Another.")), &key).await;
        assert_eq!((other_body.status.as_u16(), other_body.body["type"].as_str()), (422, Some("/problems/idempotency-key-reused")));
        let other_caller = Api::new(world, &world.new_key("another", &KeyScope::ALL, None)).post_with(FILING, &filing(), &key).await;
        assert_eq!(other_caller.status, 201);
        assert_ne!(other_caller.body["reference"], first.body["reference"], "keys belong to their caller");
        assert_eq!(world.every_request().len(), 2);
    }

    /// Twins at once: one is filed; the other hears the same answer or that it is being answered.
    async fn twins_at_once_are_filed_once(world: &World) {
        let api = world.api();
        for round in 1..=5 {
            let key = format!("twin-{round}");
            let key = [("idempotency-key", key.as_str())];
            let body = filing();
            let (a, b, c, d) = tokio::join!(api.post_with(FILING, &body, &key), api.post_with(FILING, &body, &key), api.post_with(FILING, &body, &key), api.post_with(FILING, &body, &key));
            let answers = [a, b, c, d];
            let filed: Vec<_> = answers.iter().filter(|answer| answer.status == 201).collect();
            assert!(!filed.is_empty() && filed.iter().all(|answer| answer.body == filed[0].body));
            assert_eq!(filed.iter().filter(|answer| !answer.headers.contains_key("idempotency-replayed")).count(), 1);
            for other in answers.iter().filter(|answer| answer.status != 201) {
                assert_eq!((other.status.as_u16(), other.body["type"].as_str()), (409, Some("/problems/in-progress")));
            }
            assert_eq!(world.every_request().len(), round);
        }
    }

    /// What came to nothing gives its key back, so that the same request can be sent again once it fits.
    async fn a_key_whose_act_did_not_happen_is_free_again(world: &World) {
        let api = world.api();
        for _ in 0..4 {
            world.filed();
        }
        let last = world.filed();
        let key = [("idempotency-key", "later")];
        assert_eq!(api.post_with(FILING, &filing(), &key).await.status, 409, "five are open");
        decide::withdraw(&world.lockbox, &world.fresh("ivo"), &last.reference).unwrap();
        let answer = api.post_with(FILING, &filing(), &key).await;
        assert_eq!((answer.status.as_u16(), answer.headers.get("idempotency-replayed")), (201, None));
    }

    async fn an_idempotency_key_is_kept_for_a_day(world: &World) {
        let api = world.api();
        let key = [("idempotency-key", "daily")];
        let first = api.post_with(FILING, &filing(), &key).await;
        world.pass(TimeDelta::hours(24) - TimeDelta::seconds(1));
        world.night().await;
        assert_eq!(api.post_with(FILING, &filing(), &key).await.body, first.body);
        world.pass(TimeDelta::seconds(2));
        world.night().await;
        assert_ne!(api.post_with(FILING, &filing(), &key).await.body["reference"], first.body["reference"]);
    }

    async fn a_malformed_idempotency_key_is_refused(world: &World) {
        let api = world.api();
        for key in ["", "a b", &"k".repeat(256)] {
            assert_eq!(api.post_with(FILING, &filing(), &[("idempotency-key", key)]).await.status, 400, "{key:?}");
        }
        assert_eq!(world.every_request(), []);
    }

    /// The whole loop as a machine sees it.
    async fn a_machine_follows_a_request_to_its_end(world: &World) {
        let api = world.api();
        let answer = api.post(FILING, &filing()).await;
        let path = answer.headers["location"].to_str().unwrap().to_owned();
        let state = async || api.get(&path).await.body["state"].as_str().unwrap().to_owned();
        assert_eq!(state().await, "awaiting_manager");
        let request = decide::endorse(&world.lockbox, &world.fresh("rosa"), &seen(&world.request_in(&answer))).unwrap();
        assert_eq!(state().await, "awaiting_customer");
        let request = decide::approve(&world.lockbox, &world.fresh("kim"), &seen(&request), Minutes::hours(1), None).unwrap();
        assert_eq!(state().await, "approved");
        decide::start(&world.lockbox, &world.fresh("ivo"), &seen(&request)).unwrap();
        let shown = api.get(&path).await.body;
        assert_eq!((shown["state"].as_str(), shown["approved"]["duration"].as_str(), shown["approved"]["basis"].as_str()), (Some("active"), Some("PT1H"), Some("customer_decision")));
        world.pass(TimeDelta::hours(1));
        let shown = api.get(&path).await.body;
        assert_eq!((shown["state"].as_str(), shown["outcome"]["how"].as_str()), (Some("ended"), Some("time")));
    }
}
