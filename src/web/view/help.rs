//! Help: what the lockbox does, who decides, what happens if nobody answers.

use askama::Template;

use super::shell::Shell;

/// `GET /help`.
#[derive(Clone, Debug, Template)]
#[template(path = "help.html")]
pub struct HelpPage {
    /// The frame.
    pub shell: Shell,
    /// How long a customer has to answer: "12 hours".
    pub answer_time: String,
    /// How long an approved access can wait to be started: "4 hours".
    pub start_time: String,
    /// The longest access: "4 hours".
    pub longest_access: String,
    /// When the reader's tenant lets anybody in, where it is not at any time.
    pub access_hours: Option<String>,
}
