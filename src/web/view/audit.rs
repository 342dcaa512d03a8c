//! The audit log as a plain list.

use askama::Template;

use super::paging::Paging;
use super::person::Person;
use super::shell::Shell;
use super::tone::Tone;
use super::when::When;

/// `GET /audit`.
#[derive(Clone, Debug, Template)]
#[template(path = "audit.html")]
pub struct AuditPage {
    /// The frame.
    pub shell: Shell,
    /// Whose log it is: "Fabrikam".
    pub log: String,
    /// The entries, the newest first.
    pub entries: Vec<AuditRow>,
    /// How many entries the log has.
    pub size: u64,
    /// The root hash of the tree at that size.
    pub root: String,
    /// The way on.
    pub paging: Paging,
}

/// One entry.
#[derive(Clone, Debug)]
pub struct AuditRow {
    /// Its place in the log, from 0.
    pub seq: u64,
    /// When, shown in UTC.
    pub when: When,
    /// Who did it.
    pub who: Person,
    /// What was done, in words: "Approved the request".
    pub act: String,
    /// The request it concerns.
    pub reference: Option<String>,
    /// How it ended: "done", "refused".
    pub outcome: String,
    /// How the outcome is meant.
    pub tone: Tone,
}
