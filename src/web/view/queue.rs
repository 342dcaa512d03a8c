//! The provider's Queue.

use askama::Template;

use super::requests::{ListView, RequestList};
use super::shell::Shell;
use super::when::When;

/// `GET /queue`.
#[derive(Clone, Debug, Template)]
#[template(path = "queue.html")]
pub struct QueuePage {
    /// The frame.
    pub shell: Shell,
    /// The list.
    pub list: RequestList,
    /// Mails that were refused for good or could not be delivered for three days.
    pub lost: Vec<LostMail>,
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
