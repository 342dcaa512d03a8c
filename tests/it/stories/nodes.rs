//! Several nodes on one PostgreSQL, and one of them is wrong: its clock is an hour off, or it hears nothing any more from
//! the database. It may deny what is live, and never allows what is not. PROOF rows 13, 23.

use std::time::{Duration, Instant};

use actix_web::rt::time::sleep;
use chrono::TimeDelta;
use lockbox::acts::{ActError, access_pass, decide};
use lockbox::clock::Clock;
use lockbox::domain::text::Prose;
use lockbox::store::StoreError;
use lockbox::work::watching::look;
use serde_json::{Value, json};

use crate::world::gate::pass_for;
use crate::world::node::Node;
use crate::world::relay::Relay;
use crate::world::{Api, Database, World, seen, tell};

/// How old knowledge may be that a node answers from.
const KNOWN_FOR: Duration = Duration::from_secs(2);
/// Nothing here takes that long; what does hangs.
const LONG: Duration = Duration::from_secs(20);

fn enough() -> Prose {
    Prose::parse("Enough seen.").unwrap()
}

fn at<'w>(world: &'w World, node: &Node) -> Api<'w> {
    world.api().through(&node.base_url)
}

/// What this node says of Ivo's access: the decision, and why not.
async fn says(api: &Api<'_>) -> (Value, Value) {
    let (tenant, service) = ("fabrikam", "exchange-online");
    let mut answer = api.evaluate("ivo", tenant, service, "access", None).await;
    (
        answer["decision"].take(),
        answer["context"]["reason"].take(),
    )
}

fn undecidable() -> (Value, Value) {
    (json!(false), json!("undecidable"))
}

fn denied() -> (Value, Value) {
    (json!(false), json!("no_active_access"))
}

/// No door of this node lets anybody in or changes anything.
async fn assert_decides_nothing(world: &World, node: &Node) {
    let (running, waiting) = (world.active(), world.endorsed());
    let pass = pass_for(world, &running);
    let (before, api) = (world.entries(), at(world, node));
    assert_eq!(says(&api).await, undecidable());
    let ready = api.get("/readyz").await;
    assert_eq!(ready.status, 503);
    let clock = json!({"name": "clock", "state": "apart_from_the_database"});
    assert!(ready.body["checks"].as_array().unwrap().contains(&clock));

    let question = json!({
        "subject": {"type": "engineer", "id": "ivo@provider.example"},
        "action": {"name": "access"},
        "resource": {"type": "service", "id": "exchange-online", "properties": {"tenant": "fabrikam"}},
    });
    let mut several = question.clone();
    several["evaluations"] = json!([{}, {}]);
    let answer = api.post("/access/v1/evaluations", &several).await;
    for one in answer.body["evaluations"].as_array().unwrap() {
        assert_eq!(one["decision"], json!(false), "{one}");
    }
    let search = api.post("/access/v1/search/subject", &question).await;
    assert_eq!(search.status, 503, "{}", search.body);
    let gate = reqwest::Client::new()
        .get(format!(
            "{}/forward-auth/fabrikam/exchange-online",
            node.base_url
        ))
        .header("x-lockbox-key", &world.demo.api_key)
        .header("x-lockbox-pass", &pass)
        .header("x-original-method", "GET")
        .header("x-original-uri", "/");
    let gate = gate.send().await.unwrap().status().as_u16();
    assert!([401, 403].contains(&gate), "{gate}");

    let (lockbox, asked) = (&node.lockbox, waiting.asked);
    let (ivo, kim, rosa) = (world.fresh("ivo"), world.fresh("kim"), world.fresh("rosa"));
    let reference = &running.reference;
    let acts: [(&str, Result<(), ActError>); 5] = [
        (
            "approve",
            decide::approve(lockbox, &kim, &seen(&waiting), asked, None).map(drop),
        ),
        (
            "endorse",
            decide::endorse(lockbox, &rosa, &seen(&waiting)).map(drop),
        ),
        (
            "revoke",
            decide::revoke(lockbox, &kim, reference, enough()).map(drop),
        ),
        ("finish", decide::finish(lockbox, &ivo, reference).map(drop)),
        (
            "take a pass",
            access_pass::take(lockbox, &world.base_url, &ivo, reference).map(drop),
        ),
    ];
    for (act, done) in acts {
        let refused = matches!(done, Err(ActError::Store(StoreError::ClocksApart)));
        assert!(refused, "{act}: {done:?}");
    }
    assert_eq!(world.entries(), before, "nothing has changed");
    assert_eq!(
        says(&world.api()).await.0,
        json!(true),
        "the right node goes on"
    );
    world.close(reference);
    world.close(&waiting.reference);
}

