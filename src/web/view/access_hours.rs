//! Setting the hours in which access may be started and go on.

use askama::Template;

use super::field::{CodeField, ErrorSummary, code_error};
use super::shell::Shell;

/// `GET` and `POST /settings/customer-lockbox/access-hours`. It sends the limits that were shown as its `version`, `any` or
/// `weekly` as its `hours`, and every time whether it counts or not.
#[derive(Clone, Debug, Template)]
#[template(path = "access-hours.html")]
pub struct AccessHoursPage {
    /// The frame.
    pub shell: Shell,
    /// The limits that were shown.
    pub version: String,
    /// Whether the times below count.
    pub weekly: bool,
    /// The days, from Monday on.
    pub days: Vec<HoursOfDay>,
    /// The zone of the times: `Europe/Berlin`.
    pub zone: String,
    /// How long hours that let in more wait, such as "24 hours"; nothing where they hold at once.
    pub delay: Option<String>,
    /// What is wrong with the hours as a whole.
    pub error: Option<String>,
    /// The field for a stale second factor.
    pub code: Option<CodeField>,
    /// What kept the form from being taken, as a whole.
    pub problem: Option<String>,
}

/// A day of the table: up to two times, each from when until when.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HoursOfDay {
    /// As the table calls it: "Mon".
    pub short: &'static str,
    /// In full, for who hears the table.
    pub name: &'static str,
    /// The times, in their order.
    pub times: [HoursField; 4],
    /// What is wrong with them.
    pub error: Option<String>,
}

/// One time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HoursField {
    /// The name of its field: `mon_from`.
    pub name: &'static str,
    /// What it is, after the day: "from".
    pub label: &'static str,
    /// `08:00`; empty where there is none.
    pub value: String,
}

impl AccessHoursPage {
    fn errors(&self) -> ErrorSummary<'_> {
        let of_days = self.days.iter().map(|day| (day.id(), day.error.as_deref()));
        let errors = [("hours", self.error.as_deref())]
            .into_iter()
            .chain(of_days)
            .chain([("verification_code", code_error(self.code.as_ref()))]);
        ErrorSummary::of(errors).and(self.problem.as_deref())
    }
}

impl HoursOfDay {
    /// Whose error it is: that of the first time.
    fn id(&self) -> &'static str {
        let [first, ..] = &self.times;
        first.name
    }
}
