//! What machines read page by page, what they take back, and how often they may ask.

use chrono::TimeDelta;
use lockbox::acts::api_keys::NewKey;
use lockbox::acts::decide::revoke;
use lockbox::domain::audit::entry::{Actor, Log};
use lockbox::domain::audit::merkle::leaf_hash;
use lockbox::domain::key::KeyScope;
use lockbox::domain::request::StateKind;
use lockbox::domain::text::{Line, Prose, Slug};
use serde_json::{Value, json};

use crate::world::places::{self, Place};
use crate::world::{Api, Database, World, stories};

const REQUESTS: &str = "/api/v1/data-access-requests";

fn named(name: &str, scopes: &[KeyScope]) -> NewKey {
    NewKey::named(Line::parse(name).unwrap(), scopes)
}

fn slugs(keys: &[&str]) -> Vec<Slug> {
    keys.iter().map(|key| Slug::parse(key).unwrap()).collect()
}

/// Every thing of a list, following `next` to its end, and how many pages there were.
async fn all(api: &Api<'_>, path: &str, member: &str) -> (Vec<Value>, usize) {
    let (mut found, mut pages, mut path) = (Vec::new(), 0, path.to_owned());
    loop {
        let answer = api.get(&path).await;
        assert_eq!(answer.status.as_u16(), 200, "{path}: {}", answer.body);
        found.extend(answer.body[member].as_array().unwrap().iter().cloned());
        pages += 1;
        let link = answer
            .headers
            .get("link")
            .map(|link| link.to_str().unwrap().to_owned());
        let Some(next) = answer.body["next"].as_str() else {
            assert_eq!(link, None);
            return (found, pages);
        };
        assert_eq!(link, Some(format!("<{next}>; rel=\"next\"")));
        let at = next.find("/api/v1/").unwrap();
        path = next[at..].to_owned();
    }
}

async fn references(api: &Api<'_>, query: &str) -> Vec<String> {
    let (found, _) = all(api, &format!("{REQUESTS}{query}"), "data_access_requests").await;
    found
        .iter()
        .map(|one| one["reference"].as_str().unwrap().to_owned())
        .collect()
}

/// A filing of Ivo's by this key.
async fn filed_by(api: &Api<'_>, world: &World) -> lockbox::domain::request::Request {
    let filed = api
        .post(REQUESTS, &Place::of_side_door(REQUESTS).body())
        .await;
    world.request_in(&filed)
}

