//! Support > Data access requests.

use askama::Template;

use super::badge::Badge;
use super::deadline::Deadline;
use super::field::{ErrorSummary, Field, Select};
use super::paging::Paging;
use super::shell::Shell;
use super::when::When;

/// `GET /requests?view=needs-action|active|all`.
#[derive(Clone, Debug, Template)]
#[template(path = "requests.html")]
pub struct RequestsPage {
    /// The frame.
    pub shell: Shell,
    /// Which of the three views this is.
    pub view: ListView,
    /// The addresses of the three views, with the same filters.
    pub views: [String; 3],
    /// The filters, as they were typed.
    pub filters: RequestFilters,
    /// The same list as a file.
    pub download: String,
    /// What tells of requests that this page does not show yet; the script asks it.
    pub updates: Option<String>,
    /// How many need action, where that is known without counting.
    pub needs_action: Option<u32>,
    /// How many have live access, where that is known without counting.
    pub active: Option<u32>,
    /// The requests, in the view's order.
    pub rows: Vec<RequestRow>,
    /// Whether this tenant has any request at all: "none yet" and "no match" differ.
    pub any: bool,
    /// The zone of every time in the table: "Europe/Berlin (CET)".
    pub zone: String,
    /// The way on.
    pub paging: Paging,
}

impl RequestsPage {
    fn tabs(&self) -> [Tab<'_>; 3] {
        let [needs_action, active, all] = &self.views;
        [
            (ListView::NeedsAction, needs_action, self.needs_action),
            (ListView::Active, active, self.active),
            (ListView::All, all, None),
        ]
        .map(|(view, href, count)| Tab {
            view,
            href,
            count,
            current: view == self.view,
        })
    }

    /// The address of this view, with its filters.
    fn here(&self) -> &str {
        let [needs_action, active, all] = &self.views;
        match self.view {
            ListView::NeedsAction => needs_action,
            ListView::Active => active,
            ListView::All => all,
        }
    }

    /// The address of this view without filters.
    fn unfiltered(&self) -> String {
        format!("/requests?view={}", self.view.key())
    }

    fn errors(&self) -> ErrorSummary<'_> {
        let filters = &self.filters;
        ErrorSummary::of([
            ("status", filters.status.error.as_deref()),
            ("service", filters.service.error.as_deref()),
            ("engineer", filters.engineer.error.as_deref()),
            ("reference", filters.reference.error.as_deref()),
            ("from", filters.from.error.as_deref()),
            ("to", filters.to.error.as_deref()),
        ])
    }
}

/// The filters of the list, as they were typed.
#[derive(Clone, Debug, Default)]
pub struct RequestFilters {
    /// The status.
    pub status: Select,
    /// The service.
    pub service: Select,
    /// The engineer's name or mail address.
    pub engineer: Field,
    /// The reference.
    pub reference: Field,
    /// The first day of filing.
    pub from: Field,
    /// The last day of filing.
    pub to: Field,
    /// How many of them are set.
    pub set: usize,
}

struct Tab<'a> {
    view: ListView,
    href: &'a str,
    count: Option<u32>,
    current: bool,
}

/// One of the three views.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ListView {
    /// What waits for the customer's answer, the soonest deadline first.
    #[default]
    NeedsAction,
    /// What is approved or live.
    Active,
    /// Everything, the newest first.
    All,
}

impl ListView {
    /// The value of `view` in the address.
    #[must_use]
    pub const fn key(self) -> &'static str {
        match self {
            Self::NeedsAction => "needs-action",
            Self::Active => "active",
            Self::All => "all",
        }
    }

    /// The view with this key.
    #[must_use]
    pub fn from_key(key: &str) -> Option<Self> {
        [Self::NeedsAction, Self::Active, Self::All]
            .into_iter()
            .find(|view| view.key() == key)
    }

    const fn label(self) -> &'static str {
        match self {
            Self::NeedsAction => "Needs action",
            Self::Active => "Active access",
            Self::All => "All",
        }
    }

    const fn order(self) -> &'static str {
        match self {
            Self::NeedsAction => "the soonest deadline first",
            Self::Active => "the soonest end first",
            Self::All => "the newest first",
        }
    }

    const fn deadline_heading(self) -> &'static str {
        match self {
            Self::NeedsAction => "Decide by",
            Self::Active => "Access ends",
            Self::All => "Decide by / Access ends",
        }
    }
}

/// One row of the list.
#[derive(Clone, Debug)]
pub struct RequestRow {
    /// The request.
    pub reference: String,
    /// Its status.
    pub status: Badge,
    /// The service's name.
    pub service: String,
    /// The engineer's name.
    pub requested_by: String,
    /// When it was filed.
    pub requested: When,
    /// What time decides next.
    pub deadline: Option<Deadline>,
}
