//! One link in two hands at once, and two administrators who would each leave nobody (PROOF 6, 22).

use std::collections::BTreeMap;
use std::future::Future;

use chrono::TimeDelta;
use lockbox::acts::people::{change_roles, remove};
use lockbox::acts::tries::Origin;
use lockbox::acts::{ActError, forgotten_password, links};
use lockbox::domain::one_time_link::{Enclosed, LinkKind};
use lockbox::domain::person::{Person, Role};
use lockbox::store::{one_time_links, people};
use secrecy::ExposeSecret;

use super::arena::{at_once, hold_back, races, tries};
use crate::world::World;

fn now<T>(work: impl Future<Output = T>) -> T {
    let runtime = tokio::runtime::Builder::new_current_thread().build();
    runtime.unwrap().block_on(work)
}

/// The token of a link that was made for Ada to choose another password.
fn new_link(world: &World) -> String {
    world.pass(TimeDelta::minutes(13));
    let from = Origin {
        device: None,
        address: None,
    };
    forgotten_password::note(&world.lockbox, &world.account("ada").email, &from).unwrap();
    forgotten_password::see_to(&world.lockbox).unwrap();
    let (kind, person) = (LinkKind::PasswordReset, world.person("ada").id);
    let made = world
        .lockbox
        .store
        .read(|conn| one_time_links::times(conn, person, kind));
    let (made_at, _) = made.unwrap().unwrap();
    let enclosed = Enclosed {
        kind,
        person,
        made_at,
    };
    let token = links::token_of(&world.lockbox, &enclosed).unwrap().unwrap();
    token.expose_secret().to_owned()
}

fn administrators(world: &World) -> Vec<Person> {
    let side = world.person("kim").side;
    let found = world
        .lockbox
        .store
        .read(|conn| people::administrators(conn, side));
    found.unwrap()
}

races! {
    async fn a_link_used_twice_at_once_is_used_once(arena: &Arena) {
        let mut outcomes = BTreeMap::new();
        for count in 0..tries() {
            let token = new_link(&arena.world);
            let runner = |place: usize| {
                let (lockbox, token) = (arena.process(place), &token);
                move || {
                    let password = format!("lantern gravel osmosis pianist {place}");
                    hold_back(place, count);
                    match now(forgotten_password::reset(lockbox, token, None, password.into())) {
                        Ok(()) => true,
                        Err(ActError::LinkGone) => false,
                        Err(error) => panic!("{error}"),
                    }
                }
            };
            let used = at_once(vec![runner(0), runner(1)]);
            assert_eq!(used.iter().filter(|used| **used).count(), 1);
            *outcomes.entry(format!("racer {} uses it", usize::from(used[1]))).or_default() += 1;
        }
        arena.report(&outcomes);
    }

    async fn two_administrators_at_once_leave_one(arena: &Arena) {
        let world = &arena.world;
        let (tenant, roles) = (Some("fabrikam"), [Role::GlobalAdministrator]);
        let (noa, _) = world.enrol("noa@fabrikam.example", "Noa Weiss", tenant, &roles).await.unwrap();
        let kim = world.person("kim");
        let others = [Role::Auditor];
        let mut outcomes = BTreeMap::new();
        for count in 0..tries() {
            let pair = [world.person_at(noa.email.as_str()), world.person_at(kim.email.as_str())];
            let by = [world.fresh_at(kim.email.as_str()), world.fresh_at(noa.email.as_str())];
            let (pair, by) = (&pair, &by);
            let runner = |place: usize| {
                let lockbox = arena.process(place);
                move || {
                    hold_back(place, count);
                    let who = &pair[place];
                    change_roles(lockbox, &by[place], who.id, &who.role_names(), &others).is_ok()
                }
            };
            let taken = at_once(vec![runner(0), runner(1)]);
            assert_eq!(taken.iter().filter(|taken| **taken).count(), 1);
            let left = administrators(world);
            assert_eq!(left.len(), 1);
            let gone = pair.iter().find(|person| person.id != left[0].id).unwrap();
            let last = world.fresh_at(left[0].email.as_str());
            assert!(remove(&world.lockbox, &last, left[0].id).is_err());
            change_roles(&world.lockbox, &last, gone.id, &others, &gone.role_names()).unwrap();
            *outcomes.entry(format!("{} stays", left[0].name)).or_default() += 1;
        }
        arena.report(&outcomes);
    }
}
