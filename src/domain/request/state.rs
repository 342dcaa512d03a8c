//! Where a request stands. Each variant carries only what is true of it.

use serde::{Deserialize, Serialize};

use crate::domain::audit::entry::Actor;
use crate::domain::id::PersonId;
use crate::domain::text::Prose;
use crate::domain::time::{Minutes, Moment};

/// Where a request stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "state", rename_all = "snake_case", deny_unknown_fields)]
pub enum State {
    /// Filed; a support manager must endorse it.
    AwaitingManager {
        /// When it expires unanswered.
        expires_at: Moment,
    },
    /// Endorsed; the customer must decide.
    AwaitingCustomer {
        /// When it expires unanswered.
        expires_at: Moment,
        /// The approvals so far, when more than one is needed.
        approvals: Vec<Approval>,
    },
    /// Granted, not started.
    Approved {
        /// What was granted.
        grant: Grant,
        /// When it expires unstarted.
        start_by: Moment,
    },
    /// The engineer has access.
    Active {
        /// What was granted.
        grant: Grant,
        /// From when.
        since: Moment,
        /// Until when at most.
        until: Moment,
    },
    /// A manager or the customer said no.
    Rejected {
        /// When.
        at: Moment,
        /// Who.
        by: Actor,
        /// Why; the engineer reads it.
        why: Prose,
    },
    /// A deadline passed.
    Expired {
        /// The deadline, which is when it expired.
        at: Moment,
        /// What it was waiting for.
        waiting_for: WaitingFor,
    },
    /// Taken back by who filed it, or with its support case by who closed that.
    Withdrawn {
        /// When.
        at: Moment,
        /// Who.
        by: Actor,
        /// Whether its support case was closed.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        with_case: bool,
    },
    /// Taken away after approval.
    Revoked {
        /// When.
        at: Moment,
        /// Who.
        by: Actor,
        /// Why.
        why: Prose,
        /// Since when the engineer had access; none if never.
        since: Option<Moment>,
    },
    /// The access window is over.
    Ended {
        /// When.
        at: Moment,
        /// How.
        how: HowEnded,
        /// Since when the engineer had access.
        since: Moment,
    },
}

/// What a request was waiting for when it expired.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum WaitingFor {
    /// A manager's answer.
    Manager,
    /// The customer's answer.
    Customer,
    /// The engineer's start.
    Start,
}

/// How an access window ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "how", rename_all = "snake_case")]
pub enum HowEnded {
    /// Its time was over.
    Time,
    /// The engineer said "I am done".
    Done {
        /// Who said so.
        by: Actor,
    },
    /// Its support case was closed.
    CaseClosed {
        /// Who closed it.
        by: Actor,
    },
    /// The tenant set access hours that it was outside of.
    HoursChanged {
        /// Who set them.
        by: Actor,
    },
}

/// One approval.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Approval {
    /// Whose.
    pub person: PersonId,
    /// When.
    pub at: Moment,
    /// For how long at most.
    pub duration: Minutes,
}

/// What was approved, never exceeding what was asked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Grant {
    /// How long.
    pub duration: Minutes,
    /// On what ground.
    pub basis: Basis,
}

/// The ground on which access was approved.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Basis {
    /// The customer decided.
    CustomerDecision,
    /// The tenant's lockbox was off.
    LockboxOff,
    /// The tenant accepted that this service is not covered.
    NotCovered,
}

/// A state without what it carries, for rows and filters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum StateKind {
    /// See [`State::AwaitingManager`].
    AwaitingManager,
    /// See [`State::AwaitingCustomer`].
    AwaitingCustomer,
    /// See [`State::Approved`].
    Approved,
    /// See [`State::Active`].
    Active,
    /// See [`State::Rejected`].
    Rejected,
    /// See [`State::Expired`].
    Expired,
    /// See [`State::Withdrawn`].
    Withdrawn,
    /// See [`State::Revoked`].
    Revoked,
    /// See [`State::Ended`].
    Ended,
}

