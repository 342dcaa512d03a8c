//! The engineer's form for a new request.

use askama::Template;

use super::field::{CodeField, ErrorSummary, Field, Select, code_error};
use super::shell::Shell;

/// `GET` and `POST /requests/new`.
#[derive(Clone, Debug, Template)]
#[template(path = "new-request.html")]
pub struct NewRequestPage {
    /// The frame.
    pub shell: Shell,
    /// By what the form is known when it comes twice.
    pub form: String,
    /// The request that it asks for more time after; empty where it stands for itself.
    pub follows: String,
    /// The tenants, by key and name.
    pub tenant: Select,
    /// The services, by key and name.
    pub service: Select,
    /// The open support cases, by id and with the customer's name; empty means "provider initiated".
    pub case: Select,
    /// Whether there are more of them.
    pub cut: bool,
    /// What may be touched, in words.
    pub scope: Field,
    /// The objects, one on a line; empty means the whole service.
    pub objects: Field,
    /// The actions, with commas or spaces between them; empty means every action.
    pub actions: Field,
    /// Why.
    pub reason: Field,
    /// How long, as `PT4H` and in words.
    pub duration: Select,
    /// The field for a stale second factor.
    pub code: Option<CodeField>,
    /// What kept the form from being taken, as a whole.
    pub problem: Option<String>,
}

impl NewRequestPage {
    fn here(&self) -> &'static str {
        if self.follows.is_empty() {
            "New request"
        } else {
            "Ask for more time"
        }
    }

    fn errors(&self) -> ErrorSummary<'_> {
        ErrorSummary::of([
            ("tenant", self.tenant.error.as_deref()),
            ("service", self.service.error.as_deref()),
            ("case", self.case.error.as_deref()),
            ("scope", self.scope.error.as_deref()),
            ("objects", self.objects.error.as_deref()),
            ("actions", self.actions.error.as_deref()),
            ("reason", self.reason.error.as_deref()),
            ("duration", self.duration.error.as_deref()),
            ("verification_code", code_error(self.code.as_ref())),
        ])
        .and(self.problem.as_deref())
    }
}
