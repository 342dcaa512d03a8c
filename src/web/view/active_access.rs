//! The provider's Active access.

use askama::Template;

use super::badge::Badge;
use super::deadline::Deadline;
use super::paging::Paging;
use super::shell::Shell;

/// `GET /active-access`.
#[derive(Clone, Debug, Template)]
#[template(path = "active-access.html")]
pub struct ActiveAccessPage {
    /// The frame.
    pub shell: Shell,
    /// Whether it is everybody's access; an engineer sees only their own.
    pub whole: bool,
    /// Every live access, the soonest end first.
    pub rows: Vec<AccessRow>,
    /// The zone of every time on the page.
    pub zone: String,
    /// The way on.
    pub paging: Paging,
}

/// A live access, with what the one who looks may do about it.
#[expect(
    clippy::struct_excessive_bools,
    reason = "each says whether one act is on the page"
)]
#[derive(Clone, Debug)]
pub struct AccessRow {
    /// The request.
    pub reference: String,
    /// The version this page shows.
    pub version: String,
    /// Its status: active, or active and ending soon.
    pub status: Badge,
    /// The customer's name.
    pub customer: String,
    /// The service's name.
    pub service: String,
    /// The engineer's name.
    pub engineer: String,
    /// What may be touched, in the engineer's words.
    pub scope: String,
    /// Whether that is all of the service.
    pub whole_service: bool,
    /// When it ends.
    pub deadline: Deadline,
    /// Whether that is 15 minutes from now or less.
    pub soon: bool,
    /// Whether it is theirs to end.
    pub own: bool,
    /// Whether they can ask for more time.
    pub more_time: bool,
    /// Whether they may revoke it.
    pub may_revoke: bool,
}
