//! Which services the customer is asked about, and changing that for one of them.

use askama::Template;

use super::field::{CodeField, ErrorSummary, code_error};
use super::person::Person;
use super::shell::Shell;

/// A service on the setting page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CoveredService {
    /// The service's name.
    pub name: String,
    /// Whether the customer is asked.
    pub covered: bool,
    /// Whether the provider proposes not to ask, and the tenant has not accepted that.
    pub proposed: bool,
    /// The page on which this person can change it.
    pub change: Option<String>,
}

/// `GET` and `POST /settings/customer-lockbox/services/{service}`.
#[derive(Clone, Debug, Template)]
#[template(path = "coverage.html")]
pub struct CoveragePage {
    /// The frame.
    pub shell: Shell,
    /// The address of this page.
    pub href: String,
    /// The service's name.
    pub service: String,
    /// Whether the customer would be asked; else it would no longer be.
    pub asks: bool,
    /// Who will be told.
    pub told: Vec<Person>,
    /// The field for a stale second factor.
    pub code: Option<CodeField>,
    /// What kept the form from being taken, as a whole.
    pub problem: Option<String>,
}

impl CoveragePage {
    fn errors(&self) -> ErrorSummary<'_> {
        ErrorSummary::of([("verification_code", code_error(self.code.as_ref()))])
            .and(self.problem.as_deref())
    }
}
