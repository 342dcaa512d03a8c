//! What the one who looks at a request may do with it now, and who can do what they may not.

use super::shown::Shown;
use crate::domain::access_hours::Stretch;
use crate::domain::person::{Person, Role, Side};
use crate::domain::request::{Grant, State};
use crate::domain::rights::{Act, Asker, Denied, Subject, may};
use crate::web::durations;
use crate::web::view::{self, Acts, CodeField, Endorse, Start, TakePass, Times, WhoCan};
use crate::web::words;

const TOO_NEW: &str =
    "Your role or second factor is newer than this request, so it does not count for it.";

/// The acts that rights and state allow. `code` is the field for a stale second factor.
#[must_use]
pub fn acts(who: Asker<'_>, shown: &Shown, code: Option<CodeField>, times: Times) -> Acts {
    let can = |act| may(who, act, Subject::Request(&shown.request)).is_ok();
    match &shown.request.state {
        State::AwaitingManager { .. } if can(Act::Endorse) => Acts {
            endorse: Some(Endorse { code }),
            withdraw: can(Act::Withdraw),
            ..Acts::default()
        },
        State::AwaitingManager { .. } => Acts {
            withdraw: can(Act::Withdraw),
            who_can: Some(who_endorses(who, shown)),
            ..Acts::default()
        },
        State::AwaitingCustomer { .. } if shown.decision(who).may_decide => Acts {
            decide: Some(durations::up_to(shown.longest(), shown.longest())),
            ..Acts::default()
        },
        State::AwaitingCustomer { .. } => Acts {
            decide: can(Act::RejectAsCustomer).then(Vec::new),
            withdraw: can(Act::Withdraw),
            who_can: Some(who_decides(who, shown)),
            ..Acts::default()
        },
        State::Approved { grant, .. } => Acts {
            start: match may(who, Act::Start, Subject::Request(&shown.request)) {
                Ok(()) => Some(start(grant, shown, code, times)),
                Err(Denied::TooNew) => Some(too_new(grant)),
                Err(_) => None,
            },
            withdraw: can(Act::Withdraw),
            revoke: can(Act::Revoke),
            ..Acts::default()
        },
        State::Active { .. } => Acts {
            pass: can(Act::TakePass).then_some(TakePass { code }),
            end: can(Act::Finish),
            more_time: asks_for_more_time(who, shown),
            revoke: can(Act::Revoke),
            ..Acts::default()
        },
        _ => Acts {
            more_time: asks_for_more_time(who, shown),
            ..Acts::default()
        },
    }
}

/// Starting it, within the access hours.
fn start(grant: &Grant, shown: &Shown, code: Option<CodeField>, times: Times) -> Start {
    let limits = &shown.tenant.limits;
    let duration = grant.duration.min(limits.longest_access);
    let (ends, closed) = match limits.access_hours.at(times.now, shown.tenant.zone) {
        Stretch::Open { until } => (until, None),
        Stretch::Closed(closed) => {
            let words = words::closed(shown.tenant.name.as_str(), &closed, times);
            (None, Some(words))
        }
    };
    let ends = ends.filter(|end| *end < times.now + duration.delta());
    Start {
        duration: duration.to_string(),
        ends: ends.map(|end| times.at(end)),
        code: code.filter(|_| closed.is_none()),
        closed,
    }
}

/// The way on for an engineer whose proof came after the request.
fn too_new(grant: &Grant) -> Start {
    Start {
        duration: grant.duration.to_string(),
        ends: None,
        closed: Some(format!("{TOO_NEW} File another request to start access.")),
        code: None,
    }
}

/// Whether it is this engineer's own, and there is an access that more time could follow.
fn asks_for_more_time(who: Asker<'_>, shown: &Shown) -> bool {
    shown.request.engineer == who.id
        && shown.request.state.gave_access()
        && shown.tenant.suspended.is_none()
        && may(who, Act::FileRequest, Subject::Provider).is_ok()
}

fn who_endorses(who: Asker<'_>, shown: &Shown) -> WhoCan {
    match who.side {
        Side::Provider => WhoCan {
            why: sentences(&[
                why_not(who, Act::Endorse, shown),
                if who.is(Role::SupportManager) {
                    "Another support manager endorses or rejects it."
                } else {
                    "A support manager endorses or rejects it."
                },
            ]),
            people: Vec::new(),
        },
        Side::Tenant(_) if shown.approvers.is_empty() => WhoCan {
            why: "A support manager of the provider answers first. After that nobody here can \
                  decide, so it cannot be approved."
                .to_owned(),
            people: Vec::new(),
        },
        Side::Tenant(_) => WhoCan {
            why: "A support manager of the provider answers first. After that these people can \
                  decide, if you are asked."
                .to_owned(),
            people: shown.approvers.iter().map(|p| decider(p, shown)).collect(),
        },
    }
}

fn who_decides(who: Asker<'_>, shown: &Shown) -> WhoCan {
    let tenant = match who.side {
        Side::Provider => {
            return WhoCan {
                why: sentences(&[
                    why_not(who, Act::Approve, shown),
                    "The customer's administrators and access approvers decide.",
                ]),
                people: Vec::new(),
            };
        }
        Side::Tenant(_) => &shown.tenant.name,
    };
    let others = shown
        .approvers
        .iter()
        .filter(|person| !shown.approved_by(person.id));
    let people: Vec<_> = others.map(|person| decider(person, shown)).collect();
    let rest = if people.is_empty() {
        format!("Nobody of {tenant} can decide now, so it cannot be approved.")
    } else if shown.approved_by(who.id) {
        "You have approved this request, and somebody else must too. These people can:".to_owned()
    } else {
        "These people can decide:".to_owned()
    };
    WhoCan {
        why: sentences(&[why_not(who, Act::Approve, shown), &rest]),
        people,
    }
}

/// Somebody who may decide. Whether single sign-on shows a second factor is known when they come by it.
fn decider(person: &Person, shown: &Shown) -> view::Person {
    let mut known = words::person(person);
    if !shown.sure.contains(&person.id) {
        known.role += ", by single sign-on, if it shows a second factor";
    }
    known
}

/// Why this person may not, where there is more to say than that it is not their role.
fn why_not(who: Asker<'_>, act: Act, shown: &Shown) -> &'static str {
    let request = &shown.request;
    if request.is_own_of(who.id) {
        return "This is your own request.";
    }
    match may(who, act, Subject::Request(request)) {
        Err(Denied::TooNew) => TOO_NEW,
        Err(Denied::NoRole) if matches!(who.side, Side::Tenant(_)) => {
            "You can read this request and not decide it."
        }
        _ => "",
    }
}

fn sentences(parts: &[&str]) -> String {
    let said: Vec<&str> = parts.iter().copied().filter(|p| !p.is_empty()).collect();
    said.join(" ")
}