#[actix_web::test]
async fn a_node_whose_clock_is_an_hour_off_decides_nothing_until_it_is_right() {
    tell(Database::Postgres, async |world| {
        for off in [TimeDelta::hours(1), TimeDelta::hours(-1)] {
            world.clock.set(Clock::system().now());
            let (clock, held) = Clock::held_at(Clock::system().now() + off);
            let node = Node::with_clock(world, clock);
            assert_decides_nothing(world, &node).await;

            // The clock is set right, and the next look finds it so.
            let running = world.active();
            held.set(Clock::system().now());
            look(&node.lockbox, None).unwrap();
            becomes(&at(world, &node), |said| said.0 == json!(true)).await;
            world.close(&running.reference);
            node.end().await;
        }
    })
    .await;
}

/// At the window's true end, by a clock that says that an hour of it is left, and by one that says that it has long ended.
#[actix_web::test]
async fn no_clock_prolongs_a_window_on_any_node() {
    tell(Database::Postgres, async |world| {
        world.clock.set(Clock::system().now());
        let until = world.active().state.deadline().unwrap();
        for off in [TimeDelta::hours(1), TimeDelta::hours(-1)] {
            let (clock, held) = Clock::held_at(Clock::system().now() + off);
            let node = Node::with_clock(world, clock);
            let api = at(world, &node);
            let moment = TimeDelta::microseconds(1);
            for truly in [
                until - moment,
                until,
                until + moment,
                until + TimeDelta::minutes(59),
            ] {
                held.set(truly + off);
                assert_eq!(says(&api).await, undecidable(), "{off} {truly}");
                // A look of its own does not bring it to believe itself.
                look(&node.lockbox, None).unwrap();
                assert_eq!(says(&api).await, undecidable(), "{off} {truly}");
            }
            node.end().await;
        }
        world.clock.set(until);
        assert_eq!(says(&world.api()).await, denied(), "the right node");
        world.night().await;
    })
    .await;
}

/// The network between a node and its database swallows everything and says nothing. What the node knew counts for two
/// seconds and no longer; when it hears again, it has missed nothing.
#[actix_web::test]
async fn a_node_that_is_cut_off_in_silence_denies_and_comes_back_without_an_allow_too_many() {
    tell(Database::Postgres, async |world| {
        let relay = Relay::before(&world.database);
        let way = relay.way_to(&world.database);
        let node = Node::set(world, |settings| settings.database = way);
        let (ours, theirs) = (world.api(), at(world, &node));
        for _ in 0..2 {
            let request = world.active();
            becomes(&theirs, |said| said.0 == json!(true)).await;

            relay.cut();
            let since = Instant::now();
            decide::revoke(
                &world.lockbox,
                &world.fresh("kim"),
                &request.reference,
                enough(),
            )
            .unwrap();
            assert_eq!(says(&ours).await, denied(), "at once where it was revoked");
            becomes(&theirs, |said| *said == undecidable()).await;
            let late = since.elapsed();
            assert!(
                late < KNOWN_FOR + Duration::from_secs(1),
                "it allowed for {late:?}"
            );
            let ready = theirs.get("/readyz").await;
            assert_eq!(ready.status, 503, "{}", ready.body);
            // It does not come to believe what it knew before.
            while since.elapsed() < 3 * KNOWN_FOR {
                assert_eq!(says(&theirs).await, undecidable());
                sleep(Duration::from_millis(50)).await;
            }

            relay.mend();
            becomes(&theirs, |said| {
                assert_ne!(said.0, json!(true), "revoked while it heard nothing");
                *said == denied()
            })
            .await;
        }
        node.end().await;
    })
    .await;
}

/// Asks until the answer is this one.
async fn becomes(api: &Api<'_>, wanted: impl Fn(&(Value, Value)) -> bool) {
    let since = Instant::now();
    loop {
        let said = says(api).await;
        if wanted(&said) {
            return;
        }
        assert!(since.elapsed() < LONG, "it is still {said:?}");
        sleep(Duration::from_millis(10)).await;
    }
}
