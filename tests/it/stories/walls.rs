//! Who is no party to a thing cannot tell it from one that never was. Who may not act, does not. Only our own pages
//! are listened to, and looking changes nothing.

use std::collections::BTreeMap;

use lockbox::domain::audit::entry::Log;
use lockbox::store::requests::{self, Filter, Sight, View};
use lockbox::store::{Stored, audit, support_cases};
use serde_json::json;

use crate::world::page::Page;
use crate::world::places::{self, Place, with_token};
use crate::world::{Visitor, World, stories};

const METHODS: [&str; 6] = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"];

/// All of an answer but the time it was sent, its own id, and whether the connection is kept, which hangs on how fast a body came.
fn whole(page: &Page) -> (u16, Vec<(String, String)>, &str) {
    let mut headers: Vec<_> = page
        .headers
        .iter()
        .filter(|(name, _)| !["date", "connection", "x-request-id"].contains(&name.as_str()))
        .map(|(name, value)| (name.to_string(), format!("{value:?}")))
        .collect();
    headers.sort();
    (page.status.as_u16(), headers, &page.html)
}

/// A forged form: what is wrong with it, its fields, its headers, and the status it gets.
type Forged<'a> = (&'a str, Vec<(String, String)>, Vec<(&'a str, &'a str)>, u16);

