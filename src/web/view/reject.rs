//! The last look before a rejection, by the customer or by a support manager.

use askama::Template;

use super::field::{CodeField, ErrorSummary, Field, code_error};
use super::person::Person;
use super::shell::Shell;

/// `GET` and `POST /requests/{reference}/rejection`.
#[derive(Clone, Debug, Template)]
#[template(path = "reject.html")]
pub struct RejectPage {
    /// The frame.
    pub shell: Shell,
    /// The request.
    pub reference: String,
    /// The version that was read.
    pub version: String,
    /// The service's name.
    pub service: String,
    /// What was asked for, in the engineer's words.
    pub scope: String,
    /// The objects it is limited to; empty means the whole service.
    pub objects: Vec<String>,
    /// Who asked.
    pub engineer: Person,
    /// The required reason, which the engineer reads.
    pub reason: Field,
    /// The field for a stale second factor.
    pub code: Option<CodeField>,
}

impl RejectPage {
    fn errors(&self) -> ErrorSummary<'_> {
        let code = code_error(self.code.as_ref());
        ErrorSummary::of([
            ("reason", self.reason.error.as_deref()),
            ("verification_code", code),
        ])
    }
}