stories! {
    async fn requests_are_listed_filtered_and_page_by_page(world: &World) {
        let old = world.filed();
        world.clock.advance(TimeDelta::hours(13));
        let contosos = world.filed_by("ivo", "contoso", "teams");
        world.clock.advance(TimeDelta::minutes(1));
        let active = world.active();
        world.clock.advance(TimeDelta::minutes(1));
        let newest = [world.filed(), active, contosos, old];
        let newest: Vec<String> = newest.iter().map(|request| request.reference.to_string()).collect();
        let reader = Api::new(world, &world.new_key("reader", &[KeyScope::RequestsRead], None));
        assert_eq!(references(&reader, "").await, newest);
        let (_, pages) = all(&reader, &format!("{REQUESTS}?limit=1"), "data_access_requests").await;
        assert_eq!((references(&reader, "?limit=1").await, pages), (newest.clone(), 4));
        let of = |places: &[usize]| -> Vec<String> { places.iter().map(|at| newest[*at].clone()).collect() };
        for (query, expected) in [
            ("?tenant=fabrikam", of(&[0, 1, 3])),
            ("?tenant=contoso&service=teams", of(&[2])),
            ("?service=teams&limit=2", of(&[2])),
            // The old one has expired, recorded or not.
            ("?state=awaiting_manager", of(&[0, 2])),
            ("?state=expired", of(&[3])),
            ("?state=active&engineer=ivo%40provider.example", of(&[1])),
            ("?engineer=kim%40fabrikam.example", of(&[])),
            ("?tenant=nobody", of(&[])),
            ("?service=Nothing!", of(&[])),
        ] {
            assert_eq!(references(&reader, query).await, expected, "{query}");
        }
        // A key's bounds are a filter that nobody can take away.
        let bound = NewKey { tenants: slugs(&["fabrikam"]), services: slugs(&["exchange-online"]), ..named("bound", &[KeyScope::RequestsRead]) };
        let bound = Api::new(world, &world.issue(None, &bound));
        assert_eq!(references(&bound, "?limit=1").await, of(&[0, 1, 3]));
        assert_eq!(references(&bound, "?tenant=contoso").await, of(&[]));
        let own = Api::new(world, &world.issue(Some("contoso"), &named("own", &[KeyScope::RequestsRead])));
        assert_eq!(references(&own, "").await, of(&[2]));
        assert_eq!(references(&own, "?tenant=fabrikam").await, of(&[]));
        for (api, tenants) in [(&reader, json!(["contoso", "fabrikam"])), (&bound, json!(["fabrikam"])), (&own, json!(["contoso"]))] {
            let (found, _) = all(api, "/api/v1/tenants?limit=1", "tenants").await;
            assert_eq!(found.iter().map(|one| one["key"].clone()).collect::<Value>(), tenants);
        }
        let (services, pages) = all(&reader, "/api/v1/services?limit=2", "services").await;
        assert!(pages > 1 && services.iter().any(|one| one == &json!({"key": "exchange-online", "name": "Exchange Online", "covered": true})));
        assert_eq!(all(&bound, "/api/v1/services", "services").await.0.len(), 1);
    }

    async fn a_query_that_does_not_fit_is_refused(world: &World) {
        let api = world.api();
        for (path, queries) in [
            (REQUESTS, &["?limit=0", "?limit=101", "?limit=-1", "?limit=x", "?cursor=x", "?cursor=", "?state=approved&state=ended", "?state=nobody", "?status=approved", "?tenant=a&tenant=b"][..]),
            ("/api/v1/tenants", &["?cursor=W10", "?limit=1e9", "?x"]),
            ("/api/v1/services", &["?cursor=x", "?tenant=fabrikam"]),
            ("/api/v1/audit-log", &["?from=-1", "?from=99999999999999", "?from=x", "?cursor=x"]),
        ] {
            for query in queries {
                let answer = api.get(&format!("{path}{query}")).await;
                assert_eq!((answer.status.as_u16(), answer.body["type"].as_str()), (400, Some("/problems/malformed")), "{path}{query}");
            }
        }
    }

    /// The log of the key's side and no other, with what it takes to prove it.
    async fn a_log_is_read_whole_with_its_checkpoint(world: &World) {
        world.active();
        let scopes = [KeyScope::LogRead];
        let providers = Api::new(world, &world.new_key("siem", &scopes, None));
        let own = Api::new(world, &world.issue(Some("fabrikam"), &named("siem", &scopes)));
        for (api, log) in [(&providers, Log::Provider), (&own, Log::Tenant(world.tenant("fabrikam").id))] {
            let answer = api.get("/api/v1/audit-log?limit=1").await;
            assert_eq!(answer.body["log"], json!(log.to_string()));
            let (entries, pages) = all(api, "/api/v1/audit-log?limit=3", "entries").await;
            let size = answer.body["size"].as_u64().unwrap();
            assert_eq!((entries.len() as u64, pages > 1), (size, true));
            assert!(answer.body["checkpoint"].as_str().unwrap().contains(&format!("\n{size}\n")));
            for (at, entry) in entries.iter().enumerate() {
                let text = entry["text"].as_str().unwrap();
                assert_eq!(entry["seq"], json!(at));
                assert_eq!(entry["leaf"], json!(leaf_hash(text.as_bytes()).to_string()));
                let told: Value = serde_json::from_str(text).unwrap();
                assert_eq!((&told["log"], &told["seq"]), (&json!(log.to_string()), &json!(at)));
            }
            let beyond = api.get(&format!("/api/v1/audit-log?from={size}")).await;
            assert_eq!((&beyond.body["entries"], &beyond.body["next"]), (&json!([]), &Value::Null));
        }
    }

    /// What it filed, and nothing else.
    async fn a_key_takes_back_and_ends_what_it_filed(world: &World) {
        let writer = Api::new(world, &world.new_key("writer", &[KeyScope::RequestsWrite], None));
        let reads_too = [KeyScope::RequestsWrite, KeyScope::RequestsRead];
        let other = Api::new(world, &world.new_key("other", &reads_too, None));
        let bound = NewKey { tenants: slugs(&["contoso"]), ..named("bound", &reads_too) };
        let bound = Api::new(world, &world.issue(None, &bound));
        let filed = filed_by(&writer, world).await;
        let withdrawal = format!("{REQUESTS}/{}/withdrawal", filed.reference);
        let another = Api::new(world, &world.new_key("another", &[KeyScope::RequestsWrite], None));
        let before = world.entries();
        assert_eq!(other.post(&withdrawal, &json!({})).await.status.as_u16(), 403);
        assert_eq!(bound.post(&withdrawal, &json!({})).await.status.as_u16(), 404);
        assert_eq!(another.post(&withdrawal, &json!({})).await.status.as_u16(), 404);
        assert_eq!(writer.post(&withdrawal, &json!({"why": "x"})).await.status.as_u16(), 422);
        assert_eq!(writer.post(&format!("{REQUESTS}/{}/end", filed.reference), &json!({})).await.status.as_u16(), 409);
        assert_eq!(world.entries(), before);
        let done = writer.post(&withdrawal, &json!({})).await;
        assert_eq!((done.status.as_u16(), &done.body["state"]), (200, &json!("withdrawn")));
        assert_eq!(done.body["outcome"]["by"], json!("API key \u{201c}writer\u{201d}"));
        assert_eq!(writer.post(&withdrawal, &json!({})).await.status.as_u16(), 409);
        // An end needs no body either.
        let filed = filed_by(&writer, world).await;
        let active = world.started(&filed);
        let done = writer.send("POST", &format!("{REQUESTS}/{}/end", active.reference), None).await;
        assert_eq!((done.status.as_u16(), &done.body["outcome"]["how"]), (200, &json!("done")));
        // Somebody else's, filed in the portal.
        let portals = world.filed();
        let answer = other.post(&format!("{REQUESTS}/{}/withdrawal", portals.reference), &json!({})).await;
        assert_eq!(answer.status.as_u16(), 403);
        assert_eq!(world.stored(&portals.reference), portals);
    }

    /// Endorsing, deciding, starting and revoking are for people: whatever a key sends to whatever address, none of these
    /// happens (DOMAIN: rights).
    async fn no_address_lets_a_key_decide(world: &World) {
        let key = Api::new(world, &world.new_key("all", &KeyScope::ALL, None));
        let filed = filed_by(&key, world).await;
        let others = [world.filed(), world.endorsed(), world.approved()];
        for request in others.iter().chain([&filed]) {
            for place in places::side_door() {
                for method in ["GET", "POST", "PUT", "PATCH", "DELETE"] {
                    for word in ["", "/endorsement", "/approval", "/rejection", "/start", "/revocation"] {
                        let path = format!("{}{word}", place.path(request.reference.as_str()));
                        let body = json!({"version": request.version, "duration": "PT1H", "reason": "x", "state": "approved"});
                        let answer = key.send(method, &path, Some(body)).await;
                        assert!(!answer.status.is_server_error(), "{method} {path}");
                    }
                }
            }
        }
        for request in &others {
            assert_eq!(world.stored(&request.reference), *request);
        }
        let by_keys = world.log_of("fabrikam").into_iter().filter(|entry| matches!(entry.author.actor, Actor::Key { .. }));
        for entry in by_keys {
            assert!(["request.filed", "support_case.recorded", "support_case.opened", "request.withdrawn", "access.ended"].contains(&entry.fact.act()), "{}", entry.fact.act());
        }
        assert_eq!(world.stored(&others[2].reference).state.kind(), StateKind::Approved);
        let why = Prose::parse("Enough.").unwrap();
        revoke(&world.lockbox, &world.fresh("kim"), &others[2].reference, why).unwrap();
    }
}

