//! The words for where something stands, to somebody who came too late.

use crate::domain::audit::entry::Entry;
use crate::domain::fact::Fact;
use crate::domain::request::state::WaitingFor;
use crate::domain::request::{HowEnded, State};
use crate::domain::support_case::{CaseRefusal, SupportCase};
use crate::domain::text::sentence;
use crate::domain::time::Moment;
use crate::web::view::Times;

/// What the system writes down when time has moved a request to this state; nothing for other states.
#[must_use]
pub fn of_lapse(state: &State) -> Option<(Moment, Fact)> {
    match state {
        State::Expired { at, .. } => Some((*at, Fact::RequestExpired { deadline: *at })),
        State::Ended {
            at,
            how: how @ HowEnded::Time,
            ..
        } => Some((
            *at,
            Fact::AccessEnded {
                at: *at,
                how: how.clone(),
            },
        )),
        _ => None,
    }
}

/// Where a request stands, to somebody who wanted to do what its state does not take: who did what, when.
#[must_use]
pub fn of_settled(state: &State, times: Times) -> String {
    let on = |at: Moment| times.at(at).words();
    let at_or_on = |at: Moment| times.at(at).words_of_a_moment();
    match state {
        State::AwaitingManager { .. } => "The request waits for a support manager.".to_owned(),
        State::AwaitingCustomer { .. } => "The request waits for the customer.".to_owned(),
        State::Approved { start_by, .. } => format!(
            "The request is approved already, to be started by {}.",
            on(*start_by)
        ),
        State::Active { since, until, .. } => format!(
            "The access was started {} and lasts until {}.",
            at_or_on(*since),
            on(*until)
        ),
        State::Rejected { at, by, .. } => {
            format!("{} rejected {}.", by.name(), at_or_on(*at))
        }
        State::Expired { at, waiting_for } => format!(
            "Expired, no access was given. {} by {}.",
            match waiting_for {
                WaitingFor::Manager => "No support manager answered",
                WaitingFor::Customer => "The customer did not answer",
                WaitingFor::Start => "The approved access was not started",
            },
            on(*at)
        ),
        State::Withdrawn {
            at,
            by,
            with_case: false,
        } => {
            format!("{} withdrew the request {}.", by.name(), at_or_on(*at))
        }
        State::Withdrawn {
            at,
            by,
            with_case: true,
        } => format!(
            "{} closed the support case {}, so the request was withdrawn.",
            by.name(),
            at_or_on(*at)
        ),
        State::Revoked { at, by, .. } => {
            format!("{} revoked the access {}.", by.name(), at_or_on(*at))
        }
        State::Ended {
            at,
            how: HowEnded::Time,
            ..
        } => format!(
            "The access ended {}, when its time was over.",
            at_or_on(*at)
        ),
        State::Ended {
            at,
            how: HowEnded::Done { by },
            ..
        } => format!("{} ended the access {}.", by.name(), at_or_on(*at)),
        State::Ended {
            at,
            how: HowEnded::CaseClosed { by },
            ..
        } => format!(
            "{} closed the support case {}, so the access ended.",
            by.name(),
            at_or_on(*at)
        ),
        State::Ended {
            at,
            how: HowEnded::HoursChanged { by },
            ..
        } => format!(
            "{} changed the access hours {}, so the access ended.",
            by.name(),
            at_or_on(*at)
        ),
    }
}

/// Why nothing came of an act on a support case: who closed it, when.
#[must_use]
pub fn of_refused_case(refusal: CaseRefusal, case: &SupportCase, times: Times) -> String {
    match (refusal, &case.closed) {
        (CaseRefusal::Closed, Some(closed)) => format!(
            "{} closed this support case {}.",
            closed.by.name(),
            times.at(closed.at).words_of_a_moment()
        ),
        _ => sentence(&refusal.to_string()),
    }
}

/// Who brought a request to a state that does not name them, and when; nothing for other facts.
#[must_use]
pub fn of_last(entry: &Entry, times: Times) -> Option<String> {
    let did = match entry.fact {
        Fact::RequestEndorsed(_) => "endorsed",
        Fact::RequestApproved { .. } => "approved",
        Fact::AccessStarted { .. } => "started the access",
        _ => return None,
    };
    let (who, when) = (
        entry.author.actor.name(),
        times.at(entry.at).words_of_a_moment(),
    );
    Some(format!("{who} {did} {when}."))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::audit::entry::Actor;
    use crate::domain::id::PersonId;
    use crate::domain::person::Role;
    use crate::domain::text::{Line, Prose};
    use crate::web::words;

    fn at(text: &str) -> Moment {
        text.parse().unwrap()
    }

    fn ana() -> Actor {
        Actor::Person {
            id: PersonId(uuid::Uuid::nil()),
            name: Line::parse("Ana Silva").unwrap(),
            roles: vec![Role::AccessApprover],
        }
    }

    #[test]
    fn a_lapse_is_told_as_the_log_will_tell_it() {
        let deadline = at("2026-11-22T01:00:00Z");
        let expired = State::Expired {
            at: deadline,
            waiting_for: WaitingFor::Customer,
        };
        let (when, fact) = of_lapse(&expired).unwrap();
        assert_eq!(when, deadline);
        assert_eq!(words::of(&fact).what, "Expired, no access was given");
        let withdrawn = State::Withdrawn {
            at: deadline,
            by: ana(),
            with_case: false,
        };
        assert_eq!(of_lapse(&withdrawn), None);
    }

    #[test]
    fn who_was_faster_is_named_with_the_time() {
        let times = Times {
            zone: chrono_tz::Europe::Berlin,
            now: at("2026-11-21T20:30:00Z"),
        };
        let rejected = State::Rejected {
            at: at("2026-11-21T20:14:00Z"),
            by: ana(),
            why: Prose::parse("Not now.").unwrap(),
        };
        assert_eq!(
            of_settled(&rejected, times),
            "Ana Silva rejected at 21:14 CET."
        );
        let next_day = Times {
            now: at("2026-11-21T23:00:00Z"),
            ..times
        };
        assert_eq!(
            of_settled(&rejected, next_day),
            "Ana Silva rejected on 21 Nov 2026, 21:14 CET."
        );
    }
}
