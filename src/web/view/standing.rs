//! Where a request stands, as the page's one sentence says it.

use super::badge::Badge;
use super::person::Person;
use super::tone::Tone;
use super::when::{Urgency, When};

/// The state of a request for the one who looks. The words are in `parts/standing.html`.
#[derive(Clone, Debug)]
pub enum Standing {
    /// A support manager must answer.
    AwaitingManager {
        /// Until when.
        expires: When,
    },
    /// The customer must answer.
    AwaitingCustomer {
        /// Until when.
        expires: When,
        /// Whether the one who looks may decide.
        may_decide: bool,
        /// How many have approved so far.
        approvals: u32,
        /// How many must approve.
        needed: u32,
    },
    /// Approved, and the engineer may start.
    Approved {
        /// Until when it must be started.
        start_by: When,
    },
    /// The engineer has access.
    Active {
        /// Until when at most.
        until: When,
        /// Whether that is 15 minutes from now or less.
        soon: bool,
    },
    /// Somebody said no.
    Rejected {
        /// When.
        at: When,
        /// Who.
        by: Person,
    },
    /// A deadline passed; nobody had access.
    Expired {
        /// The deadline.
        at: When,
    },
    /// The engineer took the request back.
    Withdrawn {
        /// When.
        at: When,
        /// Who: the engineer, or who ended it for another reason.
        by: Person,
        /// Whether they closed the support case.
        with_case: bool,
    },
    /// The approval or the access was taken away.
    Revoked {
        /// When.
        at: When,
        /// Who.
        by: Person,
        /// Whether access was live until then.
        was_active: bool,
    },
    /// The access is over.
    Ended {
        /// When.
        at: When,
        /// How.
        how: Ending,
    },
}

/// How an access came to its end.
#[derive(Clone, Debug)]
pub enum Ending {
    /// Its time was over.
    Time,
    /// The engineer was done.
    Done,
    /// Something else, as a sentence: "The support case was closed."
    Other(String),
}

impl Standing {
    /// The badge for the state.
    #[must_use]
    pub const fn badge(&self) -> Badge {
        match self {
            Self::AwaitingManager { .. } => Badge::WaitingForManager,
            Self::AwaitingCustomer {
                may_decide: true, ..
            } => Badge::ActionNeeded,
            Self::AwaitingCustomer { .. } => Badge::Pending,
            Self::Approved { .. } => Badge::Approved,
            Self::Active { soon: true, .. } => Badge::EndsSoon,
            Self::Active { .. } => Badge::Active,
            Self::Rejected { .. } => Badge::Rejected,
            Self::Expired { .. } => Badge::Expired,
            Self::Withdrawn { .. } => Badge::Withdrawn,
            Self::Revoked { .. } => Badge::Revoked,
            Self::Ended { .. } => Badge::Ended,
        }
    }

    /// The tone of the sentence: the badge's, and danger in a decision's last hour.
    #[must_use]
    pub fn tone(&self) -> Tone {
        match self {
            Self::AwaitingCustomer {
                expires,
                may_decide: true,
                ..
            } if expires.urgency() == Urgency::LastHour => Tone::Danger,
            _ => self.badge().tone(),
        }
    }
}
