//! Closing a case, and something else at the same instant: nothing outlives the case.

use std::collections::BTreeMap;

use lockbox::acts::api_keys::{NewKey, issue_by_operator};
use lockbox::acts::file_request::file;
use lockbox::acts::support_cases::{Brought, CaseWords, bring_in, close, comment};
use lockbox::acts::{ActError, decide};
use lockbox::domain::audit::entry::{Actor, Author};
use lockbox::domain::id::CaseId;
use lockbox::domain::key::{ApiKey, KeyScope};
use lockbox::domain::request::Request;
use lockbox::domain::support_case::{CaseRefusal, SupportCase};
use lockbox::domain::text::{Line, Prose, Slug};

use super::arena::{Arena, at_once, hold_back, races, tries};
use super::race::{history, letters_for, live_request, take_letters};
use crate::world::cases::naming;
use crate::world::{World, seen};

/// What somebody does, and whether it happened.
type Act<'a> = Box<dyn FnOnce() -> Result<(), ActError> + Send + 'a>;

/// Closes a case while somebody does something else to a request that names it; what the log tells of the request.
fn closing_against(
    arena: &Arena,
    count: usize,
    request: &Request,
    act: impl FnOnce(&lockbox::acts::Lockbox) -> Result<(), ActError> + Send,
) -> String {
    let world = &arena.world;
    let case = request.case.unwrap();
    let kim = world.fresh("kim");
    let before = history(world, request).len();
    take_letters(world);
    let closing: Act<'_> = Box::new(|| {
        hold_back(0, count);
        close(arena.process(0), &kim, case).map(|_| ())
    });
    let other: Act<'_> = Box::new(move || {
        hold_back(1, count);
        act(arena.process(1))
    });
    let mut ends = at_once(vec![closing, other]);
    let acted = ends.pop().unwrap();
    ends.pop()
        .unwrap()
        .expect("the case is closed whoever comes first");

    let (stored, history) = (world.stored(&request.reference), history(world, request));
    let new = &history[before..];
    let acts: Vec<&str> = new.iter().map(|entry| entry.fact.act()).collect();
    assert!(stored.state.is_final(), "{acts:?}: {:?}", stored.state);
    assert_eq!(live_request(world), None, "nobody has access: {acts:?}");
    match acted {
        Ok(()) => assert_eq!(acts.len(), 2, "it happened, and then ended: {acts:?}"),
        Err(ActError::Refused(_, met) | ActError::Stale(met)) => {
            assert_eq!((acts.len(), *met), (1, stored.clone()), "{acts:?}");
        }
        Err(error) => panic!("neither won nor told who did: {error}"),
    }
    assert_eq!(
        take_letters(world),
        letters_for(new, &stored),
        "each notice once"
    );
    acts.join(", ")
}

fn key(world: &World) -> (ApiKey, Author) {
    let by = Author::local(Actor::System);
    let name = Line::parse("ticketing").unwrap();
    let new = NewKey::named(name, &[KeyScope::CasesWrite]);
    let (key, _) = issue_by_operator(&world.lockbox, &by, None, &new).unwrap();
    let (id, name) = (key.id, key.name.clone());
    (key, Author::local(Actor::Key { id, name }))
}

fn naming_it(world: &World, case: CaseId) -> Vec<Request> {
    let all = world.every_request().into_iter();
    all.filter(|request| request.case == Some(case)).collect()
}

