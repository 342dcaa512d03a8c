//! Support cases: the list, one of them, and the form for a new one.

use askama::Template;

use super::badge::Badge;
use super::field::{ErrorSummary, Field};
use super::paging::Paging;
use super::request::Happening;
use super::shell::Shell;
use super::when::When;

/// Which cases a list shows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum CaseView {
    /// Those that are open.
    #[default]
    Open,
    /// Those that are closed.
    Closed,
}

impl CaseView {
    /// Both, in the order of their tabs.
    pub const ALL: [Self; 2] = [Self::Open, Self::Closed];

    /// The word in addresses.
    #[must_use]
    pub const fn key(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Closed => "closed",
        }
    }

    /// Reads the word; whatever else it is, the open ones are meant.
    #[must_use]
    pub fn read(key: &str) -> Self {
        Self::ALL
            .into_iter()
            .find(|view| view.key() == key)
            .unwrap_or_default()
    }

    /// Whether it is this one.
    #[expect(
        clippy::trivially_copy_pass_by_ref,
        reason = "templates hand over references"
    )]
    fn is(self, other: &Self) -> bool {
        self == *other
    }

    const fn label(self) -> &'static str {
        match self {
            Self::Open => "Open",
            Self::Closed => "Closed",
        }
    }
}

/// `GET /support/cases`.
#[derive(Clone, Debug, Template)]
#[template(path = "cases.html")]
pub struct CasesPage {
    /// The frame.
    pub shell: Shell,
    /// The view.
    pub view: CaseView,
    /// The cases.
    pub rows: Vec<CaseRow>,
    /// Whether the one who looks may open one.
    pub may_open: bool,
    /// The zone of every time in the table.
    pub zone: String,
    /// The way on.
    pub paging: Paging,
}

/// A case of the list.
#[derive(Clone, Debug)]
pub struct CaseRow {
    /// Its page.
    pub href: String,
    /// Its number.
    pub number: String,
    /// What it is about.
    pub title: String,
    /// The tenant's name, for the provider.
    pub tenant: Option<String>,
    /// Who opened it: "Opened by Kim Akers of Fabrikam".
    pub opened_by: String,
    /// When it was opened.
    pub opened: When,
    /// When it was closed.
    pub closed: Option<When>,
}

/// The case of a request.
#[derive(Clone, Debug)]
pub struct RequestCase {
    /// Its page.
    pub href: String,
    /// `4417: Calendar invitations vanish`.
    pub name: String,
    /// "Opened by Kim Akers of Fabrikam".
    pub opened: String,
}

/// `GET /support/cases/{case}`.
#[derive(Clone, Debug, Template)]
#[template(path = "case.html")]
pub struct CasePage {
    /// The frame.
    pub shell: Shell,
    /// What the list knows of it.
    pub case: CaseRow,
    /// What was reported.
    pub description: Option<String>,
    /// Who closed it.
    pub closed_by: Option<String>,
    /// Whether the customer opened it.
    pub customers: bool,
    /// What happened in it, the newest first.
    pub timeline: Vec<Happening>,
    /// Where the page begins that was asked for before this one, and the way to older comments.
    pub paging: Paging,
    /// The requests that name it, the newest first.
    pub requests: Vec<CaseRequest>,
    /// Whether there are more of them.
    pub cut: bool,
    /// The form for a comment, for whoever may write one.
    pub comment: Option<CaseComment>,
    /// The way to its closing, for whoever may close it.
    pub closing: Option<String>,
    /// The way to a new request because of it, for whoever may file one.
    pub new_request: Option<String>,
    /// What kept a comment from being taken, as a whole.
    pub problem: Option<String>,
}

impl CasePage {
    fn errors(&self) -> ErrorSummary<'_> {
        let error = self.comment.as_ref().and_then(|c| c.text.error.as_deref());
        ErrorSummary::of([("comment", error)]).and(self.problem.as_deref())
    }

    const fn badge(&self) -> Badge {
        match self.case.closed {
            None => Badge::Open,
            Some(_) => Badge::Closed,
        }
    }
}

/// The form for a comment.
#[derive(Clone, Debug)]
pub struct CaseComment {
    /// By what the form is known when it comes twice.
    pub form: String,
    /// What is said.
    pub text: Field,
}

/// A request that names a case.
#[derive(Clone, Debug)]
pub struct CaseRequest {
    /// Its reference.
    pub reference: String,
    /// Where it stands.
    pub status: Badge,
    /// The service's name.
    pub service: String,
    /// The engineer's name.
    pub engineer: String,
    /// When it was filed.
    pub filed: When,
}

/// `GET` and `POST /support/cases/new`.
#[derive(Clone, Debug, Template)]
#[template(path = "new-case.html")]
pub struct NewCasePage {
    /// The frame.
    pub shell: Shell,
    /// By what the form is known when it comes twice.
    pub form: String,
    /// What it is about.
    pub title: Field,
    /// What happened.
    pub description: Field,
    /// What kept the form from being taken, as a whole.
    pub problem: Option<String>,
}

impl NewCasePage {
    fn errors(&self) -> ErrorSummary<'_> {
        ErrorSummary::of([
            ("title", self.title.error.as_deref()),
            ("description", self.description.error.as_deref()),
        ])
        .and(self.problem.as_deref())
    }
}
