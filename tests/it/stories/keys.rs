//! API keys: what they are bound to, how they end, and what a tenant's own may.

use chrono::TimeDelta;
use lockbox::acts::ActError;
use lockbox::acts::api_keys::{self, NewKey, revoke_by_operator};
use lockbox::domain::audit::entry::Log;
use lockbox::domain::key::KeyScope;
use lockbox::domain::text::{Line, Slug};
use lockbox::store;
use serde_json::{Value, json};

use crate::world::places::Place;
use crate::world::record::operator;
use crate::world::{Answer, Api, stories};

const FILING: &str = "/api/v1/data-access-requests";

fn named(name: &str, scopes: &[KeyScope]) -> NewKey {
    NewKey::named(Line::parse(name).unwrap(), scopes)
}

fn slugs(keys: &[&str]) -> Vec<Slug> {
    keys.iter().map(|key| Slug::parse(key).unwrap()).collect()
}

/// Every answer about one request and the access under it, at every address that reads.
async fn told(api: &Api<'_>, reference: &str, tenant: &str, service: &str) -> Vec<Value> {
    let resource = json!({"type": "service", "id": service, "properties": {"tenant": tenant}});
    let subject = json!({"type": "engineer", "id": "ivo@provider.example"});
    let action = json!({"name": "access"});
    let asked = [
        (
            "evaluation",
            json!({"subject": subject, "action": action, "resource": resource}),
        ),
        (
            "evaluations",
            json!({"subject": subject, "action": action, "evaluations": [{"resource": resource}]}),
        ),
        (
            "search/subject",
            json!({"subject": {"type": "engineer"}, "action": action, "resource": resource}),
        ),
        (
            "search/resource",
            json!({"subject": subject, "action": action, "resource": {"type": "service", "properties": {"tenant": tenant}}}),
        ),
        (
            "search/action",
            json!({"subject": subject, "resource": resource}),
        ),
    ];
    let mut told = Vec::new();
    for (path, body) in asked {
        let answer = api.post(&format!("/access/v1/{path}"), &body).await;
        told.push(json!([answer.status.as_u16(), answer.body]));
    }
    let answer = api.get(&format!("{FILING}/{reference}")).await;
    told.push(json!([answer.status.as_u16(), answer.body]));
    told
}

fn filing(tenant: &str, service: &str) -> Value {
    let mut body = Place::of_side_door(FILING).body();
    body["tenant"] = json!(tenant);
    body["service"] = json!(service);
    body
}

