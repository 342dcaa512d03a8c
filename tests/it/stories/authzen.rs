//! The data plane's other questions, as the `OpenID AuthZEN` Authorization API 1.0 words them: several at once, who has
//! access to what, and where all of this is asked.

use lockbox::acts::decide;
use lockbox::acts::file_request::file;
use lockbox::domain::key::KeyScope;
use lockbox::domain::request::Request;
use lockbox::domain::scope::Scope;
use lockbox::domain::text::Prose;
use serde_json::{Value, json};

use crate::world::{Api, World, new_request, seen, stories};

const BATCH: &str = "/access/v1/evaluations";

fn engineer(name: &str) -> Value {
    json!({"type": "engineer", "id": format!("{name}@provider.example")})
}

fn service(key: &str, tenant: &str, object: Option<&str>) -> Value {
    let mut properties = json!({"tenant": tenant});
    if let Some(object) = object {
        properties["object"] = json!(object);
    }
    json!({"type": "service", "id": key, "properties": properties})
}

/// The decisions of a batch, as letters: `a` and `d`.
async fn decisions(api: &Api<'_>, body: Value) -> String {
    let answer = api.post(BATCH, &body).await;
    assert_eq!(answer.status, 200, "{}", answer.body);
    assert_eq!(members(&answer.body), ["evaluations"], "{}", answer.body);
    let all = answer.body["evaluations"].as_array().unwrap();
    for one in all {
        assert_eq!(members(one), ["context", "decision"]);
    }
    let letter = |one: &Value| {
        if one["decision"].as_bool().unwrap() {
            'a'
        } else {
            'd'
        }
    };
    all.iter().map(letter).collect()
}

fn members(value: &Value) -> Vec<&String> {
    value.as_object().unwrap().keys().collect()
}

/// All results of a search, asked for page by page.
async fn search(api: &Api<'_>, what: &str, body: &Value, limit: usize) -> Vec<Value> {
    let (mut found, mut token) = (Vec::new(), String::new());
    loop {
        let mut asked = body.clone();
        asked["page"] = json!({"token": token, "limit": limit});
        let answer = api.post(&format!("/access/v1/search/{what}"), &asked).await;
        assert_eq!(answer.status, 200, "{}", answer.body);
        let results = answer.body["results"].as_array().unwrap().clone();
        assert!(results.len() <= limit);
        assert_eq!(answer.body["page"]["count"], json!(results.len()));
        found.extend(results);
        answer.body["page"]["next_token"]
            .as_str()
            .unwrap()
            .clone_into(&mut token);
        if token.is_empty() {
            return found;
        }
    }
}

/// Live access to these objects with these actions.
pub(super) fn live(
    world: &World,
    who: &str,
    tenant: &str,
    service: &str,
    objects: &[&str],
    actions: &[&str],
) -> Request {
    let mut new = new_request(tenant, service);
    let described = Prose::parse("What is asked about.").unwrap();
    new.scope = Scope::parse(described, objects.iter().copied(), actions.iter().copied()).unwrap();
    let lockbox = &world.lockbox;
    let filed = file(lockbox, &world.fresh(who), &new).unwrap();
    let mut request = decide::endorse(lockbox, &world.fresh("rosa"), &seen(&filed)).unwrap();
    if tenant == "fabrikam" {
        let kim = world.fresh("kim");
        request = decide::approve(lockbox, &kim, &seen(&request), request.asked, None).unwrap();
    }
    decide::start(lockbox, &world.fresh(who), &seen(&request)).unwrap()
}

fn searcher(world: &World) -> Api<'_> {
    Api::new(
        world,
        &world.new_key(
            "search",
            &[KeyScope::AccessSearch, KeyScope::AccessRead],
            None,
        ),
    )
}

