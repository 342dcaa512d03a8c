//! The provider's Queue.

use askama::Template;

use super::badge::Badge;
use super::deadline::Deadline;
use super::shell::Shell;
use super::when::When;

/// `GET /queue`.
#[derive(Clone, Debug, Template)]
#[template(path = "queue.html")]
pub struct QueuePage {
    /// The frame.
    pub shell: Shell,
    /// The engineer's own open requests; nothing for those who file none.
    pub mine: Option<Vec<QueueRow>>,
    /// Whether this person sees everybody's requests; an engineer sees only their own.
    pub whole: bool,
    /// What a manager must answer, the soonest deadline first.
    pub needs_manager: Vec<QueueRow>,
    /// What the customers must answer.
    pub with_customer: Vec<QueueRow>,
    /// What is approved or live.
    pub active: Vec<QueueRow>,
    /// How many rows a section shows at most, where one was cut.
    pub cut: Option<u32>,
    /// Mails that were refused for good or could not be delivered for three days.
    pub lost: Vec<LostMail>,
    /// The zone of every time on the page.
    pub zone: String,
}

impl QueuePage {
    fn sections(&self) -> Vec<Section<'_>> {
        let mut sections = Vec::with_capacity(4);
        if let Some(mine) = &self.mine {
            sections.push(Section::new(
                "mine",
                "Mine",
                "You have no open requests.",
                mine,
            ));
        }
        if !self.whole {
            return sections;
        }
        sections.extend([
            Section::new(
                "manager",
                "Needs manager",
                "Nothing waits for a manager.",
                &self.needs_manager,
            ),
            Section::new(
                "customer",
                "With customer",
                "Nothing waits for a customer.",
                &self.with_customer,
            ),
            Section::new("active", "Active", "Nobody has access.", &self.active),
        ]);
        sections
    }
}

struct Section<'a> {
    id: &'static str,
    heading: &'static str,
    empty: &'static str,
    rows: &'a [QueueRow],
}

impl<'a> Section<'a> {
    const fn new(
        id: &'static str,
        heading: &'static str,
        empty: &'static str,
        rows: &'a [QueueRow],
    ) -> Self {
        Self {
            id,
            heading,
            empty,
            rows,
        }
    }
}

/// One request in the queue.
#[derive(Clone, Debug)]
pub struct QueueRow {
    /// The request.
    pub reference: String,
    /// Its status.
    pub status: Badge,
    /// The tenant's name.
    pub tenant: String,
    /// The service's name.
    pub service: String,
    /// The engineer's name.
    pub engineer: String,
    /// What time decides next.
    pub deadline: Deadline,
}

/// A mail that was given up.
#[derive(Clone, Debug)]
pub struct LostMail {
    /// The request it was about; nothing where it was about a setting.
    pub reference: Option<String>,
    /// What it was, without an address: "Action needed, to Fabrikam's approvers".
    pub what: String,
    /// Why, in the mail server's words, without an address.
    pub why: String,
    /// When it was given up.
    pub given_up: When,
}