stories! {
    /// Every address of a request × every verb × everybody outside × every state: the answer is, byte for byte, the
    /// one for a reference that was never issued (PROOF 10).
    async fn another_tenants_request_does_not_exist(world: &World) {
        let requests = [world.filed(), world.endorsed(), world.approved(), world.active()];
        let nothing = world.never_issued();
        for outsider in ["sam", "jo", "max", "mina"] {
            let visitor = world.signed_in(outsider).await;
            let token = visitor.token().await;
            let before = world.entries();
            for place in places::portal().iter().filter(|place| place.is_of_a_request()) {
                for method in METHODS {
                    let takes = if method == "POST" { place.posts } else { place.reads && ["GET", "HEAD"].contains(&method) };
                    let fields = if place.posts { with_token(&token, &place.fields(1)) } else { Vec::new() };
                    let absent = visitor.request(method, &place.path(nothing.as_str()), &fields, &[]).await;
                    assert_eq!(absent.status, if takes { 404 } else { 405 }, "{method} {} as {outsider}", absent.path);
                    for request in &requests {
                        let fields = if place.posts { with_token(&token, &place.fields(request.version)) } else { Vec::new() };
                        let there = visitor.request(method, &place.path(request.reference.as_str()), &fields, &[]).await;
                        assert_eq!(whole(&there), whole(&absent), "{method} {} as {outsider}", there.path);
                    }
                }
            }
            assert_eq!(world.entries(), before, "{outsider} changed something");
        }
        for request in &requests {
            assert_eq!(world.stored(&request.reference), *request);
        }
    }

    /// The first of two walls: what is looked up for one tenant is not found for another, whoever asks and whatever
    /// rights say after it.
    async fn every_lookup_takes_the_tenant(world: &World) {
        let request = world.endorsed();
        let (own, other) = (request.tenant, world.tenant("contoso").id);
        let (id, reference, case) = (request.id, request.reference.clone(), request.case.unwrap());
        let found = |tenant| {
            world.lockbox.store.read(|conn| {
                let sight = Sight::Tenant(tenant);
                let listed = requests::list(conn, sight, View::All, &Filter::default(), None, world.now(), 10)?;
                Stored::Ok([
                    requests::by_reference(conn, sight, &reference)?.is_some(),
                    requests::by_id(conn, tenant, id)?.is_some(),
                    !requests::by_ids(conn, sight, &[id])?.is_empty(),
                    !requests::references(conn, tenant, &[id])?.is_empty(),
                    listed.iter().any(|listed| listed.id == id),
                    requests::count_waiting(conn, tenant, world.now())? > 0,
                    support_cases::by_id(conn, tenant, case)?.is_some(),
                    !audit::entries_about(conn, Log::Tenant(tenant), id, 10)?.is_empty(),
                ])
            })
        };
        assert_eq!(found(own).unwrap(), [true; 8]);
        assert_eq!(found(other).unwrap(), [false; 8]);
    }

    /// What another tenant has is in no list, no log, no start page and no cursor.
    async fn another_tenants_request_is_in_no_list(world: &World) {
        let requests = [world.filed(), world.endorsed(), world.approved(), world.active()];
        let cursor = format!("{}-{}", world.now().timestamp_micros() + 1, requests[3].id);
        for outsider in ["sam", "jo", "max", "mina"] {
            let visitor = world.signed_in(outsider).await;
            for path in ["/", "/requests", "/requests?view=all", "/requests?view=active", &format!("/requests?view=all&after={cursor}"), "/audit", "/audit?before=9999", "/queue", "/settings", "/settings/customer-lockbox", "/help"] {
                let page = visitor.get(path).await;
                for request in &requests {
                    assert!(!page.html.contains(request.reference.as_str()) && !page.html.contains(&request.id.to_string()), "{path} as {outsider}");
                }
                for word in ["Kim's calendar", "Ivo Brandt", "Kim Akers", "fabrikam"] {
                    assert!(!page.html.contains(word), "{word:?} on {path} as {outsider}:\n{}", page.words());
                }
            }
        }
    }

    /// The provider sees of a tenant's decider the name, the role and the note, and no address.
    async fn the_provider_sees_no_address_of_the_customer(world: &World) {
        let requests = [world.endorsed(), world.approved(), world.active()];
        for person in ["ivo", "rosa", "pat", "noor"] {
            let visitor = world.signed_in(person).await;
            for path in requests.iter().map(|request| world.page_of(request)).chain(["/queue".to_owned(), "/audit".to_owned()]) {
                let page = visitor.get(&path).await;
                assert!(!page.html.contains("@fabrikam.example"), "{path} as {person}:\n{}", page.words());
            }
        }
    }

    async fn who_is_not_signed_in_is_led_to_the_door(world: &World) {
        let request = world.endorsed();
        let anonymous = world.visitor();
        // The token of somebody's session is worth nothing without the session.
        let token = world.signed_in("kim").await.token().await;
        let before = world.entries();
        for place in places::portal().iter().filter(|place| !place.is_public()) {
            let path = place.path(request.reference.as_str());
            if place.reads {
                for method in ["GET", "HEAD"] {
                    let page = anonymous.request(method, &path, &[], &[]).await.expect_status(303);
                    assert!(page.headers["location"].to_str().unwrap().starts_with("/sign-in"), "{method} {path}");
                }
            }
            if place.posts {
                for fields in [place.fields(request.version), with_token(&token, &place.fields(request.version)), with_token("", &[]), Vec::new()] {
                    let page = anonymous.request("POST", &path, &fields, &[("sec-fetch-site", "same-origin")]).await;
                    assert!([303, 403].contains(&page.status.as_u16()), "POST {path}: {}", page.status);
                    assert!(page.status != 303 || page.headers["location"].to_str().unwrap().starts_with("/sign-in"), "POST {path}");
                }
            }
        }
        for place in places::side_door().iter().filter(|place| !place.is_for_everybody()) {
            for method in place.methods() {
                let answer = anonymous.request(method, &place.path(request.reference.as_str()), &[], &[]).await.expect_status(401);
                assert!(answer.headers["www-authenticate"].to_str().unwrap().starts_with("Bearer"));
            }
        }
        assert_eq!(world.entries(), before);
        assert_eq!(world.stored(&request.reference), request);
    }

    /// Every address that changes something × every way a request from elsewhere looks (PROOF 7).
    async fn only_our_own_forms_are_listened_to(world: &World) {
        let doers = doers(world).await;
        let foreign_token = world.signed_in("ada").await.token().await;
        for place in places::portal().iter().filter(|place| place.posts) {
            let (name, request) = place.doer(world);
            let who = &doers[name];
            let path = place.path(request.reference.as_str());
            let before = world.entries();
            let token = who.token().await;
            let right = with_token(&token, &place.fields(request.version));
            let own = format!("http://localhost:{}", world.base_url.rsplit(':').next().unwrap());
            let mut twice = right.clone();
            twice.push(("csrf".to_owned(), token.clone()));
            let forged: [Forged<'_>; 11] = [
                ("no token", place.fields(request.version), vec![], 403),
                ("an empty token", with_token("", &place.fields(request.version)), vec![], 403),
                ("a wrong token", with_token(&token.replace(char::is_alphabetic, "x"), &place.fields(request.version)), vec![], 403),
                ("another session's token", with_token(&foreign_token, &place.fields(request.version)), vec![], 403),
                ("the token twice", twice, vec![], 400),
                ("another site, by Fetch Metadata", right.clone(), vec![("sec-fetch-site", "cross-site")], 403),
                ("a sibling host, by Fetch Metadata", right.clone(), vec![("sec-fetch-site", "same-site")], 403),
                ("Fetch Metadata says otherwise than Origin", right.clone(), vec![("sec-fetch-site", "cross-site"), ("origin", &own)], 403),
                ("another origin", right.clone(), vec![("origin", "https://evil.example")], 403),
                ("no origin to speak of", right.clone(), vec![("origin", "null")], 403),
                ("an origin that begins like ours", right.clone(), vec![("origin", "http://localhost.evil.example")], 403),
            ];
            for (how, fields, headers, status) in forged {
                let page = who.request("POST", &path, &fields, &headers).await;
                assert_eq!(page.status.as_u16(), status, "{path}: {how}\n{}", page.words());
                assert_eq!(world.entries(), before, "{path}: {how}");
                assert_unframed(&page);
            }
            who.get("/help").await.expect("Sign out");
            assert_eq!(world.stored(&request.reference), request);
            world.close(&request.reference);
        }
    }

    /// PROOF 4.
    async fn forms_with_other_fields_than_theirs_are_refused(world: &World) {
        let doers = doers(world).await;
        for place in places::portal().iter().filter(|place| place.posts) {
            let (name, request) = place.doer(world);
            let who = &doers[name];
            let path = place.path(request.reference.as_str());
            let before = world.entries();
            let right = with_token(&who.token().await, &place.fields(request.version));
            let mut wrong: Vec<Vec<(String, String)>> = [("status", "approved"), ("state", "active"), ("engineer", "mina@provider.example"), ("basis", "customer_decision"), ("is_admin", "true"), ("person", "1"), ("", "x")]
                .iter()
                .map(|(name, value)| right.iter().cloned().chain([((*name).to_owned(), (*value).to_owned())]).collect())
                .collect();
            wrong.push(right.iter().cloned().chain([("verification_code".to_owned(), "1".to_owned()), ("verification_code".to_owned(), "2".to_owned())]).collect());
            // Every field of its own, once more.
            wrong.extend(right.iter().skip(1).map(|again| right.iter().cloned().chain([again.clone()]).collect()));
            for fields in wrong {
                let page = who.request("POST", &path, &fields, &[]).await;
                assert_eq!(page.status.as_u16(), 400, "{path}: {:?}\n{}", fields.last(), page.words());
                assert_eq!(world.entries(), before, "{path}: {:?}", fields.last());
            }
            for kind in ["text/plain", "multipart/form-data; boundary=x", "application/json"] {
                let body = urlencoded(&right);
                let request = who.client.post(who.url(&path)).header("content-type", kind).body(body);
                who.read(request, &path).await.expect_status(400);
            }
            assert_eq!(world.entries(), before);
            world.close(&request.reference);
        }
    }

    /// Mail scanners follow links, with every query they like. Whoever they run as, at either door, nothing happens: no
    /// row comes or goes, no log grows, nobody is told (PROOF 5).
    async fn looking_changes_nothing(world: &World) {
        let requests = [world.endorsed(), world.active()];
        world.night().await;
        world.new_mails().await;
        let before = world.entries();
        for name in world.everybody().iter().map(Some).chain([None]) {
            let (visitor, token) = match name {
                Some(name) => {
                    let visitor = world.signed_in(name).await;
                    let token = visitor.token().await;
                    (visitor, token)
                }
                None => (world.visitor(), String::new()),
            };
            let rows = world.rows();
            for place in places::portal() {
                for request in &requests {
                    let path = place.path(request.reference.as_str());
                    let acting = format!("{path}?csrf={token}&version={}&duration=PT1H&reason=x&status=approved&lockbox=on&_method=POST", request.version);
                    for path in [&path, &acting] {
                        for method in ["GET", "HEAD"] {
                            let page = visitor.request(method, path, &[], &[("x-http-method-override", "POST")]).await;
                            assert!(!page.status.is_server_error(), "{method} {path} as {name:?}");
                            assert_unframed(&page);
                            assert!(method != "HEAD" || page.html.is_empty());
                        }
                    }
                    if !place.is_of_a_request() {
                        break;
                    }
                }
            }
            assert_eq!(world.rows(), rows, "as {name:?}");
        }
        // That a key is used is noted once a minute, and changes nothing but that.
        world.api().get("/api/v1/data-access-requests/LBX-0000-0000").await;
        world.used_keys(1).await;
        let rows = world.rows();
        for place in places::side_door() {
            for method in ["GET", "HEAD"] {
                let answer = world.api().send(method, &place.path(requests[1].reference.as_str()), Some(json!({"state": "approved"}))).await;
                assert!(!answer.status.is_server_error());
            }
        }
        assert_eq!(world.rows(), rows, "at the side door");
        assert_eq!(world.entries(), before);
        assert_eq!(world.new_mails().await, []);
        for request in &requests {
            assert_eq!(world.stored(&request.reference), *request);
        }
    }

    async fn head_answers_as_get_does(world: &World) {
        let request = world.endorsed();
        let kim = world.signed_in("kim").await;
        for place in places::portal().iter().filter(|place| place.reads) {
            let path = place.path(request.reference.as_str());
            let (get, head) = (kim.request("GET", &path, &[], &[]).await, kim.request("HEAD", &path, &[], &[]).await);
            let of = |page: &Page| (page.status, ["content-type", "location", "cache-control"].map(|name| page.headers.get(name).cloned()));
            assert_eq!(of(&get), of(&head), "{path}");
        }
    }

    /// Nothing can be framed, sniffed or cached, whatever the answer.
    async fn every_answer_carries_its_defence(world: &World) {
        let (anonymous, kim) = (world.visitor(), world.signed_in("kim").await);
        for visitor in [&anonymous, &kim] {
            for (method, path, status) in [
                ("GET", "/sign-in", None),
                ("GET", "/nothing/here", Some(404)),
                ("DELETE", "/help", Some(405)),
                ("GET", "/static/0123456789abcdef/app.css", Some(404)),
                ("GET", "/requests/new", None),
                ("POST", "/sign-in", Some(400)),
            ] {
                let request = visitor.client.request(method.parse().unwrap(), visitor.url(path));
                let page = visitor.read(request, path).await;
                assert!(status.is_none_or(|status| page.status == status), "{method} {path}: {}", page.status);
                assert_unframed(&page);
                assert!(page.status.is_redirection() || page.html.contains("<h1"), "{method} {path} has no words");
            }
        }
    }
}

