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
    /// The list.
    pub list: RequestList,
    /// The same list as a file.
    pub download: String,
}

/// A list of requests in one of its views: the tenant's, or the provider's queue.
#[derive(Clone, Debug)]
pub struct RequestList {
    /// Where it is: `/requests`, `/queue`.
    pub path: &'static str,
    /// Whether it is the provider's, which has the customers in it.
    pub of_provider: bool,
    /// Which of the views this is.
    pub view: ListView,
    /// The views, in their order.
    pub tabs: Vec<ListTab>,
    /// The filters, as they were typed.
    pub filters: RequestFilters,
    /// What tells of requests that this page does not show yet; the script asks it.
    pub updates: Option<String>,
    /// The requests, in the view's order.
    pub rows: Vec<RequestRow>,
    /// Whether there is any request at all: "none yet" and "no match" differ.
    pub any: bool,
    /// The zone of every time in the table: "Europe/Berlin (CET)".
    pub zone: String,
    /// The way on.
    pub paging: Paging,
}

impl RequestList {
    /// The address of this view, with its filters.
    pub(super) fn here(&self) -> &str {
        let here = self.tabs.iter().find(|tab| tab.view == self.view);
        here.map_or(self.path, |tab| &tab.href)
    }

    /// The address of this view without filters.
    pub(super) fn unfiltered(&self) -> String {
        self.address_of(self.view)
    }

    pub(super) fn address_of(&self, view: ListView) -> String {
        format!("{}?view={}", self.path, view.key())
    }

    pub(super) fn errors(&self) -> ErrorSummary<'_> {
        let filters = &self.filters;
        ErrorSummary::of([
            ("status", filters.status.error.as_deref()),
            ("customer", optional_error(filters.customer.as_ref())),
            ("service", filters.service.error.as_deref()),
            ("engineer", optional_error(filters.engineer.as_ref())),
            ("reference", filters.reference.error.as_deref()),
            ("from", filters.from.error.as_deref()),
            ("to", filters.to.error.as_deref()),
        ])
    }
}

fn optional_error(field: Option<&Field>) -> Option<&str> {
    field.and_then(|field| field.error.as_deref())
}

/// The filters of the list, as they were typed.
#[derive(Clone, Debug, Default)]
pub struct RequestFilters {
    /// The status.
    pub status: Select,
    /// The customer's name; only where there are several.
    pub customer: Option<Field>,
    /// The service.
    pub service: Select,
    /// The engineer's name or mail address; not for who sees only their own.
    pub engineer: Option<Field>,
    /// The reference.
    pub reference: Field,
    /// The first day of filing.
    pub from: Field,
    /// The last day of filing.
    pub to: Field,
    /// How many of them are set.
    pub set: usize,
}

/// One of the views, above the list.
#[derive(Clone, Debug)]
pub struct ListTab {
    /// The view.
    pub view: ListView,
    /// Its address, with the same filters.
    pub href: String,
    /// How many it has, where that is known without counting.
    pub count: Option<u32>,
}

/// One of the views of a list.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ListView {
    /// What waits for the customer's answer, the soonest deadline first; the customer's own words for it.
    #[default]
    NeedsAction,
    /// What is approved or live; the customer's own words for it.
    Active,
    /// The open ones of the engineer who looks.
    Mine,
    /// What waits for a manager's answer.
    NeedsManager,
    /// What waits for a customer's answer.
    WithCustomer,
    /// What is approved or live, of every customer.
    Granted,
    /// Everything, the newest first.
    All,
}

impl ListView {
    /// The views of a tenant's list.
    pub const OF_A_TENANT: [Self; 3] = [Self::NeedsAction, Self::Active, Self::All];
    /// The views of the queue for an engineer, who sees only their own.
    pub const OF_AN_ENGINEER: [Self; 2] = [Self::Mine, Self::All];
    /// The views of the queue for whoever sees everybody's.
    pub const OF_THE_PROVIDER: [Self; 4] = [
        Self::NeedsManager,
        Self::WithCustomer,
        Self::Granted,
        Self::All,
    ];
    /// The same for somebody who is an engineer besides.
    pub const OF_THE_PROVIDER_AND_MINE: [Self; 5] = [
        Self::Mine,
        Self::NeedsManager,
        Self::WithCustomer,
        Self::Granted,
        Self::All,
    ];

    /// The value of `view` in the address.
    #[must_use]
    pub const fn key(self) -> &'static str {
        match self {
            Self::NeedsAction => "needs-action",
            Self::Active | Self::Granted => "active",
            Self::Mine => "mine",
            Self::NeedsManager => "needs-manager",
            Self::WithCustomer => "with-customer",
            Self::All => "all",
        }
    }

    pub(super) const fn label(self) -> &'static str {
        match self {
            Self::NeedsAction => "Needs action",
            Self::Active => "Active access",
            Self::Mine => "Mine",
            Self::NeedsManager => "Needs manager",
            Self::WithCustomer => "With customer",
            Self::Granted => "Active",
            Self::All => "All",
        }
    }

    pub(super) const fn order(self) -> &'static str {
        match self {
            Self::Active | Self::Granted => "the soonest end first",
            Self::All => "the newest first",
            _ => "the soonest deadline first",
        }
    }

    pub(super) const fn deadline_heading(self) -> &'static str {
        match self {
            Self::NeedsAction => "Decide by",
            Self::Active => "Access ends",
            Self::All => "Decide by / Access ends",
            _ => "Deadline",
        }
    }

    /// What stands there where it has no rows.
    pub(super) const fn empty(self) -> &'static str {
        match self {
            Self::NeedsAction => "Nothing needs a decision",
            Self::Active => "Nobody has access",
            Self::Mine => "You have no open requests",
            Self::NeedsManager => "Nothing waits for a manager",
            Self::WithCustomer => "Nothing waits for a customer",
            Self::Granted => "Nothing is approved or active",
            Self::All => "No match",
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
    /// The customer's name; nothing in a customer's own list.
    pub customer: Option<String>,
    /// The service's name.
    pub service: String,
    /// The engineer's name.
    pub requested_by: String,
    /// When it was filed.
    pub requested: When,
    /// What time decides next.
    pub deadline: Option<Deadline>,
}
