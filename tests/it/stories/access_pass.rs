//! Access passes: who gets one, what it says, how long it lasts, and which keys sign it.

use base64::prelude::{BASE64_URL_SAFE_NO_PAD, Engine as _};
use chrono::{DateTime, TimeDelta};
use lockbox::acts::access_pass::{self, AT_ONCE_MAX, PassKeys};
use lockbox::acts::rotate_key;
use lockbox::acts::{ActError, decide};
use lockbox::domain::audit::entry::{Actor, Author};
use lockbox::domain::fact::{Fact, PASS_ISSUED};
use lockbox::domain::rights::Denied;
use lockbox::domain::text::{Line, Prose};
use lockbox::identity::sealed::SecretKey;
use ring::signature::{ED25519, UnparsedPublicKey};
use serde_json::{Value, json};

use crate::world::gate::{Gate, given_for, pass_for};
use crate::world::{Page, World, stories};

fn operator() -> Author {
    let name = Line::parse("root").unwrap();
    Author::local(Actor::Operator { name })
}

/// The pass that a page shows.
fn shown(page: &Page) -> String {
    let words = page.words();
    words
        .split_whitespace()
        .find(|word| word.starts_with("eyJ"))
        .unwrap()
        .to_owned()
}

fn part(text: &str, index: usize) -> Vec<u8> {
    BASE64_URL_SAFE_NO_PAD
        .decode(text.split('.').nth(index).unwrap())
        .unwrap()
}

fn claims(text: &str) -> Value {
    serde_json::from_slice(&part(text, 1)).unwrap()
}

/// The keys that the deployment shows.
async fn keys(world: &World) -> Vec<Value> {
    let answer = world.api().get("/.well-known/jwks.json").await;
    assert_eq!(answer.status, 200);
    assert_eq!(answer.headers["content-type"], "application/jwk-set+json");
    answer.body["keys"].as_array().unwrap().clone()
}

/// Whether a pass is signed by one of the keys shown, as a library that is not ours sees it.
fn is_signed(text: &str, keys: &[Value]) -> bool {
    let header: Value = serde_json::from_slice(&part(text, 0)).unwrap();
    let key = keys.iter().find(|key| key["kid"] == header["kid"]);
    key.is_some_and(|key| {
        let x = BASE64_URL_SAFE_NO_PAD
            .decode(key["x"].as_str().unwrap())
            .unwrap();
        let (signed, _) = text.rsplit_once('.').unwrap();
        UnparsedPublicKey::new(&ED25519, x)
            .verify(signed.as_bytes(), &part(text, 2))
            .is_ok()
    })
}

fn passes_in_log(world: &World) -> usize {
    let log = world.log_of("fabrikam");
    log.iter()
        .filter(|entry| entry.fact.act() == PASS_ISSUED)
        .count()
}

