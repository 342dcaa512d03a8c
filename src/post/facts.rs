//! The table of facts.

use super::{when, words};
use crate::domain::entitlement::Entitlement;
use crate::domain::notice::{AboutRequest, Letter, NoticeKind, PersonChange, SettingChange};
use crate::domain::person::roles_in_words;
use crate::domain::request::Basis;
use crate::domain::time::Moment;

/// Most entries of a list a mail shows.
const LISTED: usize = 10;
/// Most lines of one text a mail shows.
const LINES: usize = 40;

/// One line of the table.
pub(super) struct Row {
    /// What it is.
    pub label: &'static str,
    /// The fact, perhaps of several lines.
    pub value: String,
}

impl Row {
    /// For the text part: the label in a column of its own. Every further line of the value is set in,
    /// so that nothing typed can pass for a line of ours.
    pub fn as_text(&self) -> String {
        let value = self.value.replace('\n', &format!("\n{:18}", ""));
        format!("{:18}{value}", format!("{}:", self.label))
    }
}

/// The rows of a letter. `most` bounds every text people typed, in characters.
pub(super) fn of(letter: &Letter, most: usize) -> Vec<Row> {
    let mut rows = Rows {
        rows: Vec::new(),
        most,
    };
    if let Some(request) = &letter.request {
        of_request(&mut rows, letter, request);
    } else {
        let (by, at) = match letter.kind {
            NoticeKind::Test => ("Sent by", "Sent"),
            _ => ("Changed by", "Changed"),
        };
        let of = if letter.person.is_some() {
            "Organisation"
        } else {
            "Tenant"
        };
        rows.add(of, letter.tenant.as_str());
        if let Some(about) = &letter.person {
            rows.add("Person", about.name.as_str());
            of_person(&mut rows, letter, &about.change);
        }
        rows.add(by, &letter.by);
        if let Some(asked) = letter.asked {
            rows.add("Asked", &when::in_both_zones(asked, letter.zone));
        }
        rows.add(at, &when::in_both_zones(letter.at, letter.zone));
        if let Some(change) = &letter.change {
            of_change(&mut rows, letter, change);
        }
    }
    rows.rows
}

fn of_change(rows: &mut Rows, letter: &Letter, change: &SettingChange) {
    match change {
        SettingChange::TermsAccepted { version } => rows.add("Version", version),
        SettingChange::ServiceUncovered { service } | SettingChange::ServiceCovered { service } => {
            rows.add("Service", service.as_str());
        }
        SettingChange::Limits(limits) => {
            rows.add("Time to answer", &limits.time_to_answer.to_string());
            rows.add("Longest access", &limits.longest_access.to_string());
            rows.add("Time to start", &limits.time_to_start.to_string());
            rows.add("Approvals", &limits.approvals_needed.to_string());
            rows.add("Access hours", &words::access_hours(letter, limits));
        }
        SettingChange::Entitlement(Entitlement::Trial { until }) => {
            rows.add("Trial ends", &when::in_both_zones(*until, letter.zone));
        }
        SettingChange::Entitlement(Entitlement::Included { plan: Some(plan) }) => {
            rows.add("Plan", plan.as_str());
        }
        SettingChange::ApproverAdded { name, roles } => {
            rows.add("Added", name.as_str());
            rows.add("Roles", &roles_in_words(roles));
        }
        SettingChange::Notifications(setting) => {
            let word = |on| if on { "On" } else { "Off" };
            rows.add("Links", word(setting.links));
            rows.add("Reminders", word(setting.reminders));
        }
        SettingChange::RecoveryStarted { name, due }
        | SettingChange::RecoveryReminded { name, due } => {
            rows.add("Administrator", name.as_str());
            rows.add("From", &when::in_both_zones(*due, letter.zone));
        }
        SettingChange::WebhookAdded { description }
        | SettingChange::WebhookDisabled { description, .. } => {
            rows.add("Webhook", description.as_str());
        }
        SettingChange::SingleSignOn { issuer, .. } | SettingChange::SingleSignOnSet { issuer } => {
            rows.add("Issuer", issuer.as_str());
        }
        SettingChange::WeakeningAsked { due, .. } => {
            rows.add("Done at", &when::in_both_zones(*due, letter.zone));
        }
        SettingChange::Suspended { why } => rows.add("Reason", why),
        SettingChange::Entitlement(_)
        | SettingChange::TrialAsked
        | SettingChange::Delay { .. }
        | SettingChange::WeakeningStopped { .. }
        | SettingChange::Resumed
        | SettingChange::RecoveryStopped { .. }
        | SettingChange::RecoveryFinished => {}
    }
}

