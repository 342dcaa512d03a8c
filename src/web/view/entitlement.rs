//! What a tenant is entitled to, and asking for a trial.

use askama::Template;

use super::field::{CodeField, ErrorSummary, code_error};
use super::shell::Shell;
use super::when::When;

/// What the setting page says of the entitlement. The words are in `parts/entitlement.html`.
#[derive(Clone, Debug)]
pub enum Entitlement {
    /// Included, in a plan that may have a name.
    Included {
        /// "Enterprise E5".
        plan: Option<String>,
    },
    /// A trial that lasts.
    Trial {
        /// Until when.
        until: When,
    },
    /// A trial that is over.
    TrialOver {
        /// Since when.
        since: When,
    },
    /// A trial was asked for, which the provider has to confirm.
    Asked {
        /// When it was asked for.
        at: When,
    },
    /// None, and a trial can be had.
    TrialOffered,
    /// None.
    Nothing,
}

/// `GET` and `POST /settings/customer-lockbox/trial`.
#[derive(Clone, Debug, Template)]
#[template(path = "trial.html")]
pub struct TrialPage {
    /// The frame.
    pub shell: Shell,
    /// The tenant's name.
    pub tenant: String,
    /// When a trial that begins now would end; nothing where the provider confirms it first.
    pub until: Option<When>,
    /// The field for a stale second factor.
    pub code: Option<CodeField>,
    /// What kept the form from being taken, as a whole.
    pub problem: Option<String>,
}

impl TrialPage {
    fn errors(&self) -> ErrorSummary<'_> {
        ErrorSummary::of([("verification_code", code_error(self.code.as_ref()))])
            .and(self.problem.as_deref())
    }
}
