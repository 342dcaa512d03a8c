//! Support > Data access requests.

use askama::Template;

use super::badge::Badge;
use super::deadline::Deadline;
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
    fn tabs(&self) -> [Tab; 3] {
        [
            (ListView::NeedsAction, self.needs_action),
            (ListView::Active, self.active),
            (ListView::All, None),
        ]
        .map(|(view, count)| Tab {
            view,
            count,
            current: view == self.view,
        })
    }
}

struct Tab {
    view: ListView,
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
