//! Somebody gets in at the very moment in which what they get in by is taken away: whoever is faster, no session is left.

use std::collections::BTreeMap;

use chrono::TimeDelta;
use lockbox::acts::sign_in::{CodeShown, HalfIn, Shown, show_password, show_second_factor};
use lockbox::acts::{Lockbox, forgotten_password, password};
use lockbox::domain::id::PersonId;
use lockbox::domain::time::Moment;
use lockbox::store::Stored;
use lockbox::store::sessions::{Ground, Kept};

use super::arena::{at_once, hold_back, races, tries};
use super::people::{new_link, now};
use crate::world::{at_the_door, nowhere, stories};

/// A key that no other try has.
fn key(count: usize, of: &str) -> Vec<u8> {
    format!("{of} {count}").into_bytes()
}

fn kept(person: PersonId, visit: &str, half_in: bool) -> Kept {
    Kept {
        person: Some(person),
        visit: visit.to_owned(),
        half_in,
        state: "{}".to_owned(),
        ..Kept::default()
    }
}

fn until(lockbox: &Lockbox) -> (Moment, Moment) {
    let now = lockbox.store.clock().now();
    (now, now + TimeDelta::minutes(30))
}

/// Begins a half session, as the door does after the password.
fn begin(lockbox: &Lockbox, person: PersonId, count: usize, ground: &Ground) -> bool {
    let (now, until) = until(lockbox);
    let begun: Stored<bool> = lockbox.store.keep(|books| {
        let kept = kept(person, "half", true);
        books.begin_session(&key(count, "half in"), kept, ground, now, until)
    });
    begun.unwrap()
}

/// Gets in from it, as the door does after the code.
fn enter(lockbox: &Lockbox, person: PersonId, count: usize) -> bool {
    let (now, until) = until(lockbox);
    let entered: Stored<bool> = lockbox.store.keep(|books| {
        let kept = kept(person, "in", false);
        books.enter_session("half", &key(count, "in"), kept, now, until)
    });
    entered.unwrap()
}

races! {
    /// A forgotten password is chosen anew while somebody who knows the old one shows a code.
    async fn no_session_outlives_a_reset_of_the_password(arena: &Arena) {
        let world = &arena.world;
        let ada = world.person("ada").id;
        let mut outcomes = BTreeMap::new();
        for count in 0..tries() {
            let token = new_link(world);
            assert!(begin(&world.lockbox, ada, count, &Ground::Arrival));
            let code = world.code("ada");
            let runner = |place: usize| {
                let (lockbox, token, code) = (arena.process(place), &token, &code);
                move || {
                    hold_back(place, count);
                    if place == 0 {
                        let password = format!("lantern gravel osmosis pianist {count}");
                        now(forgotten_password::reset(lockbox, token, None, password.into())).unwrap();
                        return false;
                    }
                    let shown = show_second_factor(lockbox, ada, &at_the_door(), code).unwrap();
                    assert!(matches!(shown, CodeShown::Right(_)));
                    enter(lockbox, ada, count)
                }
            };
            let got_in = at_once(vec![runner(0), runner(1)])[1];
            assert_eq!(world.open_sessions(ada), 0, "got in: {got_in}");
            *outcomes.entry(format!("got in before: {got_in}")).or_default() += 1;
        }
        arena.report(&outcomes);
    }

    /// A password is changed while somebody shows the old one.
    async fn no_session_begins_on_the_password_of_before(arena: &Arena) {
        let world = &arena.world;
        let kim = world.person("kim").id;
        let email = world.account("kim").email.clone();
        let mut present = world.account("kim").password.clone();
        let mut outcomes = BTreeMap::new();
        for count in 0..tries() {
            // So many wrong ones are looked at in ten minutes.
            world.pass(TimeDelta::minutes(11));
            let next = format!("lantern gravel osmosis pianist {count}");
            let by = world.fresh("kim");
            let runner = |place: usize| {
                let (lockbox, email, by) = (arena.process(place), &email, by.clone());
                let (present, next) = (present.clone(), next.clone());
                move || {
                    hold_back(place, count);
                    if place == 0 {
                        now(password::change(lockbox, by, present.into(), next.into())).unwrap();
                        return "changed";
                    }
                    match now(show_password(lockbox, email, present.into(), nowhere())).unwrap() {
                        Shown::Right(HalfIn(person), kept) => {
                            if begin(lockbox, person, count, &Ground::Password(kept)) {
                                "was half in before"
                            } else {
                                "was refused"
                            }
                        }
                        Shown::Wrong => "was wrong",
                        Shown::TooMany(_) => panic!("nothing was looked at"),
                    }
                }
            };
            let outcome = at_once(vec![runner(0), runner(1)])[1];
            assert_eq!(world.open_sessions(kim), 0, "{outcome}");
            *outcomes.entry(outcome.to_owned()).or_default() += 1;
            present = next;
        }
        arena.report(&outcomes);
    }
}

stories! {
    /// The same through the pages, as a browser meets it.
    async fn nobody_is_in_after_a_reset_of_the_password(world: &World) {
        let mut present = world.account("ada").password.clone();
        for count in 0..tries().min(10) {
            let token = new_link(world);
            let (owner, stranger) = (world.visitor(), world.visitor());
            let door = stranger.get("/sign-in").await.form("Sign in").with("email", "ada@fabrikam.example").with("password", &present);
            let page = stranger.submit(door).await.expect("Verify it is you");
            let code = page.form("Verify").with("verification_code", &world.code("ada"));
            present = format!("lantern gravel osmosis pianist {count}");
            let page = owner.get(&format!("/password/reset?link={token}")).await;
            let reset = page.form("Save password").with("password", &present);
            let (reset, entered) = tokio::join!(owner.send(&reset), stranger.send(&code));
            reset.expect_status(303);
            assert!([303, 403].contains(&entered.status.as_u16()), "{}", entered.words());
            assert!(stranger.get("/").await.path.starts_with("/sign-in"), "{}", entered.words());
        }
    }
}