stories! {
    async fn each_item_has_its_own_decision_and_takes_what_stands_beside_it(world: &World) {
        world.active();
        let api = world.api();
        let ours = service("exchange-online", "fabrikam", None);
        let items = json!([
            {"resource": ours},
            {"resource": service("teams", "fabrikam", None)},
            {"subject": engineer("mina"), "resource": ours},
            {"resource": {"type": "service", "id": "exchange-online"}},
            {"resource": service("exchange-online", "contoso", None)},
            {"action": {"name": "read"}, "resource": ours},
        ]);
        let body = json!({"subject": engineer("ivo"), "action": {"name": "access"}, "context": {"time": "now"}, "evaluations": items});
        assert_eq!(decisions(&api, body.clone()).await, "adddda");
        let mut all = body;
        all["options"] = json!({"evaluations_semantic": "execute_all", "another": 1});
        assert_eq!(decisions(&api, all).await, "adddda");
        // Nothing of an item is mixed with what stands beside it.
        let half = json!({"resource": service("exchange-online", "fabrikam", None), "subject": engineer("ivo"), "action": {"name": "access"},
            "evaluations": [{"resource": {"type": "service", "id": "exchange-online"}}, {}]});
        assert_eq!(decisions(&api, half).await, "da");
    }

    async fn going_through_the_items_ends_where_the_caller_wants(world: &World) {
        world.active();
        let api = world.api();
        let (yes, no) = (json!({"resource": service("exchange-online", "fabrikam", None)}), json!({"resource": service("teams", "fabrikam", None)}));
        let ask = |semantic: &str, items: &[&Value]| json!({"subject": engineer("ivo"), "action": {"name": "access"}, "options": {"evaluations_semantic": semantic}, "evaluations": items});
        for (semantic, items, is) in [
            ("execute_all", [&no, &yes, &no], "dad"),
            ("deny_on_first_deny", [&yes, &no, &yes], "ad"),
            ("deny_on_first_deny", [&yes, &yes, &yes], "aaa"),
            ("permit_on_first_permit", [&no, &yes, &yes], "da"),
            ("permit_on_first_permit", [&yes, &no, &no], "a"),
        ] {
            assert_eq!(decisions(&api, ask(semantic, &items)).await, is, "{semantic}");
        }
        for semantic in ["", "Execute_All", "deny", "null"] {
            assert_eq!(api.post(BATCH, &ask(semantic, &[&yes])).await.status, 400, "{semantic}");
        }
    }

    /// What is no question denies itself, and nothing else; as the only one it is no request at all.
    async fn an_item_that_is_no_question_is_denied_and_says_why(world: &World) {
        world.active();
        let api = world.api();
        let ours = service("exchange-online", "fabrikam", None);
        let wrong = [json!({"action": 7}), json!({"action": {"name": null}}), json!({"subject": null}), json!({"subject": {"type": "engineer"}}), json!({"resource": {"type": "service", "id": 3}}), json!({"resource": ["service", "teams"]})];
        for item in wrong {
            let body = json!({"subject": engineer("ivo"), "action": {"name": "access"}, "resource": ours, "evaluations": [{}, item, {}]});
            let answer = api.post(BATCH, &body).await;
            let said = &answer.body["evaluations"];
            assert_eq!((&said[0]["decision"], &said[2]["decision"]), (&json!(true), &json!(true)), "{item}");
            assert_eq!((&said[1]["decision"], &said[1]["context"]["error"]["status"]), (&json!(false), &json!(400)), "{item}");
        }
        let missing = api.post(BATCH, &json!({"subject": engineer("ivo"), "evaluations": [{"resource": ours}]})).await;
        assert_eq!(missing.body["evaluations"][0]["context"]["error"]["message"], json!("action is missing"));
        for items in [json!(null), json!({}), json!([[]]), json!([null]), json!(vec![json!({}); 65])] {
            let body = json!({"subject": engineer("ivo"), "action": {"name": "access"}, "resource": ours, "evaluations": items});
            assert_eq!(api.post(BATCH, &body).await.status, 400, "{items}");
        }
        let most = json!({"subject": engineer("ivo"), "action": {"name": "access"}, "resource": ours, "evaluations": vec![json!({}); 64]});
        assert_eq!(decisions(&api, most).await, "a".repeat(64));
    }

    async fn without_items_it_is_one_question(world: &World) {
        world.active();
        let api = world.api();
        let one = json!({"subject": engineer("ivo"), "action": {"name": "access"}, "resource": service("exchange-online", "fabrikam", None)});
        let mut none = one.clone();
        none["evaluations"] = json!([]);
        for body in [one.clone(), none] {
            let answer = api.post(BATCH, &body).await;
            assert_eq!((answer.status.as_u16(), &answer.body["decision"]), (200, &json!(true)));
            assert_eq!(answer.body, api.post("/access/v1/evaluation", &one).await.body);
        }
        assert_eq!(api.post(BATCH, &json!({})).await.status, 400);
    }

    /// Whatever a search lists is allowed, and what is allowed of these people and places is listed.
    async fn a_search_lists_what_would_be_allowed(world: &World) {
        let api = searcher(world);
        let whole = live(world, "ivo", "contoso", "teams", &[], &[]);
        live(world, "ivo", "fabrikam", "exchange-online", &["mailbox/kim", "mailbox/leo/calendar"], &["read"]);
        live(world, "mina", "fabrikam", "exchange-online", &["mailbox/kim/calendar"], &["read", "write"]);

        let kim = service("exchange-online", "fabrikam", Some("mailbox/kim/calendar"));
        let who = json!({"subject": {"type": "engineer", "id": "is ignored"}, "action": {"name": "read"}, "resource": kim});
        for limit in [1, 2, 100] {
            assert_eq!(search(&api, "subject", &who, limit).await, [engineer("ivo"), engineer("mina")]);
        }
        let writers = json!({"subject": {"type": "engineer"}, "action": {"name": "write"}, "resource": kim});
        assert_eq!(search(&api, "subject", &writers, 100).await, [engineer("mina")]);
        // Nobody has all of it.
        let all = json!({"subject": {"type": "engineer"}, "action": {"name": "read"}, "resource": service("exchange-online", "fabrikam", None)});
        assert!(search(&api, "subject", &all, 100).await.is_empty());

        let what = json!({"subject": engineer("ivo"), "action": {"name": "read"}, "resource": {"type": "service"}});
        let places = [service("teams", "contoso", None), service("exchange-online", "fabrikam", Some("mailbox/kim")), service("exchange-online", "fabrikam", Some("mailbox/leo/calendar"))];
        for limit in [1, 2, 100] {
            assert_eq!(search(&api, "resource", &what, limit).await, places);
        }
        for place in &places {
            let asked = json!({"subject": engineer("ivo"), "action": {"name": "read"}, "resource": place});
            assert_eq!(api.post("/access/v1/evaluation", &asked).await.body["decision"], json!(true), "{place}");
        }
        let mut one_tenant = what.clone();
        one_tenant["resource"]["properties"] = json!({"tenant": "fabrikam"});
        assert_eq!(search(&api, "resource", &one_tenant, 100).await, places[1..]);
        let mut write = what.clone();
        write["action"]["name"] = json!("write");
        assert_eq!(search(&api, "resource", &write, 100).await, places[..1]);

        let may = json!({"subject": engineer("mina"), "resource": kim});
        for limit in [1, 100] {
            assert_eq!(search(&api, "action", &may, limit).await, [json!({"name": "access"}), json!({"name": "read"}), json!({"name": "write"})]);
        }
        let anything = json!({"subject": engineer("ivo"), "resource": service("teams", "contoso", None)});
        let answer = api.post("/access/v1/search/action", &anything).await;
        assert_eq!((&answer.body["results"], &answer.body["context"]), (&json!([{"name": "access"}]), &json!({"every_action": true})));

        decide::finish(&world.lockbox, &world.fresh("ivo"), &whole.reference).unwrap();
        assert_eq!(search(&api, "resource", &what, 100).await, places[1..]);
        assert!(search(&api, "action", &anything, 100).await.is_empty());
    }

    async fn a_search_for_what_nobody_knows_finds_nothing_and_an_odd_page_is_refused(world: &World) {
        world.active();
        let api = searcher(world);
        let sought = json!({"subject": {"type": "engineer"}, "action": {"name": "access"}, "resource": service("exchange-online", "fabrikam", None)});
        assert_eq!(search(&api, "subject", &sought, 100).await, [engineer("ivo")]);
        for resource in [service("exchange-online", "nobody", None), service("nothing", "fabrikam", None), json!({"type": "service", "id": "exchange-online"}), service("exchange-online", "FABRIKAM\u{0}", None)] {
            let mut body = sought.clone();
            body["resource"] = resource;
            assert!(search(&api, "subject", &body, 100).await.is_empty(), "{body}");
        }
        for page in [json!({"limit": 0}), json!({"limit": -1}), json!({"token": "%"}), json!({"token": "eyJhIjoxfQ"}), json!(null), json!([])] {
            let mut body = sought.clone();
            body["page"] = page;
            assert_eq!(api.post("/access/v1/search/subject", &body).await.status, 400, "{body}");
        }
        let asker = Api::new(world, &world.new_key("ask", &[KeyScope::AccessRead], None));
        for what in ["subject", "resource", "action"] {
            assert_eq!(api.post(&format!("/access/v1/search/{what}"), &json!({})).await.status, 400);
            assert_eq!(asker.post(&format!("/access/v1/search/{what}"), &sought).await.status, 403, "a key that only asks");
        }
    }

    async fn where_all_this_is_asked_is_said_to_everybody(world: &World) {
        let nobody = Api::new(world, "");
        let answer = nobody.get("/.well-known/authzen-configuration").await;
        let base = world.base_url.trim_end_matches('/');
        let at = |path: &str| json!(format!("{base}/access/v1/{path}"));
        assert_eq!(answer.status, 200);
        assert_eq!(answer.body, json!({
            "policy_decision_point": base,
            "access_evaluation_endpoint": at("evaluation"),
            "access_evaluations_endpoint": at("evaluations"),
            "search_subject_endpoint": at("search/subject"),
            "search_resource_endpoint": at("search/resource"),
            "search_action_endpoint": at("search/action"),
        }));
        let echoed = world.api().post_with(BATCH, &json!({}), &[("x-request-id", "bfe9eb29")]).await;
        assert_eq!((echoed.headers["x-request-id"].to_str().unwrap(), echoed.headers["cache-control"].to_str().unwrap()), ("bfe9eb29", "no-store"));
    }
}
