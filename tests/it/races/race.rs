//! Several at once for one request: many tries, and what must hold after each of them, whoever won.

use std::collections::BTreeMap;

use chrono::TimeDelta;
use lockbox::acts::evaluate::{Answer, Question, evaluate};
use lockbox::acts::lapse::record_what_lapsed;
use lockbox::acts::sign_in::{Fresh, SignedIn};
use lockbox::acts::{ActError, Lockbox, decide};
use lockbox::domain::audit::entry::{Entry, Log};
use lockbox::domain::key::Bounds;
use lockbox::domain::notice::{self, Audience, NoticeKind};
use lockbox::domain::notification_setting::NotificationSetting;
use lockbox::domain::request::{Request, State, StateKind};
use lockbox::store::{StoreError, audit};

use super::arena::{Arena, at_once, hold_back, tries};
use crate::world::World;

/// A race.
pub struct Race {
    /// The request they all run for, made anew for each try.
    pub request: fn(&World) -> Request,
    /// Who runs: at least two.
    pub racers: &'static [Racer],
    /// The acts that the log may tell of afterwards: one of these lists, and nothing besides.
    pub outcomes: &'static [&'static [&'static str]],
}

/// One who runs.
pub enum Racer {
    /// Somebody by this name, who does this.
    Person(
        &'static str,
        fn(&Lockbox, &Fresh, &Request) -> Result<Request, ActError>,
    ),
    /// The night shift, which makes the deadline come where it has not, and writes it down.
    NightShift,
}

/// How it ended for one of them.
enum End {
    /// The act happened.
    Won,
    /// It did not; the request came along as it stood.
    Told(Box<Request>),
    /// The night shift found nothing to write down.
    Idle,
}

/// The acts that end a request's life.
const ENDS: [&str; 5] = [
    "request.rejected",
    "request.expired",
    "request.withdrawn",
    "request.revoked",
    "access.ended",
];

impl Race {
    /// Runs all tries in the arena's one world.
    pub fn run(&self, arena: &Arena) {
        let mut outcomes = BTreeMap::new();
        for count in 0..tries() {
            let request = (self.request)(&arena.world);
            take_letters(&arena.world);
            let ends = self.once(arena, &request, count);
            let outcome = self.assert_sound(&arena.world, &request, &ends);
            *outcomes.entry(outcome).or_default() += 1;
            put_away(&arena.world, &request);
        }
        arena.report(&outcomes);
    }

    fn once(&self, arena: &Arena, request: &Request, count: usize) -> Vec<End> {
        let clock = &arena.world.clock;
        let deadline = request.state.deadline().unwrap();
        let late = arena.world.now().max(deadline);
        let runner = |(place, racer)| {
            let lockbox = arena.process(place);
            let person = match racer {
                &Racer::Person(name, act) => Some((fresh_in(&arena.world, name, place), act)),
                Racer::NightShift => None,
            };
            move || {
                hold_back(place, count);
                if let Some((who, act)) = person {
                    return told(act(lockbox, &who, request));
                }
                clock.set(late);
                written_down(lockbox)
            }
        };
        at_once(self.racers.iter().enumerate().map(runner).collect())
    }

    /// The invariant of every race. Says what the log tells of it.
    fn assert_sound(&self, world: &World, request: &Request, ends: &[End]) -> String {
        let (stored, history) = (world.stored(&request.reference), history(world, request));
        let (before, new) = history.split_at(usize::try_from(request.version).unwrap());
        let acts: Vec<&str> = new.iter().map(|entry| entry.fact.act()).collect();
        assert!(
            self.outcomes.contains(&acts.as_slice()),
            "the log tells of {acts:?}"
        );

        let count = |among: &[&str]| {
            let of_these = |entry: &&Entry| among.contains(&entry.fact.act());
            history.iter().filter(of_these).count()
        };
        assert!(count(&ENDS) <= 1, "at most one outcome: {acts:?}");
        assert!(
            count(&["access.started"]) <= 1,
            "at most one window: {acts:?}"
        );
        assert_eq!(
            before.len() + new.len(),
            usize::try_from(stored.version).unwrap(),
            "one entry for each act"
        );

        let mut made = vec![request.clone()];
        for entry in new {
            let last = made.last().unwrap();
            made.push(
                last.apply(&entry.fact, &entry.author.actor, entry.at)
                    .unwrap(),
            );
        }
        assert_eq!(
            made.last(),
            Some(&stored),
            "the row is what the facts make it"
        );

        assert_eq!(
            authors(new),
            self.winners(ends),
            "whoever was told that it happened has the one entry of it"
        );
        let now = world.now();
        for met in ends.iter().filter_map(End::met) {
            let by_somebody = made[1..].iter().any(|made| made.at(now) == *met);
            let by_time = *met == request.at(now) && *met != *request;
            assert!(
                by_somebody || by_time,
                "the loser was told of {:?}",
                met.state
            );
        }

        let is_live = matches!(stored.state.at(now), State::Active { .. });
        assert_eq!(
            live_request(world),
            is_live.then(|| stored.reference.to_string()),
            "access is live only while the request is"
        );
        assert_eq!(
            take_letters(world),
            letters_for(new, &stored),
            "each notice once"
        );
        acts.join(", ")
    }