stories! {
    async fn the_engineer_takes_a_pass_on_the_page_of_the_live_access(world: &World) {
        assert_eq!(keys(world).await, Vec::<Value>::new());
        let request = world.active();
        let ivo = world.signed_in("ivo").await;
        let before = world.entries();
        let page = ivo.get(&world.page_of(&request)).await;
        assert_eq!(world.entries(), before, "looking issues nothing");
        let page = ivo.submit(page.form("Take access pass")).await.expect_status(201);
        assert_eq!(passes_in_log(world), 1);

        let text = shown(&page);
        assert!(page.has(&format!("button.copy[data-copy=\"{text}\"]")));
        assert_eq!(page.headers["cache-control"], "no-store");
        assert!(is_signed(&text, &keys(world).await));
        let said = claims(&text);
        let now = world.now().timestamp();
        assert_eq!(
            json!([said["iss"], said["aud"], said["sub"], said["tenant"], said["request"], said["nbf"], said["exp"]]),
            json!([world.base_url, "service:exchange-online", "ivo@provider.example", "fabrikam", request.reference, now, now + 900])
        );
        let another = ivo.submit(page.form("Take another pass")).await;
        assert_ne!(claims(&shown(&another))["jti"], said["jti"]);

        // It is in the request's history for the customer, by the engineer's name, and not its text.
        let history = world.signed_in("kim").await.get(&world.page_of(&request)).await;
        let history = history.expect("Access pass taken 2 times, last at").expect("Ivo Brandt");
        assert!(!history.html.contains(&text[..40]));
        let entry = world.log_of("fabrikam").into_iter().rev().find(|entry| entry.fact.act() == PASS_ISSUED).unwrap();
        let canonical = entry.canonical().unwrap();
        assert!(!canonical.contains(&text[..40]), "{canonical}");
    }

    async fn a_pass_never_lasts_past_the_window(world: &World) {
        let request = world.active();
        let until = request.state.deadline().unwrap();
        world.pass(until - world.now() - TimeDelta::minutes(5));
        let pass = given_for(world, &request).pass;
        assert_eq!(pass.until, until);
        world.pass(until - world.now() - TimeDelta::milliseconds(1));
        assert_eq!(given_for(world, &request).pass.until, until);
        world.pass(TimeDelta::milliseconds(1));
        let ivo = world.fresh("ivo");
        let late = access_pass::take(&world.lockbox, &world.base_url, &ivo, &request.reference);
        assert!(matches!(late, Err(ActError::Refused(..))));
        world.night().await;
    }

    async fn nobody_else_takes_one_and_for_nothing_but_live_access(world: &World) {
        let request = world.active();
        let take = |name: &str, request: &lockbox::domain::request::Request| {
            let error = access_pass::take(&world.lockbox, &world.base_url, &world.fresh(name), &request.reference);
            error.expect_err("a pass for somebody else")
        };
        for (name, why) in [("mina", Denied::NotThere), ("rosa", Denied::NoRole), ("pat", Denied::NoRole), ("kim", Denied::NoRole), ("sam", Denied::NotThere)] {
            assert!(matches!(take(name, &request), ActError::Denied(denied) if denied == why), "{name}");
        }
        for request in [world.filed(), world.endorsed(), world.approved()] {
            assert!(matches!(take("ivo", &request), ActError::Refused(..)));
        }
        let why = Prose::parse("Enough seen.").unwrap();
        decide::revoke(&world.lockbox, &world.fresh("kim"), &request.reference, why).unwrap();
        assert!(matches!(take("ivo", &request), ActError::Refused(..)));
        let ivo = world.signed_in("ivo").await;
        assert!(!ivo.get(&world.page_of(&request)).await.has_button("Take access pass"));
        assert_eq!(passes_in_log(world), 0);
    }

    /// Somebody who sits down at a session from before the access has no second factor to show.
    async fn a_session_from_before_the_access_shows_its_second_factor_once(world: &World) {
        let ivo = world.signed_in("ivo").await;
        world.pass(TimeDelta::minutes(10));
        let request = world.active();
        let page = ivo.get(&world.page_of(&request)).await;
        let form = page.form("Take access pass").with("verification_code", "000000");
        let page = ivo.submit_one(form).await.expect_status(422).expect("This code is wrong");
        assert_eq!(passes_in_log(world), 0);
        let page = ivo.submit(page.form("Take access pass")).await.expect_status(201);
        shown(&page);
        // From then on as long as the access lasts.
        for _ in 0..3 {
            world.pass(TimeDelta::minutes(20));
            let page = ivo.get(&world.page_of(&request)).await;
            assert!(!page.has("[name=verification_code]"));
            ivo.submit(page.form("Take access pass")).await.expect_status(201);
        }
        assert_eq!(passes_in_log(world), 4);
    }

    async fn passes_taken_in_a_loop_fill_no_log(world: &World) {
        let request = world.active();
        for _ in 0..AT_ONCE_MAX {
            pass_for(world, &request);
        }
        let ivo = world.signed_in("ivo").await;
        let page = ivo.get(&world.page_of(&request)).await;
        let page = ivo.submit(page.form("Take access pass")).await;
        page.expect_status(429).expect("At most 10 access passes are given in 10 minutes");
        assert_eq!(passes_in_log(world), 10);
        world.pass(TimeDelta::minutes(10));
        pass_for(world, &request);
        // The history still tells what was decided, and of the passes in one line.
        let page = world.signed_in("kim").await.get(&world.page_of(&request)).await;
        let words = page.expect("Approved by Kim Akers").words();
        assert_eq!(words.matches("Access pass taken").count(), 1);
        assert!(words.contains("Access pass taken 11 times, last at"), "{words}");
    }

    async fn an_operator_takes_one_by_name(world: &World) {
        let request = world.active();
        let given = access_pass::take_as_operator(&world.lockbox, &world.base_url, &operator(), &request.reference).unwrap();
        assert_eq!(given.pass.engineer.as_str(), "ivo@provider.example");
        let page = world.signed_in("kim").await.get(&world.page_of(&request)).await;
        page.expect("Access pass taken operator root");
        let waiting = world.approved();
        let refused = access_pass::take_as_operator(&world.lockbox, &world.base_url, &operator(), &waiting.reference);
        assert!(matches!(refused, Err(ActError::Refused(..))));
    }

    async fn keys_are_rotated_while_passes_of_the_one_before_are_believed(world: &World) {
        let request = world.active();
        let gate = Gate::of(world, "exchange-online");
        let allowed = async |pass: &str| gate.asks(pass, "GET", "/").await.status == 200;
        let first = pass_for(world, &request);
        let old = keys(world).await;
        assert_eq!(old.len(), 1);

        let (new, from) = access_pass::rotate(&world.lockbox, &operator(), false).unwrap();
        assert_eq!(from, world.now() + TimeDelta::hours(1));
        assert_eq!(keys(world).await.len(), 2, "shown before it signs");
        let second = pass_for(world, &request);
        assert!(is_signed(&second, &old) && allowed(&second).await && allowed(&first).await);

        world.pass(TimeDelta::minutes(59));
        let last_of_old = pass_for(world, &request);
        assert!(is_signed(&last_of_old, &old));
        world.pass(TimeDelta::minutes(1));
        let first_of_new = pass_for(world, &request);
        assert!(!is_signed(&first_of_new, &old) && is_signed(&first_of_new, &keys(world).await));
        assert!(allowed(&last_of_old).await && allowed(&first_of_new).await);
        world.pass(TimeDelta::minutes(59));
        world.night().await;
        assert_eq!(keys(world).await.len(), 2);
        world.pass(TimeDelta::minutes(1));
        world.night().await;
        let left: Vec<Value> = keys(world).await;
        assert_eq!(left.iter().map(|key| key["kid"].clone()).collect::<Vec<_>>(), [json!(new)]);

        // A key that somebody else may have is believed no longer, here at once.
        let before = pass_for(world, &request);
        assert!(allowed(&before).await);
        let (alone, from) = access_pass::rotate(&world.lockbox, &operator(), true).unwrap();
        assert_eq!(from, world.now());
        let refused = gate.asks(&before, "GET", "/").await;
        assert_eq!((refused.status, refused.reason.as_str()), (401, "pass_key_unknown"));
        assert!(allowed(&pass_for(world, &request)).await);
        assert_eq!(keys(world).await.len(), 1);
        let facts = world.log_of_provider();
        let made = facts.iter().filter(|entry| matches!(&entry.fact, Fact::PassKeyMade { key, .. } if [new, alone].contains(key)));
        assert!(made.clone().all(|entry| matches!(entry.author.actor, Actor::Operator { .. })));
        assert_eq!(made.count(), 2);
    }

    async fn keys_are_sealed_anew_with_the_server_key(world: &World) {
        let request = world.active();
        let before = pass_for(world, &request);
        let shown = keys(world).await;
        let new = SecretKey::from_bytes([9; 32]);
        let rotated = rotate_key::rotate(&world.lockbox, &new, &operator()).unwrap();
        assert_eq!(rotated.pass_keys, 1);
        let going_on = lockbox::acts::Lockbox { secret_key: new.into(), pass_keys: PassKeys::default(), ..world.lockbox.clone() };
        let ring = access_pass::keys(&going_on).await.unwrap();
        assert_eq!(serde_json::to_value(ring.shown_at(world.now())).unwrap()["keys"], json!(shown));
        assert!(is_signed(&before, &shown));
        // Under the old one they do not open any more.
        let left = lockbox::acts::Lockbox { pass_keys: PassKeys::default(), ..world.lockbox.clone() };
        assert!(matches!(access_pass::keys(&left).await, Err(ActError::Secret(_))));
    }

    async fn a_window_is_read_in_whole_seconds_from_what_the_log_says(world: &World) {
        let request = world.active();
        world.pass(TimeDelta::milliseconds(400));
        let given = given_for(world, &request);
        let entry = world.log_of("fabrikam").into_iter().rev().find(|entry| entry.fact.act() == PASS_ISSUED).unwrap();
        let Fact::AccessPassIssued { pass, until } = entry.fact else { unreachable!() };
        assert_eq!((pass, until), (given.pass.id, given.pass.until));
        assert_eq!(until, DateTime::from_timestamp(world.now().timestamp() + 900, 0).unwrap());
    }
}
