//! Changes of a tenant's setting at the same instant as others, and as what people do to requests.

use std::collections::BTreeMap;

use lockbox::acts::decide::{endorse, start, withdraw};
use lockbox::acts::entitle::{Given, entitle, take_trial};
use lockbox::acts::file_request::file;
use lockbox::acts::limits::{change_hours, change_limits};
use lockbox::acts::suspend::{resume, suspend};
use lockbox::acts::switch_lockbox::turn_on;
use lockbox::acts::{ActError, Lockbox};
use lockbox::domain::access_hours::AccessHours;
use lockbox::domain::audit::entry::{Actor, Author};
use lockbox::domain::lockbox::Limits;
use lockbox::domain::request::{State, StateKind};
use lockbox::domain::text::{Line, Prose, Slug};
use lockbox::domain::time::{Minutes, Moment};

use super::arena::{Arena, at_once, hold_back, races, tries};
use super::race::{live_request, put_away};
use crate::world::{new_request, seen};

/// Something that somebody does to a process; whether it was done.
type Doing<'a> = Box<dyn Fn(&Lockbox) -> bool + Send + Sync + 'a>;

/// Lets both be done at once, and says which were.
fn both(arena: &Arena, count: usize, doings: &[Doing<'_>; 2]) -> [bool; 2] {
    let runner = |place: usize| {
        let (lockbox, doing) = (arena.process(place), &doings[place]);
        move || {
            hold_back(place, count);
            doing(lockbox)
        }
    };
    at_once(vec![runner(0), runner(1)]).try_into().unwrap()
}

fn operator() -> Author {
    Author::local(Actor::Operator {
        name: Line::parse("root").unwrap(),
    })
}

fn key(text: &str) -> Slug {
    Slug::parse(text).unwrap()
}

/// Done, or refused because of what the other did; anything else is a fault.
fn done<T>(outcome: Result<T, ActError>) -> bool {
    match outcome {
        Ok(_) => true,
        Err(ActError::Unfit(_) | ActError::Refused(..) | ActError::Stale(_)) => false,
        Err(error) => panic!("{error}"),
    }
}

fn suspending<'a>() -> Doing<'a> {
    let why = Prose::parse("Unpaid.").unwrap();
    Box::new(move |lockbox| done(suspend(lockbox, &operator(), &key("fabrikam"), &why)))
}

races! {
    async fn two_administrators_save_limits(arena: &Arena) {
        let (world, id) = (&arena.world, arena.world.tenant("fabrikam").id);
        let kim = world.fresh("kim");
        let mut outcomes = BTreeMap::new();
        for count in 0..tries() {
            let (seen, before) = (world.tenant("fabrikam").limits, world.entries());
            let wanting = |minutes| Limits { longest_access: Minutes::new(minutes).unwrap(), ..seen };
            let minutes = 15 + u32::try_from(count % 600).unwrap() * 2;
            let wanted = [wanting(minutes), wanting(minutes + 1)];
            let saving = |place: usize| -> Doing<'_> {
                let (kim, wanted) = (&kim, wanted[place]);
                Box::new(move |lockbox| done(change_limits(lockbox, kim, id, Some(&seen), wanted)))
            };
            let saved = both(arena, count, &[saving(0), saving(1)]);
            assert_ne!(saved[0], saved[1], "one has seen what is no longer so");
            let winner = usize::from(saved[1]);
            assert_eq!((world.tenant("fabrikam").limits, world.entries()), (wanted[winner], before + 1));
            *outcomes.entry(format!("racer {winner} saved")).or_default() += 1;
        }
        arena.report(&outcomes);
    }

    /// However they meet, a request that nobody asked the customer about is not approved once the lockbox is on.
    async fn turning_on_and_endorsing(arena: &Arena) {
        let (world, id) = (&arena.world, arena.world.tenant("contoso").id);
        let (sam, rosa) = (world.fresh("sam"), world.fresh("rosa"));
        let (sha256, uncovered) = (world.lockbox.terms.version.sha256.clone(), [].into());
        let mut outcomes = BTreeMap::new();
        for count in 0..tries() {
            world.turn_off("contoso", "sam");
            let request = world.filed_by("ivo", "contoso", "teams");
            let shown = seen(&request);
            let turning: Doing<'_> = Box::new(|lockbox| done(turn_on(lockbox, &sam, id, &sha256, &uncovered)));
            let endorsing: Doing<'_> = Box::new(|lockbox| done(endorse(lockbox, &rosa, &shown)));
            assert_eq!(both(arena, count, &[turning, endorsing]), [true, true]);
            let end = world.stored(&request.reference).state.kind();
            match end {
                StateKind::AwaitingCustomer => drop(withdraw(&world.lockbox, &world.fresh("ivo"), &request.reference).unwrap()),
                StateKind::Revoked => {}
                other => panic!("{other:?}"),
            }
            *outcomes.entry(format!("{end:?}")).or_default() += 1;
        }
        arena.report(&outcomes);
    }

    /// However they meet, nobody has access to a suspended tenant.
    async fn suspending_and_starting(arena: &Arena) {
        let world = &arena.world;
        let ivo = world.fresh("ivo");
        let mut outcomes = BTreeMap::new();
        for count in 0..tries() {
            let request = world.approved();
            let shown = seen(&request);
            let starting: Doing<'_> = Box::new(|lockbox| done(start(lockbox, &ivo, &shown)));
            let [suspended, started] = both(arena, count, &[suspending(), starting]);
            assert!(suspended);
            assert_eq!(world.stored(&request.reference).state.kind(), StateKind::Revoked);
            world.caught_up();
            assert!(!world.api().may("ivo", "fabrikam", "exchange-online").await);
            *outcomes.entry(format!("started before: {started}")).or_default() += 1;
            resume(&world.lockbox, &operator(), &key("fabrikam")).unwrap();
        }
        arena.report(&outcomes);
    }

    /// However they meet, no window stands outside the hours: it is not started or over at once where they are closed, and
    /// ends with them where they are open. A try begins on a Saturday at half past six in Fabrikam's evening.
    async fn changing_access_hours_and_starting(arena: &Arena) {
        let (world, id) = (&arena.world, arena.world.tenant("fabrikam").id);
        let (kim, ivo) = (world.fresh("kim"), world.fresh("ivo"));
        let eight: Moment = "2026-11-21T19:00:00Z".parse().unwrap();
        let mut outcomes = BTreeMap::new();
        for count in 0..tries() {
            let open = count / 10 % 2 == 0;
            let hours = AccessHours::parse(if open { "sat 08:00-20:00" } else { "mon 08:00-18:00" }).unwrap();
            let before = world.tenant("fabrikam").limits;
            let request = world.approved();
            let shown = seen(&request);
            let changing: Doing<'_> = Box::new(|lockbox| done(change_hours(lockbox, &kim, id, Some(&before), hours)));
            let starting: Doing<'_> = Box::new(|lockbox| done(start(lockbox, &ivo, &shown)));
            let [changed, started] = both(arena, count, &[changing, starting]);
            assert!(changed);
            let end = world.stored(&request.reference).state;
            match &end {
                State::Active { until, .. } if open && started => assert_eq!(*until, eight),
                State::Ended { .. } if !open && started => {}
                State::Approved { .. } if !open && !started => {}
                other => panic!("open: {open}, started: {started}, {other:?}"),
            }
            assert_eq!(live_request(world).is_some(), open);
            let way = if end.kind() == StateKind::Active { "ends with them" } else if started { "ended" } else { "not started" };
            *outcomes.entry(way.to_owned()).or_default() += 1;
            put_away(world, &request);
            let now = world.tenant("fabrikam").limits;
            change_hours(&world.lockbox, &kim, id, Some(&now), AccessHours::AnyTime).unwrap();
        }
        arena.report(&outcomes);
    }

    async fn suspending_and_filing(arena: &Arena) {
        let world = &arena.world;
        let (ivo, new) = (world.fresh("ivo"), new_request("fabrikam", "teams"));
        let mut outcomes = BTreeMap::new();
        for count in 0..tries() {
            let filing: Doing<'_> = Box::new(|lockbox| done(file(lockbox, &ivo, &new)));
            let [suspended, filed] = both(arena, count, &[suspending(), filing]);
            assert!(suspended);
            assert!(world.every_request().iter().all(|request| request.state.is_final()));
            *outcomes.entry(format!("filed before: {filed}")).or_default() += 1;
            resume(&world.lockbox, &operator(), &key("fabrikam")).unwrap();
        }
        arena.report(&outcomes);
    }

    /// The provider and the tenant at once, one holding two logs and the other one: neither waits for ever, and there
    /// is one trial at most.
    async fn taking_a_trial_and_being_entitled(arena: &Arena) {
        let (world, id) = (&arena.world, arena.world.tenant("contoso").id);
        let sam = world.fresh("sam");
        let mut outcomes = BTreeMap::new();
        let mut taken = 0;
        for count in 0..tries() {
            let given = if count % 2 == 0 { Given::Nothing } else { Given::Plan(None) };
            let taking: Doing<'_> = Box::new(|lockbox| done(take_trial(lockbox, &sam, id)));
            let giving: Doing<'_> = Box::new(|lockbox| done(entitle(lockbox, &operator(), &key("contoso"), given.clone())));
            let [took, gave] = both(arena, count, &[taking, giving]);
            assert!(gave);
            taken += usize::from(took);
            assert!(taken <= 1);
            *outcomes.entry(format!("trial taken: {took}")).or_default() += 1;
        }
        arena.report(&outcomes);
    }
}
