//! What a node says of itself, and what it does when it cannot be sure of its clock or its database.

use std::sync::atomic::AtomicU64;
use std::sync::atomic::Ordering::SeqCst;
use std::sync::{Arc, Barrier};
use std::time::{Duration, Instant};

use chrono::TimeDelta;
use diesel::connection::SimpleConnection;
use diesel::{Connection, PgConnection, SqliteConnection};
use lockbox::acts::evaluate::{Answer, Question, Why, evaluate};
use lockbox::acts::{ActError, decide};
use lockbox::clock::{Clock, Entropy};
use lockbox::domain::key::Bounds;
use lockbox::domain::text::Prose;
use lockbox::founding::{self, Opening};
use lockbox::ops::ready::{ANSWERS_WITHIN, OUTBOX_LATE_AFTER};
use lockbox::store::board::AGE_MAX;
use lockbox::store::conn::DatabaseUrl;
use lockbox::store::{StoreError, Stored};
use lockbox::work::watching::look;
use serde_json::{Value, json};

use crate::world::places::with_token;
use crate::world::{Database, World, seen, settings, stories};

/// Status and checks of `/readyz`.
async fn ready(world: &World) -> (u16, Value) {
    let page = world.visitor().get_one("/readyz").await;
    assert_eq!(page.headers["cache-control"], "no-store");
    let said: Value = serde_json::from_str(&page.html).unwrap();
    assert_eq!(
        said["status"],
        if page.status == 200 {
            "ready"
        } else {
            "not_ready"
        }
    );
    (page.status.as_u16(), said["checks"].clone())
}

/// What is said of each, where live access is known.
fn checks(database: &str, clock: &str, outbox: &str) -> Value {
    checks_and_board(database, clock, outbox, "ok")
}

fn checks_and_board(database: &str, clock: &str, outbox: &str, board: &str) -> Value {
    let all = [
        ("database", database),
        ("clock", clock),
        ("outbox", outbox),
        ("board", board),
    ];
    let checks = all.map(|(name, state)| json!({"name": name, "state": state}));
    json!(checks)
}

/// Long enough for the next look at the database.
fn a_moment_later(world: &World) {
    world.pass(TimeDelta::seconds(1));
}

/// What compares the clock with PostgreSQL's needs a clock that is right.
fn at_the_real_time(world: &World) {
    world.clock.set(Clock::system().now());
}

async fn why_denied(world: &World) -> Value {
    world
        .api()
        .evaluate("ivo", "fabrikam", "exchange-online", "access", None)
        .await["context"]["reason"]
        .clone()
}

/// Writes past the product.
fn tamper(world: &World, sql: &str) {
    match &world.database {
        DatabaseUrl::Sqlite(path) => SqliteConnection::establish(path.to_str().unwrap())
            .unwrap()
            .batch_execute(&format!("PRAGMA busy_timeout = 5000; {sql}"))
            .unwrap(),
        DatabaseUrl::Postgres(url) => PgConnection::establish(url)
            .unwrap()
            .batch_execute(sql)
            .unwrap(),
    }
}

