//! A tenant's Home: what needs a decision, what is open, what happened.

use askama::Template;

use super::deadline::Deadline;
use super::person::Person;
use super::shell::{Link, Shell};
use super::when::When;

/// `GET /`.
#[derive(Clone, Debug, Template)]
#[template(path = "home.html")]
pub struct HomePage {
    /// The frame.
    pub shell: Shell,
    /// What waits for the customer, the soonest deadline first.
    pub waiting: Vec<WaitingRequest>,
    /// Whether more wait than are shown.
    pub more: bool,
    /// Whether this person may decide.
    pub may_decide: bool,
    /// Access that is live.
    pub live: Vec<LiveAccess>,
    /// Access that is approved and not started.
    pub approved: Vec<LiveAccess>,
    /// The first steps, as long as nobody has ever asked.
    pub first_steps: Option<[Step; 3]>,
    /// The setting.
    pub lockbox: LockboxStatus,
    /// The last five facts, the newest first.
    pub events: Vec<RecentEvent>,
}

/// One of the first steps of a new tenant.
#[derive(Clone, Debug)]
pub struct Step {
    /// Whether it is done.
    pub done: bool,
    /// What to do.
    pub what: &'static str,
    /// Why.
    pub why: &'static str,
    /// Where it is done, for those who may do it.
    pub link: Option<Link>,
}

/// A request that waits for an answer.
#[derive(Clone, Debug)]
pub struct WaitingRequest {
    /// The request.
    pub reference: String,
    /// The service's name.
    pub service: String,
    /// What may be touched, in the engineer's words.
    pub scope: String,
    /// Whether it is limited to no objects: the whole service.
    pub whole_service: bool,
    /// Who asks.
    pub engineer: Person,
    /// For how long: "4 hours".
    pub asked: String,
    /// When it expires.
    pub deadline: Deadline,
}

/// An access that is live, or approved and not started.
#[derive(Clone, Debug)]
pub struct LiveAccess {
    /// The request.
    pub reference: String,
    /// The service's name.
    pub service: String,
    /// Who has it.
    pub engineer: Person,
    /// Its end, or the end of the time to start it.
    pub deadline: Deadline,
    /// Whether this person may revoke it.
    pub may_revoke: bool,
}

/// The setting in short.
#[derive(Clone, Debug)]
pub struct LockboxStatus {
    /// Whether the customer is asked.
    pub on: bool,
    /// Since when, where it was ever switched.
    pub since: Option<When>,
    /// How many people can decide.
    pub deciders: u32,
    /// Whether this person may change the setting.
    pub may_change: bool,
}

/// One of the last facts.
#[derive(Clone, Debug)]
pub struct RecentEvent {
    /// When.
    pub when: When,
    /// What happened, in a few words: "Access started".
    pub what: String,
    /// Who did it.
    pub who: Person,
    /// The request it belongs to.
    pub reference: Option<String>,
}
