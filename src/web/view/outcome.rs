//! What an act led to: what happens next, who was told.

use askama::Template;

use super::person::Person;
use super::shell::Shell;
use super::tone::Tone;
use super::when::When;

/// Shown after an approval, a rejection, a revocation or an endorsement.
#[derive(Clone, Debug, Template)]
#[template(path = "outcome.html")]
pub struct OutcomePage {
    /// The frame.
    pub shell: Shell,
    /// The request.
    pub reference: String,
    /// The service's name.
    pub service: String,
    /// Who asked.
    pub engineer: Person,
    /// What happened.
    pub outcome: Outcome,
    /// Who was told, by mail: people, or a group such as "Fabrikam's approvers".
    pub told: Vec<Person>,
}

/// What happened. The words are in `outcome.html`.
#[derive(Clone, Debug)]
pub enum Outcome {
    /// The last approval that was needed.
    Approved {
        /// For how long: "4 hours".
        duration: String,
        /// Until when the engineer may start.
        start_by: When,
    },
    /// An approval, and more are needed.
    ApprovalCounted {
        /// How many there are now.
        approvals: u32,
        /// How many must approve.
        needed: u32,
        /// Until when.
        expires: When,
    },
    /// Rejected, by the customer or a manager.
    Rejected,
    /// Revoked.
    Revoked {
        /// From when on there is no access.
        at: When,
        /// Whether access was live until then.
        was_active: bool,
    },
    /// Endorsed, and the customer was asked.
    Endorsed {
        /// The tenant's name.
        tenant: String,
        /// Until when the customer may answer.
        expires: When,
    },
    /// Endorsed, and the customer need not be asked.
    EndorsedAndApproved {
        /// Why not: "Customer Lockbox is off for Contoso."
        basis: String,
        /// Until when the engineer may start.
        start_by: When,
    },
}

impl Outcome {
    const fn tone(&self) -> Tone {
        match self {
            Self::Approved { .. } | Self::EndorsedAndApproved { .. } => Tone::Good,
            Self::ApprovalCounted { .. } | Self::Endorsed { .. } => Tone::Info,
            Self::Rejected | Self::Revoked { .. } => Tone::Quiet,
        }
    }
}