stories! {
    async fn a_node_says_that_it_lives_and_that_it_is_ready(world: &World) {
        let visitor = world.visitor();
        let alive = visitor.get_one("/healthz").await.expect_status(200);
        assert_eq!(alive.html, r#"{"status":"alive"}"#);
        assert_eq!(ready(world).await, (200, checks("ok", "ok", "ok")));
        for path in ["/healthz", "/readyz"] {
            let head = visitor.request("HEAD", path, &[], &[]).await.expect_status(200);
            assert!(head.html.is_empty() && head.headers["cache-control"] == "no-store");
            assert!(!head.headers.contains_key("set-cookie"), "nobody gets a session here");
            visitor.request("POST", path, &[], &[("sec-fetch-site", "cross-site")]).await.expect_status(405);
        }
    }

    /// Somebody holds every connection: the node lives and is not ready, says so in time, and is ready again after.
    async fn a_database_that_does_not_answer_in_time_is_said(world: &World) {
        let connections = usize::try_from(settings(&world.database, &world.folder).connections).unwrap();
        let barrier = || Arc::new(Barrier::new(connections + 1));
        let (taken, over) = (barrier(), barrier());
        let holders: Vec<_> = (0..connections).map(|_| {
            let (store, taken, over) = (world.lockbox.store.clone(), taken.clone(), over.clone());
            std::thread::spawn(move || store.read(|_| {
                taken.wait();
                over.wait();
                Stored::Ok(())
            }).unwrap())
        }).collect();
        taken.wait();
        a_moment_later(world);
        let asked = Instant::now();
        assert_eq!(ready(world).await, (503, checks("no_answer", "ok", "unknown")));
        let first = asked.elapsed();
        assert!(first >= ANSWERS_WITHIN && first < ANSWERS_WITHIN + Duration::from_secs(1), "{first:?}");
        // Asked again and again within the second, nothing waits and nothing is looked at.
        for _ in 0..50 {
            assert_eq!(ready(world).await.0, 503);
        }
        assert!(asked.elapsed() < first + Duration::from_secs(2));
        world.visitor().get_one("/healthz").await.expect_status(200);
        over.wait();
        for holder in holders {
            holder.join().unwrap();
        }
        a_moment_later(world);
        assert_eq!(ready(world).await, (200, checks("ok", "ok", "ok")));
    }

    async fn an_outbox_that_nobody_works_on_is_said(world: &World) {
        world.endorsed();
        world.pass(OUTBOX_LATE_AFTER);
        assert_eq!(ready(world).await, (200, checks("ok", "ok", "ok")));
        a_moment_later(world);
        assert_eq!(ready(world).await, (503, checks("ok", "ok", "late")));
        world.night().await;
        assert_eq!(ready(world).await.0, 503, "one look a second at most");
        a_moment_later(world);
        assert_eq!(ready(world).await, (200, checks("ok", "ok", "ok")));
    }

    /// The database answers, and the logs cannot be followed in it: from two seconds on every access is denied, so the node
    /// must get no questions.
    async fn a_node_whose_knowledge_of_live_access_is_too_old_is_not_ready(world: &World) {
        world.active();
        assert!(world.api().may("ivo", "fabrikam", "exchange-online").await);
        tamper(world, "ALTER TABLE audit_heads RENAME TO audit_heads_elsewhere");
        let since = Instant::now();
        while ready(world).await.0 == 200 {
            assert!(since.elapsed() < AGE_MAX + Duration::from_secs(2), "it says that it is ready");
            actix_web::rt::time::sleep(Duration::from_millis(20)).await;
        }
        assert_eq!(ready(world).await, (503, checks_and_board("ok", "ok", "ok", "too_old")));
        assert_eq!(why_denied(world).await, "undecidable");
        tamper(world, "ALTER TABLE audit_heads_elsewhere RENAME TO audit_heads");
        let since = Instant::now();
        while ready(world).await.0 == 503 {
            assert!(since.elapsed() < Duration::from_secs(10), "it does not become ready again");
            actix_web::rt::time::sleep(Duration::from_millis(20)).await;
        }
        assert_eq!(ready(world).await, (200, checks("ok", "ok", "ok")));
        assert!(world.api().may("ivo", "fabrikam", "exchange-online").await);
    }

    /// Who is signed in is not known then. That is said in words, gives nothing, and lets them sign out.
    async fn a_person_whose_rows_make_no_sense_hears_so_and_can_sign_out(world: &World) {
        let page = format!("/requests/{}", world.endorsed().reference);
        let kim = world.signed_in("kim").await;
        let token = kim.token().await;
        let rename = |from, to| tamper(world, &format!("UPDATE person_roles SET role = '{to}' WHERE role = '{from}'"));
        rename("global_administrator", "sovereign");
        kim.get_one(&page).await.expect_status(500).expect("Something went wrong");
        let decision = with_token(&token, &[]);
        let decided = kim.request("POST", &format!("{page}/rejection"), &decision, &[]).await;
        decided.expect_status(500).expect("Something went wrong");
        rename("sovereign", "global_administrator");
        kim.get_one(&page).await.expect_status(200);
        rename("global_administrator", "sovereign");
        kim.request("POST", "/sign-out", &decision, &[]).await.expect_status(303);
        rename("sovereign", "global_administrator");
        kim.get_one(&page).await.expect_status(303);
    }

    /// To a page they would be strangers. They hear that something is wrong, are sent nowhere and keep their session.
    async fn whose_session_cannot_be_read_hears_so_and_is_still_signed_in_later(world: &World) {
        let page = format!("/requests/{}", world.endorsed().reference);
        let kim = world.signed_in("kim").await;
        let token = kim.token().await;
        let form = kim.get("/password/forgotten").await.form("Send the link");
        let forgotten = form.with("email", "kim@fabrikam.example").fields;
        world.new_mails().await;
        tamper(world, "ALTER TABLE sessions RENAME TO sessions_elsewhere");
        for path in [page.as_str(), "/sign-in", "/no-such-page"] {
            let answer = kim.get_one(path).await.expect_status(500).expect("Something went wrong");
            for header in ["content-security-policy", "x-request-id"] {
                assert!(answer.headers.contains_key(header), "{path} without {header}");
            }
            assert!(!answer.headers.contains_key("set-cookie"), "{path} sets a cookie");
        }
        let sign_out = with_token(&token, &[]);
        let signed_out = kim.request("POST", "/sign-out", &sign_out, &[]).await;
        signed_out.expect_status(500).expect("Something went wrong");
        kim.request("POST", "/password/forgotten", &forgotten, &[]).await.expect_status(500);
        world.visitor().get_one("/sign-in").await.expect_status(200);
        tamper(world, "ALTER TABLE sessions_elsewhere RENAME TO sessions");
        world.night().await;
        assert_eq!(world.new_mails().await, [], "a void answer, and it was acted all the same");
        kim.get_one(&page).await.expect_status(200);
    }

    /// Who signs out and reads that they did must be out.
    async fn whose_session_cannot_be_ended_hears_so(world: &World) {
        let kim = world.signed_in("kim").await;
        let sign_out = with_token(&kim.token().await, &[]);
        let (keep, release) = match world.database {
            DatabaseUrl::Sqlite(_) => (
                "CREATE TRIGGER kept BEFORE DELETE ON sessions BEGIN SELECT RAISE(ABORT, 'kept'); END",
                "DROP TRIGGER kept",
            ),
            DatabaseUrl::Postgres(_) => (
                "CREATE RULE kept AS ON DELETE TO sessions DO INSTEAD SELECT 1 / 0",
                "DROP RULE kept ON sessions",
            ),
        };
        tamper(world, keep);
        let signed_out = kim.request("POST", "/sign-out", &sign_out, &[]).await;
        let signed_out = signed_out.expect_status(500).expect("Something went wrong");
        assert!(!signed_out.headers.contains_key("set-cookie"), "the browser forgets a session that goes on");
        kim.get_one("/").await.expect_status(200);
        tamper(world, release);
        kim.request("POST", "/sign-out", &sign_out, &[]).await.expect_status(303);
        kim.get_one("/").await.expect_status(303);
    }

    /// A clock more than two seconds behind a log's last entry: the act is refused, the node is not ready, and
    /// nobody is allowed anything until it has caught up.
    async fn an_act_behind_its_log_is_refused_and_the_node_is_not_ready(world: &World) {
        let (active, waiting) = (world.active(), world.endorsed());
        let act = || decide::approve(&world.lockbox, &world.fresh("kim"), &seen(&waiting), waiting.asked, None);
        assert!(world.api().may("ivo", "fabrikam", "exchange-online").await);
        let head = world.now();
        world.clock.set(head - TimeDelta::seconds(2) - TimeDelta::microseconds(1));
        assert!(matches!(act(), Err(ActError::Store(StoreError::ClockBehind))));
        assert_eq!(ready(world).await, (503, checks("ok", "behind_the_log", "ok")));
        assert_eq!(why_denied(world).await, "undecidable");
        world.clock.set(head - TimeDelta::seconds(2));
        assert_eq!(ready(world).await.0, 200);
        assert!(world.api().may("ivo", "fabrikam", "exchange-online").await);
        let approved = act().unwrap();
        assert_eq!(world.entries_about(&approved).last().unwrap().at, head, "it takes the head's time");
        assert_eq!(world.stored(&active.reference), active);
    }

    /// Started with a clock that is an hour behind, a node learns it from the log without any act.
    async fn a_node_that_starts_behind_the_log_allows_nothing(world: &World) {
        at_the_real_time(world);
        world.active();
        world.clock.advance(TimeDelta::hours(-1));
        assert!(world.api().may("ivo", "fabrikam", "exchange-online").await, "it does not know yet");
        look(&world.lockbox, None).unwrap();
        assert_eq!(why_denied(world).await, "undecidable");
        let state = match world.database {
            DatabaseUrl::Sqlite(_) => "behind_the_log",
            DatabaseUrl::Postgres(_) => "apart_from_the_database",
        };
        assert_eq!(ready(world).await, (503, checks("ok", state, "ok")));
        world.clock.advance(TimeDelta::hours(1));
        look(&world.lockbox, None).unwrap();
        assert!(world.api().may("ivo", "fabrikam", "exchange-online").await);
    }

    /// On PostgreSQL a node compares itself with the database; SQLite has no clock of its own.
    async fn a_clock_apart_from_the_databases_denies(world: &World) {
        at_the_real_time(world);
        let active = world.active();
        for (off, sure) in [(700, false), (0, true), (-700, false), (60_000, false), (-60_000, false), (0, true)] {
            world.clock.set(Clock::system().now() + TimeDelta::milliseconds(off));
            look(&world.lockbox, None).unwrap();
            let state = ready(world).await.1[1]["state"].clone();
            let may = world.api().may("ivo", "fabrikam", "exchange-online").await;
            if sure || (off > -2_000 && matches!(world.database, DatabaseUrl::Sqlite(_))) {
                assert_eq!((state, may), (Value::from("ok"), true), "{off} ms");
            } else {
                assert!(!may && state != "ok", "{off} ms: {state}");
                assert_eq!(why_denied(world).await, "undecidable", "{off} ms");
                let act = decide::revoke(&world.lockbox, &world.fresh("kim"), &active.reference, Prose::parse("Enough.").unwrap());
                assert!(matches!(act, Err(ActError::Store(StoreError::ClocksApart | StoreError::ClockBehind))), "{off} ms");
            }
        }
    }

    /// An older copy put in the place of the database of a running node, or a standby that had not caught up.
    async fn a_database_that_goes_back_is_not_trusted_again(world: &World) {
        const PUT_BACK: &str = "UPDATE audit_heads SET (size, peaks, last_at, checkpoint) = (SELECT size, peaks, last_at, checkpoint FROM {} o WHERE o.log = audit_heads.log)";
        at_the_real_time(world);
        world.filed();
        let kim = world.signed_in("kim").await;
        let fields = with_token(&kim.token().await, &[("reason".to_owned(), "Enough.".to_owned())]);
        tamper(world, "CREATE TABLE older AS SELECT * FROM audit_heads");
        let active = world.active();
        tamper(world, "CREATE TABLE newer AS SELECT * FROM audit_heads");
        let before = look(&world.lockbox, None).unwrap();
        assert_eq!(look(&world.lockbox, before.as_ref()).unwrap(), before);
        assert!(world.api().may("ivo", "fabrikam", "exchange-online").await);
        tamper(world, &PUT_BACK.replace("{}", "older"));
        look(&world.lockbox, before.as_ref()).unwrap();
        assert_eq!(why_denied(world).await, "undecidable");
        assert_eq!(ready(world).await, (503, checks("older_than_it_was", "ok", "ok")));
        let act = decide::endorse(&world.lockbox, &world.fresh("rosa"), &seen(&world.every_request()[0]));
        assert!(matches!(act, Err(ActError::Store(StoreError::WentBack))));
        let path = format!("{}/revocation", world.page_of(&active));
        let page = kim.request("POST", &path, &fields, &[("sec-fetch-site", "same-origin")]).await.expect_status(503);
        let id = page.headers["x-request-id"].to_str().unwrap();
        assert!(page.says(id), "support can find it: {}", page.words());
        tamper(world, &PUT_BACK.replace("{}", "newer"));
        look(&world.lockbox, before.as_ref()).unwrap();
        assert_eq!(why_denied(world).await, "undecidable", "only a new start ends this doubt");
        tamper(world, "DROP TABLE older; DROP TABLE newer");
    }

    /// The wall clock set back while the process runs: the window ends after its four hours all the same.
    async fn a_wall_clock_set_back_prolongs_no_window(world: &World) {
        world.active();
        let wall = world.clock.clone();
        let passed = Arc::new(AtomicU64::new(0));
        let steady = passed.clone();
        let read = world.lockbox.store.clock().clone();
        let clock = Clock::unbroken(move || read.now(), move || Duration::from_secs(steady.load(SeqCst)));
        let settings = settings(&world.database, &world.folder);
        let node = founding::open(Opening::of(&world.database, &settings.secret_key, clock, Entropy::seeded(8))).unwrap();
        let question = Question {
            engineer: world.account("ivo").email.clone(),
            tenant: "fabrikam".to_owned(),
            service: "exchange-online".to_owned(),
            action: "access".to_owned(),
            object: None,
            under: None,
        };
        assert!(matches!(evaluate(&node, &Bounds::default(), std::slice::from_ref(&question))[0], Answer::Allow { .. }));
        passed.store(4 * 3_600 - 1, SeqCst);
        wall.advance(TimeDelta::hours(-1));
        assert!(matches!(evaluate(&node, &Bounds::default(), std::slice::from_ref(&question))[0], Answer::Allow { .. }));
        passed.store(4 * 3_600, SeqCst);
        assert_eq!(evaluate(&node, &Bounds::default(), std::slice::from_ref(&question))[0], Answer::Deny(Why::NoActiveAccess));
        wall.advance(TimeDelta::hours(1));
    }
}

/// From which address each caller's act was noted, as the audit log has it.
async fn noted_source(world: &World, name: &str, forwarded: &[&str]) -> String {
    let mut headers = vec![("idempotency-key", name)];
    headers.extend(forwarded.iter().map(|list| ("x-forwarded-for", *list)));
    let filing = json!({
        "tenant": "contoso", "service": "teams", "engineer": "ivo@provider.example", "support_case": null,
        "reason": "To see.", "scope": {"description": "Chats"}, "duration": "PT1H",
    });
    let answer = world
        .api()
        .post_with("/api/v1/data-access-requests", &filing, &headers)
        .await;
    let request = world.request_in(&answer);
    let source = world.entries_about(&request)[0].author.source;
    decide::withdraw(&world.lockbox, &world.fresh("ivo"), &request.reference).unwrap();
    source.unwrap().to_string()
}

/// What a client says of itself is believed only as far as a proxy of ours vouches for it.
async fn the_client_is_who_our_proxies_say(database: Database) {
    let world = World::behind(database, &["127.0.0.0/8", "2001:db8:1::/48"]).await;
    for (name, forwarded, is) in [
        ("none", &[][..], "127.0.0.1"),
        ("one", &["203.0.113.9"], "203.0.113.9"),
        (
            "forged",
            &["127.0.0.1, 198.51.100.1, 203.0.113.9"],
            "203.0.113.9",
        ),
        (
            "two-headers",
            &["198.51.100.1", "203.0.113.9, 127.0.0.2"],
            "203.0.113.9",
        ),
        ("own", &["127.0.0.3, 2001:db8:1::7"], "127.0.0.1"),
        ("garbage", &["203.0.113.9, <script>"], "127.0.0.1"),
        ("empty", &[""], "127.0.0.1"),
    ] {
        assert_eq!(noted_source(&world, name, forwarded).await, is, "{name}");
    }
    let kim = world.signed_in("kim").await;
    let fields = with_token(
        &kim.token().await,
        &[("reason".to_owned(), "Enough.".to_owned())],
    );
    let active = world.active();
    let path = format!("{}/revocation", world.page_of(&active));
    let headers = [
        ("x-forwarded-for", "198.51.100.1, 203.0.113.7"),
        ("sec-fetch-site", "same-origin"),
    ];
    kim.request("POST", &path, &fields, &headers)
        .await
        .expect_status(303);
    let revoked = world.entries_about(&active).last().unwrap().author.source;
    assert_eq!(revoked.unwrap().to_string(), "203.0.113.7");
    world.end().await;

    let world = World::on(database).await;
    for (name, forwarded) in [("one", "203.0.113.9"), ("forged", "203.0.113.9, 127.0.0.1")] {
        assert_eq!(
            noted_source(&world, name, &[forwarded]).await,
            "127.0.0.1",
            "nobody is believed unless told"
        );
    }
    world.end().await;
}

#[actix_web::test]
async fn the_client_is_who_our_proxies_say_sqlite() {
    the_client_is_who_our_proxies_say(Database::Sqlite).await;
}

#[actix_web::test]
async fn the_client_is_who_our_proxies_say_postgres() {
    the_client_is_who_our_proxies_say(Database::Postgres).await;
}
