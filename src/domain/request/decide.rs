//! What a command does to a request: a fact, or a refusal that says why.

use std::collections::BTreeSet;

use chrono_tz::Tz;

use super::state::{Approval, Basis, Grant, HowEnded, State};
use super::{Request, remind};
use crate::domain::access_hours::{Closed, Stretch};
use crate::domain::audit::entry::Actor;
use crate::domain::fact::{Endorsed, Fact, Verdict};
use crate::domain::id::PersonId;
use crate::domain::lockbox::{Limits, Lockbox};
use crate::domain::text::Prose;
use crate::domain::time::{Minutes, Moment};

/// What can be asked of a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Command {
    /// The manager stands behind it.
    Endorse,
    /// The customer gives access, for this long at most.
    Approve {
        /// Asked or shorter.
        duration: Minutes,
        /// What the approver wants on record.
        note: Option<Prose>,
    },
    /// A manager says no before the customer is asked.
    RejectAsManager {
        /// Why; the engineer reads it.
        why: Prose,
    },
    /// The customer says no.
    RejectAsCustomer {
        /// Why; the engineer reads it.
        why: Prose,
    },
    /// The engineer takes it back.
    Withdraw,
    /// The engineer starts the access window.
    Start,
    /// The engineer is done.
    Finish,
    /// The customer or a manager takes the access away.
    Revoke {
        /// Why.
        why: Prose,
    },
    /// Time has moved it on; write that down.
    Lapse,
}

/// What a decision depends on besides the request.
#[derive(Debug, Clone)]
pub struct Circumstances<'a> {
    /// The tenant's lockbox now.
    pub lockbox: &'a Lockbox,
    /// The tenant's limits now.
    pub limits: &'a Limits,
    /// The zone in which the tenant's access hours are.
    pub zone: Tz,
    /// Who may approve this request now, for a command that counts approvals. Those of others no longer count.
    pub approvers: &'a BTreeSet<PersonId>,
}

/// Why nothing happened.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// The request is in another state than the command is for.
    #[error("the request is {}", .0.kind().as_str())]
    NotNow(Box<State>),
    /// Longer than asked, or than the tenant allows.
    #[error("the access may last {0} at most")]
    TooLong(Minutes),
    /// This person has approved already and others must.
    #[error("you have approved this request already; another approver must approve it too")]
    ApprovedBefore,
    /// The tenant lets nobody in at this hour.
    #[error("{0}")]
    OutsideHours(Closed),
    /// Its deadline has not come.
    #[error("nothing has lapsed")]
    NotDue,
}

/// Decides one command on a request as it stands at `now`. Rights are asked before, in
/// [`rights`](crate::domain::rights).
///
/// # Errors
/// A [`Refusal`] that leaves the request as it is.
pub fn decide(
    request: &Request,
    command: Command,
    by: &Actor,
    around: &Circumstances<'_>,
    now: Moment,
) -> Result<Fact, Refusal> {
    let state = request.state.at(now);
    let not_now = || Err(Refusal::NotNow(Box::new(state.clone())));
    match (command, &state) {
        (Command::Endorse, State::AwaitingManager { .. }) => {
            Ok(Fact::RequestEndorsed(endorsed(request, around, now)))
        }
        (Command::Approve { duration, note }, State::AwaitingCustomer { approvals, .. }) => {
            approve(request, approvals, by, duration, note, around, now)
        }
        (Command::RejectAsManager { why }, State::AwaitingManager { .. })
        | (Command::RejectAsCustomer { why }, State::AwaitingCustomer { .. }) => {
            Ok(Fact::RequestRejected { why })
        }
        (
            Command::Withdraw,
            State::AwaitingManager { .. } | State::AwaitingCustomer { .. } | State::Approved { .. },
        ) => Ok(Fact::RequestWithdrawn),
        (Command::Start, State::Approved { grant, .. }) => start(grant, around, now),
        (Command::Finish, State::Active { .. }) => Ok(Fact::AccessEnded {
            at: now,
            how: HowEnded::Done { by: by.clone() },
        }),
        (Command::Revoke { why }, State::Approved { .. } | State::Active { .. }) => {
            Ok(Fact::RequestRevoked { why })
        }
        (Command::Lapse, state) => lapse(&request.state, state),
        _ => not_now(),
    }
}

/// What becomes of a request when its support case is closed: what waits or has not begun is withdrawn, a running access
/// ends. Nothing for one that is over at `now`.
#[must_use]
pub fn with_closed_case(request: &Request, by: &Actor, now: Moment) -> Option<Fact> {
    match request.state.at(now) {
        State::AwaitingManager { .. } | State::AwaitingCustomer { .. } | State::Approved { .. } => {
            Some(Fact::RequestWithdrawnWithCase)
        }
        State::Active { .. } => Some(Fact::AccessEnded {
            at: now,
            how: HowEnded::CaseClosed { by: by.clone() },
        }),
        State::Rejected { .. }
        | State::Expired { .. }
        | State::Withdrawn { .. }
        | State::Revoked { .. }
        | State::Ended { .. } => None,
    }
}

