//! One link in two hands at once, one address at two organisations, and two administrators who would each leave nobody
//! (PROOF 6, 22).

use std::collections::BTreeMap;
use std::future::Future;

use chrono::TimeDelta;
use lockbox::acts::join::{Joining, join};
use lockbox::acts::people::{NewPerson, change_roles, invite, remove};
use lockbox::acts::{ActError, authenticator, forgotten_password, links};
use lockbox::domain::one_time_link::{Enclosed, LinkKind};
use lockbox::domain::person::{Person, Role};
use lockbox::domain::text::{EmailAddress, Line};
use lockbox::store::{one_time_links, people};
use secrecy::ExposeSecret;

use super::arena::{at_once, hold_back, races, tries};
use crate::world::{World, nowhere};

pub fn now<T>(work: impl Future<Output = T>) -> T {
    let runtime = tokio::runtime::Builder::new_current_thread().build();
    runtime.unwrap().block_on(work)
}

/// The token of a link that was made for Ada to choose another password.
pub fn new_link(world: &World) -> String {
    world.pass(TimeDelta::minutes(13));
    forgotten_password::note(&world.lockbox, &world.account("ada").email, &nowhere()).unwrap();
    forgotten_password::see_to(&world.lockbox).unwrap();
    token_of(world, LinkKind::PasswordReset, &world.person("ada"))
}

/// The token of a person's link, whose letter is not sent yet.
fn token_of(world: &World, kind: LinkKind, person: &Person) -> String {
    let person = person.id;
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

/// Somebody of a side invites this address there; who is invited, and the token of their link.
fn invited(world: &World, by: &str, email: &EmailAddress) -> (Person, String) {
    let new = NewPerson {
        email: email.clone(),
        name: Line::parse("Noa Weiss").unwrap(),
        roles: vec![Role::Auditor],
    };
    let person = invite(&world.lockbox, &world.fresh(by), &new).unwrap();
    let token = token_of(world, LinkKind::Invitation, &person);
    (person, token)
}

/// What somebody chooses who comes by their invitation.
fn chosen(world: &World, person: &Person) -> Joining {
    let offer = authenticator::offer(&world.lockbox, person.id).unwrap();
    let seconds = u64::try_from(world.now().timestamp()).unwrap();
    Joining {
        password: "lantern gravel osmosis pianist".into(),
        app: authenticator::Answer {
            code: offer.secret.code_at(seconds),
            sealed: offer.sealed,
        },
    }
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

    /// Of two who join two organisations with one address at once, one is here, and the other is told why not.
    async fn one_address_joined_at_two_organisations_at_once_is_one_persons(arena: &Arena) {
        let world = &arena.world;
        let mut outcomes = BTreeMap::new();
        for count in 0..tries() {
            // Each side sends so many invitations in an hour.
            world.pass(TimeDelta::minutes(4));
            let email = EmailAddress::parse(&format!("noa{count}@nowhere.example")).unwrap();
            let invitations = ["kim", "sam"].map(|by| invited(world, by, &email));
            let runner = |place: usize| {
                let (lockbox, (person, token)) = (arena.process(place), &invitations[place]);
                let chosen = chosen(world, person);
                move || {
                    hold_back(place, count);
                    match now(join(lockbox, token, None, chosen)) {
                        Ok(_) => true,
                        Err(ActError::JoinedElsewhere) => false,
                        Err(error) => panic!("{error}"),
                    }
                }
            };
            let joined = at_once(vec![runner(0), runner(1)]);
            assert_eq!(joined.iter().filter(|joined| **joined).count(), 1);
            let winner = usize::from(joined[1]);
            assert_eq!(world.person_at(email.as_str()).id, invitations[winner].0.id);
            *outcomes.entry(format!("racer {winner} joins")).or_default() += 1;
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