/// What is open is known by its whole address, so that a handler below one of these that forgets to ask who is there is
/// tried like any other.
#[test]
fn what_is_open_is_named_address_by_address() {
    let table: Vec<String> = places::portal()
        .into_iter()
        .map(|place| place.pattern)
        .collect();
    for open in places::AT_THE_DOOR.iter().chain(&places::OPEN) {
        assert!(
            table.iter().any(|pattern| pattern == open),
            "{open} is no address"
        );
    }
    let below = [
        "/sign-in/anything",
        "/password/anything",
        "/problems",
        "/support/anything",
    ];
    for pattern in below.map(str::to_owned) {
        let place = Place {
            pattern,
            reads: true,
            posts: true,
        };
        assert!(
            !place.is_public() && !place.is_at_the_door(),
            "{}",
            place.pattern
        );
    }
}

fn assert_unframed(page: &Page) {
    let header = |name: &str| {
        page.headers
            .get(name)
            .map(|value| value.to_str().unwrap())
            .unwrap_or_default()
    };
    let told = format!("{} ({}): {:?}", page.path, page.status, page.headers);
    assert!(
        header("content-security-policy").contains("frame-ancestors 'none'"),
        "{told}"
    );
    assert!(
        !header("content-security-policy").contains("unsafe"),
        "{told}"
    );
    assert_eq!(header("x-frame-options"), "DENY", "{told}");
    assert_eq!(header("x-content-type-options"), "nosniff", "{told}");
    assert_eq!(header("referrer-policy"), "no-referrer", "{told}");
    assert!(
        ["no-store", "public, max-age=31536000, immutable"].contains(&header("cache-control")),
        "{told}"
    );
}

fn urlencoded(fields: &[(String, String)]) -> String {
    url::form_urlencoded::Serializer::new(String::new())
        .extend_pairs(fields)
        .finish()
}

/// Everybody who sends a form where all goes well.
async fn doers(world: &World) -> BTreeMap<&'static str, Visitor<'_>> {
    let mut doers = BTreeMap::new();
    for name in ["kim", "rosa", "ivo", "pat"] {
        doers.insert(name, world.signed_in(name).await);
    }
    doers
}
