//! The mails of the demo, which no server ever sent.

use askama::Template;

use super::shell::{Link, Shell};
use super::when::When;

/// `GET /demo/mail`.
#[derive(Clone, Debug, Template)]
#[template(path = "demo-mails.html")]
pub struct DemoMailsPage {
    /// The frame.
    pub shell: Shell,
    /// The mails, the newest first.
    pub mails: Vec<DemoMailRow>,
    /// The zone of every time in the table.
    pub zone: String,
}

/// One mail in the list.
#[derive(Clone, Debug)]
pub struct DemoMailRow {
    /// The mail's page.
    pub href: String,
    /// The subject.
    pub subject: String,
    /// The recipient.
    pub to: String,
    /// When it was sent.
    pub when: When,
}

/// `GET /demo/mail/{name}`.
#[derive(Clone, Debug, Template)]
#[template(path = "demo-mail.html")]
pub struct DemoMailPage {
    /// The frame.
    pub shell: Shell,
    /// The subject.
    pub subject: String,
    /// The recipient.
    pub to: String,
    /// When it was sent.
    pub when: When,
    /// The text part.
    pub text: String,
    /// The links in it that lead into this portal.
    pub links: Vec<Link>,
}
