//! The last look before access is taken away.

use askama::Template;

use super::field::{CodeField, ErrorSummary, Field, code_error};
use super::person::Person;
use super::shell::Shell;
use super::when::When;

/// `GET` and `POST /requests/{reference}/revocation`.
#[derive(Clone, Debug, Template)]
#[template(path = "revoke.html")]
pub struct RevokePage {
    /// The frame.
    pub shell: Shell,
    /// The request.
    pub reference: String,
    /// The version that was read.
    pub version: String,
    /// The service's name.
    pub service: String,
    /// What may be touched, in the engineer's words.
    pub scope: String,
    /// The objects it is limited to; empty means the whole service.
    pub objects: Vec<String>,
    /// Who has the access, or the approval.
    pub engineer: Person,
    /// The end of live access; nothing where it is approved and not started.
    pub active_until: Option<When>,
    /// The required reason.
    pub reason: Field,
    /// The field for a stale second factor.
    pub code: Option<CodeField>,
}

impl RevokePage {
    fn errors(&self) -> ErrorSummary<'_> {
        let code = code_error(self.code.as_ref());
        ErrorSummary::of([
            ("reason", self.reason.error.as_deref()),
            ("verification_code", code),
        ])
    }
}