races! {
    async fn closing_against_a_start(arena: &Arena) {
        let world = &arena.world;
        let mut outcomes = BTreeMap::new();
        for count in 0..tries() {
            let request = world.approved_because_of(world.case_of("kim").id);
            let ivo = world.fresh("ivo");
            let outcome = closing_against(arena, count, &request, |lockbox| {
                decide::start(lockbox, &ivo, &seen(&request)).map(|_| ())
            });
            assert!(["request.withdrawn_with_case", "access.started, access.ended"].contains(&outcome.as_str()), "{outcome}");
            *outcomes.entry(outcome).or_default() += 1;
        }
        arena.report(&outcomes);
    }

    async fn closing_against_an_approval(arena: &Arena) {
        let world = &arena.world;
        let mut outcomes = BTreeMap::new();
        for count in 0..tries() {
            let request = world.endorsed_because_of(world.case_of("kim").id);
            let ada = world.fresh("ada");
            let outcome = closing_against(arena, count, &request, |lockbox| {
                decide::approve(lockbox, &ada, &seen(&request), request.asked, None).map(|_| ())
            });
            assert!(["request.withdrawn_with_case", "request.approved, request.withdrawn_with_case"].contains(&outcome.as_str()), "{outcome}");
            *outcomes.entry(outcome).or_default() += 1;
        }
        arena.report(&outcomes);
    }

    async fn closing_against_a_filing(arena: &Arena) {
        let world = &arena.world;
        let mut outcomes = BTreeMap::new();
        for count in 0..tries() {
            let case = world.case_of("kim").id;
            let (kim, ivo, new) = (world.fresh("kim"), world.fresh("ivo"), naming(case));
            let closing: Act<'_> = Box::new(|| {
                hold_back(0, count);
                close(arena.process(0), &kim, case).map(|_| ())
            });
            let filing: Act<'_> = Box::new(|| {
                hold_back(1, count);
                file(arena.process(1), &ivo, &new).map(|_| ())
            });
            let mut ends = at_once(vec![closing, filing]);
            let filed = ends.pop().unwrap();
            ends.pop().unwrap().unwrap();
            let named = naming_it(world, case);
            let outcome = match filed {
                Ok(()) => {
                    assert_eq!(named.len(), 1);
                    assert!(named[0].state.is_final(), "{:?}", named[0].state);
                    "filed, then withdrawn"
                }
                Err(ActError::Unfit(flaws)) => {
                    assert_eq!((named.len(), flaws[0].field), (0, "case"));
                    "not filed"
                }
                Err(error) => panic!("{error}"),
            };
            *outcomes.entry(outcome.to_owned()).or_default() += 1;
        }
        arena.report(&outcomes);
    }

    async fn two_closings_and_a_comment(arena: &Arena) {
        let world = &arena.world;
        let mut outcomes = BTreeMap::new();
        for count in 0..tries() {
            let case: SupportCase = world.case_of("kim");
            let (kim, rosa, ivo) = (world.fresh("kim"), world.fresh("rosa"), world.fresh("ivo"));
            let text = Prose::parse("One more thing.").unwrap();
            let form = world.lockbox.entropy.uuid(world.now());
            let before = world.log_of("fabrikam").len();
            let runners: Vec<Act<'_>> = vec![
                Box::new(|| {
                    hold_back(0, count);
                    close(arena.process(0), &kim, case.id).map(|_| ())
                }),
                Box::new(|| {
                    hold_back(1, count);
                    close(arena.process(1), &rosa, case.id).map(|_| ())
                }),
                Box::new(|| {
                    hold_back(1, count);
                    comment(arena.process(0), &ivo, case.id, &text, form).map(|_| ())
                }),
            ];
            let ends = at_once(runners);
            for end in &ends {
                assert!(matches!(end, Ok(()) | Err(ActError::CaseRefused(CaseRefusal::Closed, _))), "{end:?}");
            }
            let (closed, said) = (ends[..2].iter().filter(|end| end.is_ok()).count(), ends[2].is_ok());
            assert_eq!(closed, 1, "it is closed once");
            let acts: Vec<&str> = world.log_of("fabrikam")[before..].iter().map(|entry| entry.fact.act()).collect();
            let expected: &[&str] = if said { &["support_case.commented", "support_case.closed"] } else { &["support_case.closed"] };
            assert_eq!(acts, expected, "nothing is said in a closed case");
            *outcomes.entry(acts.join(", ")).or_default() += 1;
        }
        arena.report(&outcomes);
    }

    /// The provider's system sends the same case twice at once.
    async fn one_case_brought_in_twice_at_once(arena: &Arena) {
        let world = &arena.world;
        let (key, author) = key(world);
        let tenant = Slug::parse("fabrikam").unwrap();
        let words = CaseWords { title: Line::parse("Search finds old versions").unwrap(), description: None };
        let mut outcomes = BTreeMap::new();
        for count in 0..tries() {
            let number = Line::parse(&format!("88-{count}")).unwrap();
            let runner = |place| {
                let (lockbox, key, author, tenant, number, words) = (arena.process(place), &key, &author, &tenant, &number, &words);
                move || {
                    hold_back(place, count);
                    bring_in(lockbox, key, author, tenant, number, words)
                }
            };
            let ends: Vec<_> = at_once(vec![runner(0), runner(1)]).into_iter().map(Result::unwrap).collect();
            let new = ends.iter().filter(|(_, brought)| *brought == Brought::New).count();
            let same = ends.iter().filter(|(_, brought)| *brought == Brought::Same).count();
            assert_eq!((new, same, &ends[0].0), (1, 1, &ends[1].0));
            let place = ends.iter().position(|(_, brought)| *brought == Brought::New).unwrap();
            *outcomes.entry(format!("racer {place} brought it in")).or_default() += 1;
        }
        arena.report(&outcomes);
    }
}
