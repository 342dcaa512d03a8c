//! Security > Where you are signed in.

use askama::Template;

use super::shell::Shell;
use super::when::When;

/// `GET /security/sessions`. Ending one posts its `session` to `/security/sessions/end`.
#[derive(Clone, Debug, Template)]
#[template(path = "sessions.html")]
pub struct SessionsPage {
    /// The frame.
    pub shell: Shell,
    /// The sessions that have not ended, this one first.
    pub sessions: Vec<SessionRow>,
    /// The zone of every time in the table.
    pub zone: String,
}

impl SessionsPage {
    fn others(&self) -> usize {
        self.sessions.iter().filter(|row| !row.this).count()
    }
}

/// One session.
#[derive(Clone, Debug)]
pub struct SessionRow {
    /// The id it is named by.
    pub id: String,
    /// The browser.
    pub device: String,
    /// The address it began at.
    pub address: Option<String>,
    /// When it began.
    pub since: When,
    /// When it was last used, to the minute.
    pub used: When,
    /// Whether it is the one that shows the page.
    pub this: bool,
    /// Whether only the password was shown.
    pub half: bool,
}
