//! The last look before an approval.

use askama::Template;

use super::field::{CodeField, ErrorSummary, Field, code_error};
use super::person::Person;
use super::shell::Shell;
use super::when::When;

/// `GET` and `POST /requests/{reference}/approval`.
#[derive(Clone, Debug, Template)]
#[template(path = "approve.html")]
pub struct ApprovePage {
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
    /// The actions it is limited to; empty means every action.
    pub actions: Vec<String>,
    /// Who would have the access.
    pub engineer: Person,
    /// Why, in the engineer's words.
    pub reason: String,
    /// The duration as the form sends it: `PT4H`.
    pub duration: String,
    /// The duration in words: "4 hours".
    pub duration_words: String,
    /// The duration asked for in words, where less is given.
    pub asked: Option<String>,
    /// The latest instant by which access would be over: started at the last moment, used in full, within the access hours;
    /// nothing where nobody is let in before it must be started.
    pub until_at_most: Option<When>,
    /// The access hours, where there are some: "Mon–Fri 08:00–18:00 (Europe/Berlin)".
    pub access_hours: Option<String>,
    /// Until when the engineer may start, if approved now.
    pub start_by: When,
    /// How many more must approve after this one.
    pub more_needed: u32,
    /// The note for the engineer and the log.
    pub note: Field,
    /// The field for a stale second factor.
    pub code: Option<CodeField>,
    /// What kept the form from being taken, as a whole.
    pub problem: Option<String>,
}

impl ApprovePage {
    fn errors(&self) -> ErrorSummary<'_> {
        let code = code_error(self.code.as_ref());
        ErrorSummary::of([
            ("note", self.note.error.as_deref()),
            ("verification_code", code),
        ])
        .and(self.problem.as_deref())
    }
}
