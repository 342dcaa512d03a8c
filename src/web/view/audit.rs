//! The audit log: the list, one entry, and the way to the log of one request.

use askama::Template;

use super::field::{ErrorSummary, Field};
use super::paging::Paging;
use super::person::Person;
use super::shell::Shell;
use super::when::When;

/// `GET /audit`.
#[derive(Clone, Debug, Template)]
#[template(path = "audit.html")]
pub struct AuditPage {
    /// The frame.
    pub shell: Shell,
    /// Whose log it is: "Fabrikam".
    pub log: String,
    /// The request that all of it is about, for those who read no more.
    pub about: Option<String>,
    /// The filters, as they were typed.
    pub filters: AuditFilters,
    /// The entries, the newest first.
    pub entries: Vec<AuditRow>,
    /// Whether the page ends because enough was looked through, and not because enough was found.
    pub cut: bool,
    /// Entries shown that are not stored as they were sealed.
    pub changed: Vec<u64>,
    /// The log's head, for those who read it whole.
    pub head: Option<AuditHead>,
    /// The way on.
    pub paging: Paging,
}

impl AuditPage {
    fn errors(&self) -> ErrorSummary<'_> {
        let filters = &self.filters;
        ErrorSummary::of([
            ("from", filters.from.error.as_deref()),
            ("to", filters.to.error.as_deref()),
            ("reference", filters.reference.error.as_deref()),
        ])
    }
}

/// The filters of the log, as they were typed.
#[derive(Clone, Debug, Default)]
pub struct AuditFilters {
    /// The first day.
    pub from: Field,
    /// The last day.
    pub to: Field,
    /// Who did it.
    pub person: Field,
    /// What was done.
    pub act: Field,
    /// The request.
    pub reference: Field,
    /// How many of them are set.
    pub set: usize,
}

/// The head of a log, and the files it can be taken along as.
#[derive(Clone, Debug)]
pub struct AuditHead {
    /// How many entries the log has.
    pub size: u64,
    /// The root hash of the tree at that size.
    pub root: String,
    /// The signed checkpoint.
    pub checkpoint: String,
    /// The shown entries and all others that fit, for a spreadsheet.
    pub csv: String,
    /// The same as they were sealed.
    pub json: String,
    /// Evidence of the request whose reference is filtered by.
    pub evidence: Option<String>,
    /// The key that the checkpoint is verified with, as text.
    pub key: Option<String>,
}

/// One entry of the list.
#[derive(Clone, Debug)]
pub struct AuditRow {
    /// Its place in the log, from 0.
    pub seq: u64,
    /// Its page.
    pub href: String,
    /// When, shown in UTC.
    pub when: When,
    /// Who did it.
    pub who: Person,
    /// What was done, in words: "Approved the request".
    pub act: String,
    /// The request it concerns.
    pub reference: Option<String>,
    /// How it ended: "done", "granted".
    pub outcome: String,
}

/// `GET /audit/{seq}`.
#[derive(Clone, Debug, Template)]
#[template(path = "audit-entry.html")]
pub struct AuditEntryPage {
    /// The frame.
    pub shell: Shell,
    /// The list it was opened from.
    pub back: String,
    /// Its place in the log, from 0.
    pub seq: u64,
    /// When it was recorded.
    pub when: When,
    /// Who did it.
    pub who: Person,
    /// What was done, by its name for machines: "request.approved".
    pub act: String,
    /// What was done, in words.
    pub what: String,
    /// How it ended.
    pub outcome: String,
    /// The id of the request it is about.
    pub request: Option<String>,
    /// The reference of that request.
    pub reference: Option<String>,
    /// What else the fact says.
    pub details: Vec<(String, String)>,
    /// From where and how it was done; nothing where that is not for this reader.
    pub origin: Option<Origin>,
    /// Its leaf hash.
    pub leaf: String,
    /// Whether it is stored as it was sealed.
    pub is_as_sealed: bool,
}

/// What of an entry tells where its author was.
#[derive(Clone, Debug, Default)]
pub struct Origin {
    /// The source address.
    pub source: Option<String>,
    /// The session it was done in.
    pub session: Option<String>,
    /// When the second factor was last shown.
    pub second_factor: Option<When>,
    /// Which one it was, and since when its owner had it.
    pub factor: Option<(String, When)>,
    /// The text that was hashed.
    pub canonical: String,
}

/// `GET /audit` for those of the provider who read about one request at a time.
#[derive(Clone, Debug, Template)]
#[template(path = "request-log.html")]
pub struct RequestLogPage {
    /// The frame.
    pub shell: Shell,
    /// The request, as it was typed.
    pub reference: Field,
    /// Their own requests, the newest first.
    pub own: Vec<OwnRequest>,
    /// Whether they have requests of their own.
    pub files_requests: bool,
    /// The zone of the times.
    pub zone: String,
}

impl RequestLogPage {
    fn errors(&self) -> ErrorSummary<'_> {
        ErrorSummary::of([("reference", self.reference.error.as_deref())])
    }
}

/// A request of one's own.
#[derive(Clone, Debug)]
pub struct OwnRequest {
    /// The reference.
    pub reference: String,
    /// The tenant's name.
    pub tenant: String,
    /// The service's name.
    pub service: String,
    /// When it was filed.
    pub filed: When,
}
