//! Settings > Notifications.

use askama::Template;

use super::field::{CodeField, ErrorSummary, code_error};
use super::person::Person;
use super::shell::Shell;

/// `GET` and `POST /settings/notifications`. Saving sends `links=on` and `reminders=on`, or nothing for off.
#[derive(Clone, Debug, Template)]
#[template(path = "notifications.html")]
pub struct NotificationsPage {
    /// The frame.
    pub shell: Shell,
    /// What the setting was when it was shown.
    pub version: String,
    /// Whether mails link to the portal.
    pub links: bool,
    /// Whether people are reminded.
    pub reminders: bool,
    /// Whether this person may change it.
    pub may_change: bool,
    /// Who may, by name, for those who may not.
    pub administrators: Vec<Person>,
    /// Who gets which mail.
    pub mails: Vec<MailRow>,
    /// Where a test of this person's would go; nothing for those who get no such mails.
    pub test_to: Option<String>,
    /// The field for a stale second factor.
    pub code: Option<CodeField>,
}

impl NotificationsPage {
    fn errors(&self) -> ErrorSummary<'_> {
        ErrorSummary::of([("verification_code", code_error(self.code.as_ref()))])
    }
}

/// One kind of mail.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MailRow {
    /// What it is called.
    pub name: String,
    /// Whether the tenant's administrators and approvers get it.
    pub approvers: Gets,
    /// Whether the engineer gets it.
    pub engineer: Gets,
    /// Whether the manager gets it.
    pub manager: Gets,
}

/// Whether somebody gets a mail.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Gets {
    /// They do.
    Yes,
    /// They do not.
    No,
    /// They would, and the tenant does without.
    TurnedOff,
}

impl Gets {
    const fn word(self) -> &'static str {
        match self {
            Self::Yes => "Yes",
            Self::No => "No",
            Self::TurnedOff => "Turned off",
        }
    }
}
