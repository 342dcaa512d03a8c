//! Where a request stands, from the domain's state to what pages show.

use super::view::{Badge, Deadline, DeadlineOf, Ending, Standing, Times};
use super::words;
use crate::domain::request::remind;
use crate::domain::request::{HowEnded, Stage, State, StateKind};
use crate::domain::time::Moment;

/// What the one who looks has to do with a decision that is still to come.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Decision {
    /// Whether they may decide.
    pub may_decide: bool,
    /// How many have approved, of those who still may.
    pub approvals: u32,
    /// How many must.
    pub needed: u32,
}

/// The badge of a kind of state that is true now.
#[must_use]
pub const fn badge(kind: StateKind, may_decide: bool) -> Badge {
    match kind {
        StateKind::AwaitingManager => Badge::WaitingForManager,
        StateKind::AwaitingCustomer if may_decide => Badge::ActionNeeded,
        StateKind::AwaitingCustomer => Badge::Pending,
        StateKind::Approved => Badge::Approved,
        StateKind::Active => Badge::Active,
        StateKind::Rejected => Badge::Rejected,
        StateKind::Expired => Badge::Expired,
        StateKind::Withdrawn => Badge::Withdrawn,
        StateKind::Revoked => Badge::Revoked,
        StateKind::Ended => Badge::Ended,
    }
}

/// The same for a stage that is true at `now`: an access that ends soon says so.
#[must_use]
pub fn badge_at(stage: Stage, may_decide: bool, now: Moment) -> Badge {
    match (stage.kind(), stage.deadline()) {
        (StateKind::Active, Some(until)) if remind::ends_soon(until, now) => Badge::EndsSoon,
        (kind, _) => badge(kind, may_decide),
    }
}

/// What time decides next; nothing where the stage is final.
#[must_use]
pub fn deadline(stage: Stage, times: Times) -> Option<Deadline> {
    let of = match stage.kind() {
        StateKind::AwaitingManager => DeadlineOf::Endorsement,
        StateKind::AwaitingCustomer => DeadlineOf::Decision,
        StateKind::Approved => DeadlineOf::Start,
        StateKind::Active => DeadlineOf::End,
        _ => return None,
    };
    let when = times.at(stage.deadline()?);
    Some(Deadline { of, when })
}

/// The sentence of a state that is true now.
#[must_use]
pub fn standing(state: &State, decision: Decision, times: Times) -> Standing {
    match state {
        State::AwaitingManager { expires_at } => Standing::AwaitingManager {
            expires: times.at(*expires_at),
        },
        State::AwaitingCustomer { expires_at, .. } => Standing::AwaitingCustomer {
            expires: times.at(*expires_at),
            may_decide: decision.may_decide,
            approvals: decision.approvals,
            needed: decision.needed,
        },
        State::Approved { start_by, .. } => Standing::Approved {
            start_by: times.at(*start_by),
        },
        State::Active { until, .. } => Standing::Active {
            until: times.at(*until),
            soon: remind::ends_soon(*until, times.now),
        },
        State::Rejected { at, by, .. } => Standing::Rejected {
            at: times.at(*at),
            by: words::actor(by),
        },
        State::Expired { at, .. } => Standing::Expired { at: times.at(*at) },
        State::Withdrawn { at, by, with_case } => Standing::Withdrawn {
            at: times.at(*at),
            by: words::actor(by),
            with_case: *with_case,
        },
        State::Revoked { at, by, since, .. } => Standing::Revoked {
            at: times.at(*at),
            by: words::actor(by),
            was_active: since.is_some(),
        },
        State::Ended { at, how, .. } => Standing::Ended {
            at: times.at(*at),
            how: match how {
                HowEnded::Time => Ending::Time,
                HowEnded::Done { .. } => Ending::Done,
                HowEnded::CaseClosed { by } => {
                    Ending::Other(format!("{} closed the support case.", by.name()))
                }
                HowEnded::HoursChanged { by } => {
                    Ending::Other(format!("{} changed the access hours.", by.name()))
                }
            },
        },
    }
}