fn of_person(rows: &mut Rows, letter: &Letter, change: &PersonChange) {
    match change {
        PersonChange::Invited {
            roles,
            until,
            decides_from,
        } => {
            rows.add("Roles", &roles_in_words(roles));
            rows.add("Until", &when::in_both_zones(*until, letter.zone));
            of_decider(rows, letter, *decides_from);
        }
        PersonChange::RolesChanged {
            before,
            roles,
            decides_from,
        } => {
            rows.add("Roles before", &roles_in_words(before));
            rows.add("Roles now", &roles_in_words(roles));
            of_decider(rows, letter, *decides_from);
        }
        PersonChange::Removed { roles } => rows.add("Roles before", &roles_in_words(roles)),
        PersonChange::PasswordForgotten { until } => {
            rows.add("Until", &when::in_both_zones(*until, letter.zone));
        }
        PersonChange::PasskeyAdded { called }
        | PersonChange::PasskeyRenamed { called }
        | PersonChange::PasskeyRemoved { called }
        | PersonChange::PasskeyDoubted { called } => rows.add("Passkey", called.as_str()),
        PersonChange::RecoveryCodeUsed { left } => {
            rows.add("Codes left", &format!("{left} of 10"));
        }
        PersonChange::Linked { issuer }
        | PersonChange::Unlinked { issuer }
        | PersonChange::SignsOn { issuer } => rows.add("Issuer", issuer.as_str()),
        PersonChange::SecondFactorReset
        | PersonChange::SecondFactorEnrolled
        | PersonChange::RecoveryCodesMade
        | PersonChange::PasswordChosen => {}
    }
}

/// From when somebody decides, where a role of theirs waits first.
fn of_decider(rows: &mut Rows, letter: &Letter, from: Option<Moment>) {
    if let Some(from) = from {
        let from = when::in_both_zones(from, letter.zone);
        rows.add("Decides", &format!("What is filed after {from}"));
    }
}

fn of_request(rows: &mut Rows, letter: &Letter, request: &AboutRequest) {
    rows.add("Service", request.service.as_str());
    rows.add("Reference", request.reference.as_str());
    rows.add("Tenant", letter.tenant.as_str());
    rows.add("Requested by", request.engineer.as_str());
    rows.add(
        "Requested",
        &when::in_both_zones(request.filed_at, letter.zone),
    );
    if let Some(manager) = &request.manager {
        rows.add("Endorsed by", manager);
    }
    rows.add(
        "Case",
        request
            .case
            .as_deref()
            .unwrap_or("None, provider initiated"),
    );
    if let Some(opened) = &request.case_opened {
        rows.add("Case opened", opened);
    }
    rows.add("Scope", &request.scope);
    let whole = format!("All of {}", request.service);
    rows.list("Objects", &request.objects, &whole);
    rows.list("Actions", &request.actions, "All actions");
    rows.add("Reason", &request.reason);
    rows.add("Asked duration", &request.asked.to_string());
    if let Some(earlier) = &request.follows {
        rows.add("More time after", earlier.as_str());
    }
    if let Some(granted) = request.granted {
        rows.add("Granted", &granted.to_string());
    }
    if let Some(label) = outcome(letter.kind, request.basis) {
        rows.add(label, &letter.by);
    }
    if let Some(basis) = request.basis {
        rows.add("Basis", self::basis(basis));
    }
    if let Some(deadline) = request.deadline {
        rows.add(
            self::deadline(letter.kind),
            &when::in_both_zones(deadline, letter.zone),
        );
    }
    if let Some(note) = &request.note {
        rows.add("Note", note);
    }
}

