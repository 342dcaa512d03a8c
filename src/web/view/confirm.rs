//! Asking once more.

use askama::Template;

use super::field::{CodeField, ErrorSummary, Field, code_error};
use super::shell::Shell;

/// A page that asks once more before something is done: to people, to a tenant, to a service.
#[derive(Clone, Debug, Template)]
#[template(path = "confirm.html")]
pub struct ConfirmPage {
    /// The frame.
    pub shell: Shell,
    /// The way here, after where one's side starts: an address and words each.
    pub crumbs: Vec<(String, String)>,
    /// What is asked: "Remove Kim Akers?"
    pub title: String,
    /// What it means.
    pub lede: String,
    /// What the form says is wanted, where it could be one of two things.
    pub wanted: Option<&'static str>,
    /// Why, where whoever it concerns reads that.
    pub reason: Option<Field>,
    /// What follows from it, one sentence each.
    pub follows: Vec<String>,
    /// Where the form goes.
    pub action: String,
    /// What the button says.
    pub button: String,
    /// Whether it takes something away.
    pub danger: bool,
    /// Where to go instead.
    pub back: String,
    /// The field for a stale second factor.
    pub code: Option<CodeField>,
    /// What kept the form from being taken, as a whole.
    pub problem: Option<String>,
}

impl ConfirmPage {
    fn errors(&self) -> ErrorSummary<'_> {
        let reason = self.reason.as_ref();
        ErrorSummary::of([
            ("reason", reason.and_then(|reason| reason.error.as_deref())),
            ("verification_code", code_error(self.code.as_ref())),
        ])
        .and(self.problem.as_deref())
    }

    fn here(&self) -> &str {
        self.title.trim_end_matches('?')
    }
}