/// A hundred a second and two hundred at once, each key by itself; questions about access are not counted, and strangers
/// lock out nobody.
#[actix_web::test]
async fn a_key_that_asks_too_often_waits_and_no_other() {
    let world = World::limited(Database::Sqlite, 100).await;
    let scopes = [KeyScope::RequestsRead, KeyScope::AccessRead];
    let (one, other) = (
        world.new_key("one", &scopes, None),
        world.new_key("other", &scopes, None),
    );
    let (one, other) = (Api::new(&world, &one), Api::new(&world, &other));
    let services = "/api/v1/services?limit=1";
    for left in (0..200_u32).rev() {
        let answer = one.get(services).await;
        assert_eq!(answer.status.as_u16(), 200);
        assert_eq!(answer.headers["ratelimit-policy"], "\"key\";q=200;w=2");
        let full_in = (200 - left).div_ceil(100);
        assert_eq!(
            answer.headers["ratelimit"],
            format!("\"key\";r={left};t={full_in}").as_str()
        );
    }
    let refused = one.get(services).await;
    assert_eq!(
        (refused.status.as_u16(), &refused.body["type"]),
        (429, &json!("/problems/too-many-requests"))
    );
    assert_eq!(
        (
            &refused.headers["retry-after"],
            &refused.headers["ratelimit"]
        ),
        (&"1".parse().unwrap(), &"\"key\";r=0;t=2".parse().unwrap())
    );
    assert_eq!(other.get(services).await.status.as_u16(), 200);
    one.may("ivo", "fabrikam", "teams").await;
    world.clock.advance(TimeDelta::milliseconds(10));
    assert_eq!(one.get(services).await.status.as_u16(), 200);
    assert_eq!(one.get(services).await.status.as_u16(), 429);
    world.clock.advance(TimeDelta::seconds(60));
    // Twenty tries at once from an address without a key that works, and no key is locked out by them.
    let stranger = Api::new(&world, "lbx_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA");
    for _ in 0..20 {
        assert_eq!(stranger.get(services).await.status.as_u16(), 401);
    }
    for path in [services, "/api/v1/audit-log"] {
        let refused = stranger.get(path).await;
        assert_eq!(
            (refused.status.as_u16(), &refused.headers["retry-after"]),
            (429, &"1".parse().unwrap())
        );
    }
    assert_eq!(one.get(services).await.status.as_u16(), 200);
    world.assert_whole();
    world.end().await;
}