/// What becomes of a running access when the tenant's access hours change: it ends where nobody is let in now, and ends
/// with the hours where it would have gone on beyond them. It is never prolonged.
#[must_use]
pub fn with_changed_hours(
    request: &Request,
    by: &Actor,
    limits: &Limits,
    zone: Tz,
    now: Moment,
) -> Option<Fact> {
    let State::Active { until, .. } = request.state.at(now) else {
        return None;
    };
    match limits.access_hours.at(now, zone) {
        Stretch::Closed(_) => Some(Fact::AccessEnded {
            at: now,
            how: HowEnded::HoursChanged { by: by.clone() },
        }),
        Stretch::Open { until: Some(end) } if end < until => Some(Fact::AccessShortened {
            until: end,
            reminders: remind::of_end(now, end),
        }),
        Stretch::Open { .. } => None,
    }
}

/// The window lasts as long as was granted, as long as is allowed now, and no longer than the access hours.
fn start(grant: &Grant, around: &Circumstances<'_>, now: Moment) -> Result<Fact, Refusal> {
    let hours = around.limits.access_hours;
    let end = match hours.at(now, around.zone) {
        Stretch::Open { until } => until,
        Stretch::Closed(closed) => return Err(Refusal::OutsideHours(closed)),
    };
    let until = now + grant.duration.min(around.limits.longest_access).delta();
    let until = end.map_or(until, |end| until.min(end));
    Ok(Fact::AccessStarted {
        until,
        reminders: remind::of_end(now, until),
    })
}

fn endorsed(request: &Request, around: &Circumstances<'_>, now: Moment) -> Endorsed {
    match around.lockbox.exempts(request.service) {
        None => {
            let expires_at = now + around.limits.time_to_answer.delta();
            Endorsed::CustomerAsked {
                expires_at,
                reminders: remind::of_answer(now, expires_at),
            }
        }
        Some(basis) => Endorsed::Granted {
            grant: Grant {
                duration: request.asked,
                basis,
            },
            start_by: now + around.limits.time_to_start.delta(),
        },
    }
}

fn approve(
    request: &Request,
    approvals: &[Approval],
    by: &Actor,
    duration: Minutes,
    note: Option<Prose>,
    around: &Circumstances<'_>,
    now: Moment,
) -> Result<Fact, Refusal> {
    let longest = request.asked.min(around.limits.longest_access);
    if duration > longest {
        return Err(Refusal::TooLong(longest));
    }
    let counted: Vec<&Approval> = approvals
        .iter()
        .filter(|a| around.approvers.contains(&a.person))
        .collect();
    if by
        .person()
        .is_some_and(|person| counted.iter().any(|a| a.person == person))
    {
        return Err(Refusal::ApprovedBefore);
    }
    let needed = usize::from(request.quorum.max(around.limits.approvals_needed));
    let verdict = if counted.len() + 1 < needed {
        Verdict::Counted
    } else {
        let shortest = counted
            .iter()
            .map(|a| a.duration)
            .fold(duration, Minutes::min);
        Verdict::Granted {
            grant: Grant {
                duration: shortest,
                basis: Basis::CustomerDecision,
            },
            start_by: now + around.limits.time_to_start.delta(),
        }
    };
    Ok(Fact::RequestApproved {
        duration,
        note,
        verdict,
    })
}

fn lapse(recorded: &State, true_now: &State) -> Result<Fact, Refusal> {
    if recorded.is_final() {
        return Err(Refusal::NotNow(Box::new(recorded.clone())));
    }
    match true_now {
        State::Expired { at, .. } => Ok(Fact::RequestExpired { deadline: *at }),
        State::Ended { at, how, .. } => Ok(Fact::AccessEnded {
            at: *at,
            how: how.clone(),
        }),
        _ => Err(Refusal::NotDue),
    }
}

impl Command {
    /// Whether approvals are counted for it. For nothing else does it matter who may approve.
    #[must_use]
    pub const fn counts_approvals(&self) -> bool {
        matches!(self, Self::Approve { .. })
    }

    /// The name of the command, for logs and tests.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Endorse => "endorse",
            Self::Approve { .. } => "approve",
            Self::RejectAsManager { .. } => "reject as manager",
            Self::RejectAsCustomer { .. } => "reject as customer",
            Self::Withdraw => "withdraw",
            Self::Start => "start",
            Self::Finish => "finish",
            Self::Revoke { .. } => "revoke",
            Self::Lapse => "lapse",
        }
    }
}