impl StateKind {
    /// Every kind, in the order of a request's life.
    pub const ALL: [Self; 9] = [
        Self::AwaitingManager,
        Self::AwaitingCustomer,
        Self::Approved,
        Self::Active,
        Self::Rejected,
        Self::Expired,
        Self::Withdrawn,
        Self::Revoked,
        Self::Ended,
    ];

    /// The word kept in rows and given by the API: `awaiting_manager`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::AwaitingManager => "awaiting_manager",
            Self::AwaitingCustomer => "awaiting_customer",
            Self::Approved => "approved",
            Self::Active => "active",
            Self::Rejected => "rejected",
            Self::Expired => "expired",
            Self::Withdrawn => "withdrawn",
            Self::Revoked => "revoked",
            Self::Ended => "ended",
        }
    }

    /// Reads the word.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == text)
    }
}

impl State {
    /// The state without what it carries.
    #[must_use]
    pub const fn kind(&self) -> StateKind {
        match self {
            Self::AwaitingManager { .. } => StateKind::AwaitingManager,
            Self::AwaitingCustomer { .. } => StateKind::AwaitingCustomer,
            Self::Approved { .. } => StateKind::Approved,
            Self::Active { .. } => StateKind::Active,
            Self::Rejected { .. } => StateKind::Rejected,
            Self::Expired { .. } => StateKind::Expired,
            Self::Withdrawn { .. } => StateKind::Withdrawn,
            Self::Revoked { .. } => StateKind::Revoked,
            Self::Ended { .. } => StateKind::Ended,
        }
    }

    /// From when until when there was access, or still is; none where it was never started.
    #[must_use]
    pub const fn window(&self) -> Option<(Moment, Moment)> {
        match self {
            Self::Active { since, until, .. } => Some((*since, *until)),
            Self::Ended { since, at, .. }
            | Self::Revoked {
                since: Some(since),
                at,
                ..
            } => Some((*since, *at)),
            _ => None,
        }
    }

    /// The moment at which time alone moves it on; none when it is final.
    #[must_use]
    pub const fn deadline(&self) -> Option<Moment> {
        match self {
            Self::AwaitingManager { expires_at } | Self::AwaitingCustomer { expires_at, .. } => {
                Some(*expires_at)
            }
            Self::Approved { start_by, .. } => Some(*start_by),
            Self::Active { until, .. } => Some(*until),
            Self::Rejected { .. }
            | Self::Expired { .. }
            | Self::Withdrawn { .. }
            | Self::Revoked { .. }
            | Self::Ended { .. } => None,
        }
    }

    /// The state that is true at `now`: a deadline that has come has passed at that very instant,
    /// whether or not anything has recorded it.
    #[must_use]
    pub fn at(&self, now: Moment) -> Self {
        match self.deadline() {
            Some(deadline) if now >= deadline => self.after(deadline),
            _ => self.clone(),
        }
    }

    fn after(&self, deadline: Moment) -> Self {
        let expired = |waiting_for| Self::Expired {
            at: deadline,
            waiting_for,
        };
        match self {
            Self::AwaitingManager { .. } => expired(WaitingFor::Manager),
            Self::AwaitingCustomer { .. } => expired(WaitingFor::Customer),
            Self::Approved { .. } => expired(WaitingFor::Start),
            Self::Active { since, .. } => Self::Ended {
                at: deadline,
                how: HowEnded::Time,
                since: *since,
            },
            settled => settled.clone(),
        }
    }

    /// Whether the engineer has or had access under it.
    #[must_use]
    pub const fn gave_access(&self) -> bool {
        matches!(
            self,
            Self::Active { .. } | Self::Ended { .. } | Self::Revoked { since: Some(_), .. }
        )
    }

    /// Whether nothing can move it any more.
    #[must_use]
    pub const fn is_final(&self) -> bool {
        self.deadline().is_none()
    }
}