const fn outcome(kind: NoticeKind, basis: Option<Basis>) -> Option<&'static str> {
    match (kind, basis) {
        // The endorsing manager has a row already, and time is nobody.
        (NoticeKind::Approved, Some(Basis::LockboxOff | Basis::NotCovered))
        | (
            NoticeKind::ActionNeeded
            | NoticeKind::Reminder
            | NoticeKind::Expired
            | NoticeKind::EndingSoon
            | NoticeKind::LockboxTurnedOn
            | NoticeKind::LockboxTurnedOff
            | NoticeKind::SettingChanged
            | NoticeKind::PersonChanged
            | NoticeKind::Test,
            _,
        ) => None,
        (NoticeKind::Approved, _) => Some("Approved by"),
        (NoticeKind::Rejected, _) => Some("Rejected by"),
        (NoticeKind::Started, _) => Some("Started by"),
        (NoticeKind::Shortened, _) => Some("Hours set by"),
        (NoticeKind::Ended, _) => Some("Ended by"),
        (NoticeKind::Revoked, _) => Some("Revoked by"),
        (NoticeKind::Withdrawn, _) => Some("Withdrawn by"),
    }
}

const fn deadline(kind: NoticeKind) -> &'static str {
    match kind {
        NoticeKind::ActionNeeded | NoticeKind::Reminder => "Decide by",
        NoticeKind::Approved => "Start by",
        NoticeKind::Started | NoticeKind::Shortened | NoticeKind::EndingSoon => "Access ends",
        _ => "Deadline",
    }
}

const fn basis(basis: Basis) -> &'static str {
    match basis {
        Basis::CustomerDecision => "The customer's decision",
        Basis::LockboxOff => "Lockbox off, the customer was not asked",
        Basis::NotCovered => "Service not covered, the customer was not asked",
    }
}

struct Rows {
    rows: Vec<Row>,
    most: usize,
}

impl Rows {
    fn add(&mut self, label: &'static str, value: &str) {
        let value = shortened(value, self.most);
        self.rows.push(Row { label, value });
    }

    fn list(&mut self, label: &'static str, items: &[String], otherwise: &str) {
        if items.is_empty() {
            return self.add(label, otherwise);
        }
        let mut lines: Vec<_> = items
            .iter()
            .take(LISTED)
            .map(|item| shortened(item, self.most / 10))
            .collect();
        if items.len() > LISTED {
            lines.push(format!(
                "and {} more, on the request's page",
                items.len() - LISTED
            ));
        }
        self.rows.push(Row {
            label,
            value: lines.join("\n"),
        });
    }
}

/// The text with at most `most` characters and [`LINES`] lines, and without empty lines, which could push
/// the rest of the mail out of sight. Says so where something is missing.
fn shortened(text: &str, most: usize) -> String {
    let lines: Vec<&str> = text
        .lines()
        .map(str::trim_end)
        .filter(|line| !line.is_empty())
        .collect();
    let whole = lines.join("\n");
    let mut shown: String = lines[..lines.len().min(LINES)]
        .join("\n")
        .chars()
        .take(most)
        .collect();
    if shown.len() < whole.len() {
        shown.push_str("… (the rest is on the request's page)");
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_text_is_cut_and_says_so() {
        assert_eq!(shortened("one\n\n \ntwo", 100), "one\ntwo");
        assert_eq!(
            shortened("äöü", 2),
            "äö… (the rest is on the request's page)"
        );
        let many = "x\n".repeat(LINES + 1);
        assert_eq!(shortened(&many, 2_000).lines().count(), LINES);
    }

    #[test]
    fn further_lines_are_set_in() {
        let row = Row {
            label: "Reason",
            value: "one\nDecide by: never".to_owned(),
        };
        assert_eq!(
            row.as_text(),
            "Reason:           one\n                  Decide by: never"
        );
    }
}