stories! {
    /// What a key is not bound to is told like what nobody knows, at every door (DOMAIN: rights).
    async fn a_bound_key_finds_nothing_beyond_its_bounds(world: &World) {
        let active = world.active();
        let reference = active.reference.as_str();
        let free = Api::new(world, &world.new_key("free", &KeyScope::ALL, None));
        let unknown = told(&free, "LBX-0000-0000", "nobody", "nothing").await;
        let all = told(&free, reference, "fabrikam", "exchange-online").await;
        assert_eq!(all[0][1]["decision"], json!(true));
        let read = [KeyScope::RequestsRead, KeyScope::AccessRead, KeyScope::AccessSearch, KeyScope::RequestsWrite];
        for (name, tenants, services, within) in [
            ("both", &["fabrikam"][..], &["exchange-online"][..], true),
            ("tenant", &["fabrikam", "contoso"], &[], true),
            ("service", &[], &["exchange-online", "teams"], true),
            ("other tenant", &["contoso"], &[], false),
            ("other service", &[], &["teams"], false),
            ("one of both", &["fabrikam"], &["teams"], false),
        ] {
            let new = NewKey { tenants: slugs(tenants), services: slugs(services), ..named(name, &read) };
            let api = Api::new(world, &world.issue(None, &new));
            let heard = told(&api, reference, "fabrikam", "exchange-online").await;
            assert_eq!(heard, if within { all.clone() } else { unknown.clone() }, "{name}");
            let before = world.entries();
            let filed = api.post(FILING, &filing("fabrikam", "exchange-online")).await;
            assert_eq!(filed.status.as_u16(), if within { 201 } else { 422 }, "{name}: {}", filed.body);
            if within {
                world.close(&lockbox::domain::id::Reference::parse(filed.body["reference"].as_str().unwrap()).unwrap());
            } else {
                let lost = if tenants == ["contoso"] { filing("nobody", "exchange-online") } else { filing("fabrikam", "nothing") };
                assert_eq!(filed.body, free.post(FILING, &lost).await.body, "{name}");
                assert_eq!(world.entries(), before, "{name}");
            }
        }
    }

    /// A support case is of a tenant and of no service: its words are nothing for a key of one service.
    async fn a_key_that_is_bound_to_services_sees_no_support_case(world: &World) {
        let case = world.case_of("kim");
        let new = NewKey { services: slugs(&["exchange-online"]), ..named("service", &[KeyScope::RequestsRead]) };
        let api = Api::new(world, &world.issue(None, &new));
        for path in [format!("/api/v1/support-cases/{}", case.id), format!("/api/v1/support-cases/{}/comments", case.id)] {
            assert_eq!(api.get(&path).await.status.as_u16(), 404, "{path}");
        }
        let listed = api.get("/api/v1/support-cases").await;
        assert_eq!(listed.body, json!({"support_cases": [], "next": null}));
        let writing = NewKey { services: slugs(&["exchange-online"]), ..named("writing", &[KeyScope::CasesWrite]) };
        let refused = api_keys::issue_by_operator(&world.lockbox, &operator(), None, &writing);
        assert!(matches!(refused, Err(ActError::Unfit(_))));
    }

    /// To a key of another tenant what one tenant reported, and what was done there, is as if it had never been.
    async fn a_key_of_another_tenant_finds_no_support_case_and_reports_nothing(world: &World) {
        let (case, request) = (world.case_of("kim"), world.active());
        let reading = world.issue(Some("contoso"), &named("reading", &[KeyScope::RequestsRead]));
        let scopes = [KeyScope::RequestsRead, KeyScope::CasesWrite, KeyScope::ActivityWrite];
        let bound = world.issue(None, &NewKey { tenants: slugs(&["contoso"]), ..named("bound", &scopes) });
        let (there, nowhere) = (case.id.to_string(), "0190aaaa-0000-7000-8000-0000000000aa");
        let body = |answer: Answer| (answer.status.as_u16(), answer.body.to_string());
        for key in [reading, bound.clone()] {
            let api = Api::new(world, &key);
            for rest in ["", "/comments"] {
                let of = async |id: &str| body(api.get(&format!("/api/v1/support-cases/{id}{rest}")).await);
                let (theirs, unknown) = (of(&there).await, of(nowhere).await);
                assert_eq!((theirs.0, theirs), (404, unknown), "{rest}");
            }
            for query in [String::new(), "?tenant=fabrikam".to_owned(), format!("?number={}", case.number)] {
                let listed = api.get(&format!("/api/v1/support-cases{query}")).await;
                assert!(!listed.body.to_string().contains(&there), "{query}: {}", listed.body);
            }
        }
        let (api, before) = (Api::new(world, &bound), world.entries());
        for (act, words) in [("comments", json!({"comment": "Hello."})), ("close", json!({}))] {
            let of = async |id: &str| body(api.post(&format!("/api/v1/support-cases/{id}/{act}"), &words).await);
            let (theirs, unknown) = (of(&there).await, of(nowhere).await);
            assert_eq!((theirs.0, theirs), (404, unknown), "{act}");
        }
        let bring_in = async |tenant: &str| {
            let words = json!({"tenant": tenant, "number": "INC-1", "title": "Vanishing", "description": "Since October."});
            let (status, said) = body(api.post("/api/v1/support-cases", &words).await);
            (status, said.replace(tenant, "…"))
        };
        assert_eq!(bring_in("fabrikam").await, bring_in("nobody").await);
        let report = async |reference: &str| {
            let words = json!({"activity": [{"request": reference, "action": "export"}]});
            let (status, said) = body(api.post("/api/v1/activity", &words).await);
            (status, said.replace(reference, "…"))
        };
        let theirs = report(request.reference.as_str()).await;
        assert_ne!(theirs.0, 200);
        assert_eq!(theirs, report("LBX-0000-0000").await);
        assert_eq!(world.entries(), before);
    }

    /// From its end, from its revocation, and to the microsecond.
    async fn a_key_ends_when_its_time_is_over_and_when_it_is_revoked(world: &World) {
        let request = world.active();
        let scopes = [KeyScope::RequestsRead, KeyScope::AccessRead, KeyScope::AccessSearch];
        let short = world.issue(None, &NewKey { days: Some(1), ..named("short", &scopes) });
        let long = world.issue(None, &named("long", &scopes));
        let end = world.now() + TimeDelta::days(1);
        let (short, long) = (Api::new(world, &short), Api::new(world, &long));
        world.clock.set(end - TimeDelta::microseconds(1));
        let statuses = async |api: &Api<'_>| -> Vec<u16> {
            let told = told(api, request.reference.as_str(), "fabrikam", "exchange-online").await;
            told.iter().map(|answer| u16::try_from(answer[0].as_u64().unwrap()).unwrap()).collect()
        };
        assert_eq!(statuses(&short).await, [200; 6]);
        world.clock.set(end);
        assert_eq!(statuses(&short).await, [401; 6]);
        assert_eq!(statuses(&long).await, [200; 6]);
        let name = Line::parse("long").unwrap();
        revoke_by_operator(&world.lockbox, &operator(), None, &name).unwrap();
        assert_eq!(statuses(&long).await, [401; 6]);
        assert!(revoke_by_operator(&world.lockbox, &operator(), None, &name).is_err(), "twice");
        // A name is used once, so that the log names one key by it.
        let again = api_keys::issue_by_operator(&world.lockbox, &operator(), None, &named("long", &scopes));
        assert!(again.is_err());
    }

    /// A tenant's own key reads, and reads nothing but that tenant's.
    async fn a_tenants_own_key_sees_that_tenant_and_writes_nothing(world: &World) {
        let request = world.active();
        let scopes = [KeyScope::RequestsRead, KeyScope::AccessRead, KeyScope::AccessSearch, KeyScope::LogRead];
        // The same name at the provider's and at each tenant's is another key.
        world.issue(None, &named("siem", &[KeyScope::RequestsRead]));
        let own = Api::new(world, &world.issue(Some("fabrikam"), &named("siem", &scopes)));
        let others = Api::new(world, &world.issue(Some("contoso"), &named("siem", &scopes)));
        let seen = told(&own, request.reference.as_str(), "fabrikam", "exchange-online").await;
        assert_eq!((&seen[0][1]["decision"], &seen[5][0]), (&json!(true), &json!(200)));
        let free = Api::new(world, &world.new_key("free", &KeyScope::ALL, None));
        let unknown = told(&free, "LBX-0000-0000", "nobody", "nothing").await;
        assert_eq!(told(&others, request.reference.as_str(), "fabrikam", "exchange-online").await, unknown);
        assert_eq!(own.post(FILING, &filing("fabrikam", "teams")).await.status.as_u16(), 403);
        for scope in KeyScope::ALL.into_iter().filter(|scope| !scope.only_reads()) {
            let refused = api_keys::issue_by_operator(&world.lockbox, &operator(), slugs(&["fabrikam"]).first(), &named("writer", &[scope]));
            assert!(refused.is_err(), "{}", scope.as_str());
        }
    }

    /// Its last use is known to the minute, and costs a row a minute at most.
    async fn the_last_use_of_a_key_is_known(world: &World) {
        let api = Api::new(world, &world.new_key("gate", &[KeyScope::AccessRead], None));
        let used = async |count: i64| {
            world.used_keys(count).await;
            let name = Line::parse("gate").unwrap();
            let read = |conn: &mut _| store::api_keys::by_name(conn, Log::Provider, &name);
            world.lockbox.store.read(read).unwrap().unwrap().last_used_at
        };
        assert_eq!(used(0).await, None);
        let first = world.now();
        api.may("ivo", "fabrikam", "teams").await;
        assert_eq!(used(1).await, Some(first));
        world.clock.advance(TimeDelta::seconds(59));
        api.may("ivo", "fabrikam", "teams").await;
        world.clock.advance(TimeDelta::seconds(1));
        let second = world.now();
        for _ in 0..500 {
            api.may("ivo", "fabrikam", "teams").await;
            if used(1).await == Some(second) {
                return;
            }
        }
        panic!("the use a minute later was not noted");
    }

    /// Made with a fresh second factor, shown once, used, and revoked; by the provider's administrator.
    async fn a_key_is_made_and_revoked_in_the_portal(world: &World) {
        let request = world.active();
        let pat = world.signed_in("pat").await;
        pat.get("/api-keys").await.expect("New key");
        let form = pat.get("/api-keys/new").await.form("Make key").with("name", "helpdesk").with("access:read", "on").with("requests:read", "on").with("tenants", "fabrikam, contoso").with("services", "exchange-online");
        world.clock.advance(TimeDelta::minutes(6));
        let asked = pat.submit(form).await.expect_status(422).expect("Enter the verification code");
        let made = pat.submit(asked.form("Make key").with("verification_code", &world.code("pat"))).await.expect_status(201).expect("This is the only time it is shown.");
        let at = made.html.find("lbx_").unwrap();
        let text = made.html[at..at + 47].to_owned();
        let list = pat.get("/api-keys").await.expect("helpdesk").expect("requests:read, access:read").expect("Working");
        let key = world.lockbox.store.read(|conn| store::api_keys::by_name(conn, Log::Provider, &Line::parse("helpdesk").unwrap())).unwrap().unwrap();
        let page = format!("/api-keys/{}", key.key.id);
        pat.get(&page).await.expect("Exchange Online").expect("Pat");
        for shown in [&list.html, &pat.get(&page).await.html, &pat.get("/audit").await.html] {
            assert!(!shown.contains(&text));
        }
        let api = Api::new(world, &text);
        let heard = told(&api, request.reference.as_str(), "fabrikam", "exchange-online").await;
        assert_eq!(heard[5][0], json!(200));
        // The same form sent once more makes no second key.
        let again = pat.get("/api-keys/new").await.form("Make key").with("name", "helpdesk").with("access:read", "on");
        pat.submit(again).await.expect_status(422).expect("A key of this name was made before.");
        pat.submit(pat.get(&format!("{page}/revocation")).await.form("Revoke key")).await.expect("Revoked. Whoever still uses it is refused");
        assert_eq!(api.get(&format!("{FILING}/{}", request.reference)).await.status.as_u16(), 401);
        pat.get(&page).await.expect("Revoked");
    }

    /// A tenant's administrator makes its own, for reading; its auditor sees the list and changes nothing; nobody sees the
    /// other side's.
    async fn a_tenants_keys_are_its_administrators_affair(world: &World) {
        let kim = world.signed_in("kim").await;
        let form = kim.get("/api-keys/new").await;
        assert!(!form.html.contains("requests:write") && !form.html.contains("id=\"tenants\""));
        let made = kim.submit(form.form("Make key").with("name", "siem").with("log:read", "on").with("days", "for-ever")).await;
        made.expect_status(201);
        let log = Log::Tenant(world.tenant("fabrikam").id);
        let key = world.lockbox.store.read(|conn| store::api_keys::by_name(conn, log, &Line::parse("siem").unwrap())).unwrap().unwrap();
        assert_eq!((key.key.made_by, key.key.expires_at), (Some(world.person("kim").id), None));
        let page = format!("/api-keys/{}", key.key.id);
        for (name, list, one, new) in [("kim", 200, 200, 200), ("leo", 200, 200, 403), ("ada", 403, 403, 403), ("pat", 200, 404, 200), ("ivo", 403, 403, 403), ("rosa", 403, 403, 403)] {
            let Some(who) = world.demo.people.iter().find(|person| person.email.starts_with(&format!("{name}@"))) else { continue };
            world.pass(TimeDelta::seconds(30));
            let visitor = world.signed_in_as(who).await;
            let statuses = [visitor.get("/api-keys").await, visitor.get(&page).await, visitor.get("/api-keys/new").await].map(|page| page.status.as_u16());
            assert_eq!(statuses, [list, one, new], "{name}");
        }
    }
}
