//! A state without what it carries, but for its deadline: all that lists need.

use super::{State, StateKind};
use crate::domain::time::Moment;

/// The kind of a state, and when time alone moves it on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stage {
    kind: StateKind,
    deadline: Option<Moment>,
}

impl Stage {
    /// A stage as rows keep it; none where an open kind has no deadline or a final one has.
    #[must_use]
    pub fn of(kind: StateKind, deadline: Option<Moment>) -> Option<Self> {
        (kind.lapsed().is_some() == deadline.is_some()).then_some(Self { kind, deadline })
    }

    /// The kind.
    #[must_use]
    pub const fn kind(self) -> StateKind {
        self.kind
    }

    /// The moment at which time alone moves it on; none when it is final.
    #[must_use]
    pub const fn deadline(self) -> Option<Moment> {
        self.deadline
    }

    /// The stage that is true at `now`, as [`State::at`] has it.
    #[must_use]
    pub fn at(self, now: Moment) -> Self {
        match (self.deadline, self.kind.lapsed()) {
            (Some(deadline), Some(kind)) if now >= deadline => Self {
                kind,
                deadline: None,
            },
            _ => self,
        }
    }
}

impl State {
    /// The state without what it carries, but for its deadline.
    #[must_use]
    pub const fn stage(&self) -> Stage {
        Stage {
            kind: self.kind(),
            deadline: self.deadline(),
        }
    }
}

impl StateKind {
    /// What becomes of it when its deadline comes; none for a final one.
    #[must_use]
    pub const fn lapsed(self) -> Option<Self> {
        match self {
            Self::AwaitingManager | Self::AwaitingCustomer | Self::Approved => Some(Self::Expired),
            Self::Active => Some(Self::Ended),
            Self::Rejected | Self::Expired | Self::Withdrawn | Self::Revoked | Self::Ended => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use chrono::{DateTime, TimeDelta};

    use super::*;
    use crate::domain::request::{Basis, Grant};
    use crate::domain::time::Minutes;

    #[test]
    fn time_moves_a_stage_as_it_moves_its_state() {
        let deadline = DateTime::from_timestamp(1_800_000_000, 0).unwrap();
        let grant = Grant {
            duration: Minutes::hours(4),
            basis: Basis::CustomerDecision,
        };
        let open = [
            State::AwaitingManager {
                expires_at: deadline,
            },
            State::AwaitingCustomer {
                expires_at: deadline,
                approvals: Vec::new(),
            },
            State::Approved {
                grant: grant.clone(),
                start_by: deadline,
            },
            State::Active {
                grant,
                since: deadline - TimeDelta::hours(4),
                until: deadline,
            },
        ];
        for state in open {
            for microseconds in [-1, 0, 1] {
                let now = deadline + TimeDelta::microseconds(microseconds);
                let then = state.at(now);
                assert_eq!(state.stage().at(now), then.stage(), "{state:?} at {now}");
                assert_eq!(then.stage().at(now + TimeDelta::days(1)), {
                    then.at(now + TimeDelta::days(1)).stage()
                });
            }
        }
    }

    #[test]
    fn open_kinds_have_a_deadline_and_final_ones_none() {
        let deadline = DateTime::from_timestamp(1_800_000_000, 0);
        for kind in StateKind::ALL {
            let open = kind.lapsed().is_some();
            assert_eq!(Stage::of(kind, deadline).is_some(), open, "{kind:?}");
            assert_eq!(Stage::of(kind, None).is_some(), !open, "{kind:?}");
        }
    }
}
