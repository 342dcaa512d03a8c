//! The next request from a fact.

use super::state::{Approval, HowEnded, State};
use super::{Endorsement, Request};
use crate::domain::audit::entry::Actor;
use crate::domain::fact::{Endorsed, Fact, Filed, Verdict};
use crate::domain::time::Moment;

/// A fact that cannot follow on the request's state: the log does not explain it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the act {act} cannot follow on the state {state}")]
pub struct Unexplained {
    /// The act of the fact.
    pub act: &'static str,
    /// The state it met.
    pub state: &'static str,
}

impl Request {
    /// The request as it stands right after filing.
    #[must_use]
    pub fn filed(filed: &Filed, at: Moment) -> Self {
        Self {
            id: filed.id,
            reference: filed.reference.clone(),
            tenant: filed.tenant,
            service: filed.service,
            engineer: filed.engineer,
            filed_by: filed.filed_by,
            case: filed.case,
            reason: filed.reason.clone(),
            scope: filed.scope.clone(),
            asked: filed.asked,
            follows: filed.follows.clone(),
            filed_at: at,
            quorum: filed.quorum,
            endorsement: None,
            state: State::AwaitingManager {
                expires_at: filed.expires_at,
            },
            version: 1,
            reminders: Vec::new(),
        }
    }

    /// The request after one more fact.
    ///
    /// # Errors
    /// [`Unexplained`] when the fact cannot follow on the state that was true at that moment.
    #[expect(
        clippy::too_many_lines,
        reason = "each fact is applied here, in a few lines"
    )]
    pub fn apply(&self, fact: &Fact, by: &Actor, at: Moment) -> Result<Self, Unexplained> {
        if let Fact::RequestReminded { due, .. } | Fact::AccessEndingSoon { due, .. } = fact {
            return self.reminded(fact, *due, at);
        }
        if let Fact::AccessPassIssued { until, .. } = fact {
            return self.passed(fact, *until, by, at);
        }
        let mut next = self.clone();
        next.version += 1;
        next.reminders = self.reminders_after(fact);
        next.state = match (fact, self.state.at(at)) {
            (Fact::RequestEndorsed(endorsed), State::AwaitingManager { .. }) => {
                next.endorsement = Some(Endorsement { by: by.clone(), at });
                match endorsed.clone() {
                    Endorsed::CustomerAsked { expires_at, .. } => State::AwaitingCustomer {
                        expires_at,
                        approvals: Vec::new(),
                    },
                    Endorsed::Granted { grant, start_by } => State::Approved { grant, start_by },
                }
            }
            (
                Fact::RequestApproved {
                    duration, verdict, ..
                },
                State::AwaitingCustomer {
                    expires_at,
                    mut approvals,
                },
            ) => match verdict.clone() {
                Verdict::Granted { grant, start_by } => State::Approved { grant, start_by },
                Verdict::Counted => {
                    let person = by.person().ok_or(self.unexplained(fact))?;
                    approvals.retain(|a| a.person != person);
                    approvals.push(Approval {
                        person,
                        at,
                        duration: *duration,
                    });
                    State::AwaitingCustomer {
                        expires_at,
                        approvals,
                    }
                }
            },
            (
                Fact::RequestRejected { why },
                State::AwaitingManager { .. } | State::AwaitingCustomer { .. },
            ) => State::Rejected {
                at,
                by: by.clone(),
                why: why.clone(),
            },
            (
                Fact::RequestWithdrawn,
                State::AwaitingManager { .. }
                | State::AwaitingCustomer { .. }
                | State::Approved { .. },
            ) => State::Withdrawn {
                at,
                by: by.clone(),
                with_case: false,
            },
            (
                Fact::RequestWithdrawnWithCase,
                State::AwaitingManager { .. }
                | State::AwaitingCustomer { .. }
                | State::Approved { .. },
            ) if self.case.is_some() => State::Withdrawn {
                at,
                by: by.clone(),
                with_case: true,
            },
            (Fact::AccessStarted { until, .. }, State::Approved { grant, .. }) => State::Active {
                grant,
                since: at,
                until: *until,
            },
            (
                Fact::AccessShortened { until: end, .. },
                State::Active {
                    grant,
                    since,
                    until,
                },
            ) if at < *end && *end < until => State::Active {
                grant,
                since,
                until: *end,
            },
            (
                Fact::AccessEnded {
                    at: ended,
                    how:
                        how @ (HowEnded::Done { .. }
                        | HowEnded::CaseClosed { .. }
                        | HowEnded::HoursChanged { .. }),
                },
                State::Active { since, .. },
            ) if self.case.is_some() || !matches!(how, HowEnded::CaseClosed { .. }) => {
                State::Ended {
                    at: *ended,
                    how: how.clone(),
                    since,
                }
            }
            (Fact::RequestRevoked { why }, State::Approved { .. }) => State::Revoked {
                at,
                by: by.clone(),
                why: why.clone(),
                since: None,
            },
            (Fact::RequestRevoked { why }, State::Active { since, .. }) => State::Revoked {
                at,
                by: by.clone(),
                why: why.clone(),
                since: Some(since),
            },
            (Fact::RequestExpired { deadline }, expired @ State::Expired { at, .. })
                if at == *deadline && !self.state.is_final() =>
            {
                expired
            }
            (
                Fact::AccessEnded {
                    at: ended,
                    how: HowEnded::Time,
                },
                over @ State::Ended { at, .. },
            ) if at == *ended && !self.state.is_final() => over,
            _ => return Err(self.unexplained(fact)),
        };
        Ok(next)
    }

    /// The reminders that are to come after a fact that moves the request on.
    fn reminders_after(&self, fact: &Fact) -> Vec<Moment> {
        match fact {
            Fact::RequestEndorsed(Endorsed::CustomerAsked { reminders, .. })
            | Fact::AccessStarted { reminders, .. }
            | Fact::AccessShortened { reminders, .. } => reminders.clone(),
            Fact::RequestApproved {
                verdict: Verdict::Counted,
                ..
            } => self.reminders.clone(),
            _ => Vec::new(),
        }
    }

    /// A reminder moves nothing on; it and those missed before it are no more to come.
    fn reminded(&self, fact: &Fact, due: Moment, at: Moment) -> Result<Self, Unexplained> {
        let fits = match (fact, self.state.at(at)) {
            (
                Fact::RequestReminded { deadline, .. },
                State::AwaitingCustomer { expires_at, .. },
            ) => *deadline == expires_at,
            (Fact::AccessEndingSoon { deadline, .. }, State::Active { until, .. }) => {
                *deadline == until
            }
            _ => false,
        };
        if !fits || due > at || !self.reminders.contains(&due) {
            return Err(self.unexplained(fact));
        }
        let mut next = self.clone();
        next.reminders.retain(|moment| *moment > due);
        Ok(next)
    }

    /// A pass changes nothing: it is given for the access there is, to its engineer or an operator, and ends with it.
    fn passed(
        &self,
        fact: &Fact,
        pass_until: Moment,
        by: &Actor,
        at: Moment,
    ) -> Result<Self, Unexplained> {
        let theirs = by.person() == Some(self.engineer) || matches!(by, Actor::Operator { .. });
        match self.state.at(at) {
            State::Active { until, .. } if theirs && pass_until <= until => Ok(self.clone()),
            _ => Err(self.unexplained(fact)),
        }
    }

    fn unexplained(&self, fact: &Fact) -> Unexplained {
        Unexplained {
            act: fact.act(),
            state: self.state.kind().as_str(),
        }
    }
}
