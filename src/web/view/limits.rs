//! A tenant's limits on the setting page: to read, or to change.

use super::field::{CodeField, Select, code_error};

/// A limit, in words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LimitRow {
    /// Which limit: "Time for you to answer".
    pub name: String,
    /// Its value: "12 hours".
    pub value: String,
    /// What it can be: "1 to 96 hours".
    pub bounds: String,
}

/// The form that changes them. It sends the limits that were shown as its `version`.
#[derive(Clone, Debug)]
pub struct LimitsForm {
    /// The limits that were shown.
    pub version: String,
    /// Time for the customer to answer.
    pub time_to_answer: Select,
    /// The longest access.
    pub longest_access: Select,
    /// Time to start after approval.
    pub time_to_start: Select,
    /// Approvals needed.
    pub approvals_needed: Select,
    /// Time for the support manager to answer, which the provider sets: "12 hours".
    pub manager: String,
    /// The field for a stale second factor.
    pub code: Option<CodeField>,
}

impl LimitsForm {
    pub(super) fn errors(&self) -> [(&str, Option<&str>); 5] {
        [
            ("time_to_answer", self.time_to_answer.error.as_deref()),
            ("longest_access", self.longest_access.error.as_deref()),
            ("time_to_start", self.time_to_start.error.as_deref()),
            ("approvals_needed", self.approvals_needed.error.as_deref()),
            ("verification_code", code_error(self.code.as_ref())),
        ]
    }
}
