//! Two acts at once on one request: one of them comes first, and the other meets what it left.

use chrono::TimeDelta;
use lockbox::acts::sign_in::Fresh;
use lockbox::acts::{ActError, Lockbox, decide};
use lockbox::domain::request::Request;
use lockbox::domain::text::Prose;

use super::arena::races;
use super::race::{Race, Racer};
use crate::world::{World, seen};
use Racer::{NightShift, Person};

races! {
    async fn approve_and_approve(arena: &Arena) {
        Race {
            request: World::endorsed,
            racers: &[Person("kim", approve), Person("ada", approve)],
            outcomes: &[&["request.approved"]],
        }.run(arena);
    }

    async fn approve_and_reject(arena: &Arena) {
        Race {
            request: World::endorsed,
            racers: &[Person("kim", approve), Person("ada", reject)],
            outcomes: &[&["request.approved"], &["request.rejected"]],
        }.run(arena);
    }

    /// The deadline comes, and is written down, while an approval is under way.
    async fn approve_and_expire(arena: &Arena) {
        Race {
            request: at_the_last_moment,
            racers: &[Person("kim", approve), NightShift],
            outcomes: &[&["request.approved"], &["request.expired"]],
        }.run(arena);
    }

    /// The engineer may take back what was approved; nobody can approve what was taken back.
    async fn approve_and_withdraw(arena: &Arena) {
        Race {
            request: World::endorsed,
            racers: &[Person("kim", approve), Person("ivo", withdraw)],
            outcomes: &[&["request.withdrawn"], &["request.approved", "request.withdrawn"]],
        }.run(arena);
    }

    /// Whoever is first, nobody has access afterwards.
    async fn revoke_and_start(arena: &Arena) {
        Race {
            request: World::approved,
            racers: &[Person("kim", revoke), Person("ivo", start)],
            outcomes: &[&["request.revoked"], &["access.started", "request.revoked"]],
        }.run(arena);
    }

    async fn start_and_start(arena: &Arena) {
        Race {
            request: World::approved,
            racers: &[Person("ivo", start), Person("ivo", start)],
            outcomes: &[&["access.started"]],
        }.run(arena);
    }

    async fn end_and_revoke(arena: &Arena) {
        Race {
            request: World::active,
            racers: &[Person("ivo", finish), Person("kim", revoke)],
            outcomes: &[&["access.ended"], &["request.revoked"]],
        }.run(arena);
    }

    async fn endorse_and_withdraw(arena: &Arena) {
        Race {
            request: World::filed,
            racers: &[Person("rosa", endorse), Person("ivo", withdraw)],
            outcomes: &[&["request.withdrawn"], &["request.endorsed", "request.withdrawn"]],
        }.run(arena);
    }

    /// The deadline has passed and nobody has written it down: the approval comes too late all the same.
    async fn night_shift_and_approve(arena: &Arena) {
        Race {
            request: overdue,
            racers: &[NightShift, Person("kim", approve)],
            outcomes: &[&["request.expired"]],
        }.run(arena);
    }

    async fn night_shift_and_reject(arena: &Arena) {
        Race {
            request: at_the_last_moment,
            racers: &[NightShift, Person("ada", reject)],
            outcomes: &[&["request.expired"], &["request.rejected"]],
        }.run(arena);
    }

    async fn everybody_at_once(arena: &Arena) {
        Race {
            request: at_the_last_moment,
            racers: &[Person("kim", approve), Person("ada", approve), Person("ada", reject), Person("ivo", withdraw), NightShift],
            outcomes: &[
                &["request.approved"],
                &["request.approved", "request.withdrawn"],
                &["request.withdrawn"],
                &["request.rejected"],
                &["request.expired"],
            ],
        }.run(arena);
    }
}

/// One microsecond is left to answer.
fn at_the_last_moment(world: &World) -> Request {
    let request = world.endorsed();
    let deadline = request.state.deadline().unwrap();
    world.clock.set(deadline - TimeDelta::microseconds(1));
    request
}

fn overdue(world: &World) -> Request {
    let request = world.endorsed();
    world.clock.set(request.state.deadline().unwrap());
    request
}

fn endorse(lockbox: &Lockbox, who: &Fresh, request: &Request) -> Result<Request, ActError> {
    decide::endorse(lockbox, who, &seen(request))
}

fn approve(lockbox: &Lockbox, who: &Fresh, request: &Request) -> Result<Request, ActError> {
    decide::approve(lockbox, who, &seen(request), request.asked, None)
}

fn reject(lockbox: &Lockbox, who: &Fresh, request: &Request) -> Result<Request, ActError> {
    decide::reject(lockbox, who, &seen(request), why())
}

fn withdraw(lockbox: &Lockbox, who: &Fresh, request: &Request) -> Result<Request, ActError> {
    decide::withdraw(lockbox, who, &request.reference)
}

fn start(lockbox: &Lockbox, who: &Fresh, request: &Request) -> Result<Request, ActError> {
    decide::start(lockbox, who, &seen(request))
}

fn finish(lockbox: &Lockbox, who: &Fresh, request: &Request) -> Result<Request, ActError> {
    decide::finish(lockbox, who, &request.reference)
}

fn revoke(lockbox: &Lockbox, who: &Fresh, request: &Request) -> Result<Request, ActError> {
    decide::revoke(lockbox, who, &request.reference, why())
}

fn why() -> Prose {
    Prose::parse("Not while we race.").unwrap()
}