    fn winners(&self, ends: &[End]) -> Vec<String> {
        let name = |(place, (racer, end)): (usize, (&Racer, &End))| {
            matches!(end, End::Won).then(|| match racer {
                Racer::Person(..) => format!("racer {place}"),
                Racer::NightShift => NIGHT_SHIFT.to_owned(),
            })
        };
        let mut winners: Vec<String> = self
            .racers
            .iter()
            .zip(ends)
            .enumerate()
            .filter_map(name)
            .collect();
        winners.sort();
        winners
    }
}

impl End {
    fn met(&self) -> Option<&Request> {
        match self {
            Self::Told(met) => Some(met),
            Self::Won | Self::Idle => None,
        }
    }
}

fn told(outcome: Result<Request, ActError>) -> End {
    match outcome {
        Ok(_) => End::Won,
        Err(ActError::Refused(_, met) | ActError::Stale(met)) => End::Told(met),
        Err(error) => panic!("neither won nor told who did: {error}"),
    }
}

fn written_down(lockbox: &Lockbox) -> End {
    match record_what_lapsed(lockbox).unwrap() {
        0 => End::Idle,
        1 => End::Won,
        more => panic!("{more} requests lapsed"),
    }
}

/// Somebody with a fresh second factor, in a session by which the log tells the racers apart.
fn fresh_in(world: &World, name: &str, place: usize) -> Fresh {
    let now = world.now();
    let who = SignedIn::with_app(world.person(name), &format!("racer {place}"), now);
    who.fresh(now).unwrap()
}

const NIGHT_SHIFT: &str = "night shift";

fn authors(entries: &[Entry]) -> Vec<String> {
    let author = |entry: &Entry| {
        let proof = entry.author.proof.as_ref();
        proof.map_or(NIGHT_SHIFT.to_owned(), |proof| proof.session.clone())
    };
    let mut authors: Vec<String> = entries.iter().map(author).collect();
    authors.sort();
    authors
}

/// What the log tells of a request, from its filing on.
pub fn history(world: &World, request: &Request) -> Vec<Entry> {
    let log = Log::Tenant(request.tenant);
    let entries = |conn: &mut _| audit::entries_about(conn, log, request.id, 100);
    world.lockbox.store.read(entries).unwrap()
}

/// The reference under which Ivo has access to Fabrikam's Exchange Online now.
pub fn live_request(world: &World) -> Option<String> {
    let question = Question {
        engineer: world.account("ivo").email.clone(),
        tenant: "fabrikam".to_owned(),
        service: "exchange-online".to_owned(),
        action: "access".to_owned(),
        object: None,
        under: None,
    };
    world.caught_up();
    match evaluate(&world.lockbox, &Bounds::default(), &[question]).remove(0) {
        Answer::Allow { request, .. } => Some(request.to_string()),
        Answer::Deny(_) => None,
    }
}

type Told = (String, String);

/// Takes the letters out of the outbox that are in it: of which kind, and to whom.
pub fn take_letters(world: &World) -> Vec<Told> {
    let now = world.now();
    let never = now + TimeDelta::days(100_000);
    let leased = world
        .lockbox
        .store
        .keep::<_, StoreError>(|keep| keep.lease_letters(now, never, 1_000));
    let letters = leased.unwrap().into_iter();
    let mut told: Vec<Told> = letters
        .map(|leased| named(leased.letter.kind, leased.letter.to.as_str()))
        .collect();
    told.sort();
    told
}

fn named(kind: NoticeKind, to: &str) -> Told {
    (format!("{kind:?}"), to.to_owned())
}

/// The letters that these entries about a request call for.
pub fn letters_for(entries: &[Entry], request: &Request) -> Vec<Told> {
    let mut told = Vec::new();
    for entry in entries {
        let setting = NotificationSetting::default();
        let Some((kind, audiences)) = notice::of_request(&entry.fact, request, setting) else {
            continue;
        };
        for audience in audiences {
            let readers: &[&str] = match audience {
                Audience::Approvers => &["ada@fabrikam.example", "kim@fabrikam.example"],
                Audience::Engineer => &["ivo@provider.example"],
                Audience::Manager => &["rosa@provider.example"],
                Audience::Oneself
                | Audience::Administrators
                | Audience::Person
                | Audience::Everybody => &[],
            };
            told.extend(readers.iter().map(|reader| named(kind, reader)));
        }
    }
    told.sort();
    told
}

/// Ends what is still open, so that its engineer may file again.
pub fn put_away(world: &World, request: &Request) {
    let ivo = world.fresh("ivo");
    let reference = &request.reference;
    match world.stored(reference).state.at(world.now()).kind() {
        StateKind::AwaitingManager | StateKind::AwaitingCustomer | StateKind::Approved => {
            decide::withdraw(&world.lockbox, &ivo, reference).unwrap();
        }
        StateKind::Active => {
            decide::finish(&world.lockbox, &ivo, reference).unwrap();
        }
        _ => {}
    }
}
