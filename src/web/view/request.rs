//! The page of one request: the same for everybody who may see it, with other acts on it.

use askama::Template;

use super::field::{Choice, CodeField, ErrorSummary, code_error};
use super::paging::Paging;
use super::person::Person;
use super::shell::Shell;
use super::standing::{Ending, Standing};
use super::support_cases::RequestCase;
use super::tone::Tone;
use super::when::When;

/// `GET /requests/{reference}`.
#[derive(Clone, Debug, Template)]
#[template(path = "request.html")]
pub struct RequestPage {
    /// The frame.
    pub shell: Shell,
    /// `LBX-7Q2M-9XKD`.
    pub reference: String,
    /// The request's id.
    pub id: String,
    /// The version this page shows; every act sends it back.
    pub version: String,
    /// Where the request stands.
    pub standing: Standing,
    /// The tenant's name.
    pub tenant: String,
    /// The service's name.
    pub service: String,
    /// What may be touched, in the engineer's words.
    pub scope: String,
    /// The objects it is limited to; empty means the whole service.
    pub objects: Vec<String>,
    /// The actions it is limited to; empty means every action.
    pub actions: Vec<String>,
    /// Why, in the engineer's words.
    pub reason: String,
    /// The support case; nothing where the provider began by itself.
    pub case: Option<RequestCase>,
    /// Who would have the access.
    pub engineer: Person,
    /// Which manager endorsed it.
    pub manager: Option<Person>,
    /// How long was asked for: "4 hours".
    pub asked: String,
    /// When it was filed.
    pub filed: When,
    /// The earlier request that it asks for more time after.
    pub follows: Option<String>,
    /// Those that ask for more time after this one, the oldest first.
    pub followed_by: Vec<String>,
    /// An earlier request that was rejected.
    pub previous: Option<Previous>,
    /// What was approved.
    pub grant: Option<Grant>,
    /// When there was or is access.
    pub window: Option<Window>,
    /// Every fact, the newest first.
    pub timeline: Vec<Happening>,
    /// What was done under it; nothing before any access.
    pub activity: Option<Activity>,
    /// Whether the one who looks may read what the audit log says about it.
    pub reads_log: bool,
    /// Whether they may take evidence of it along.
    pub takes_evidence: bool,
    /// What the one who looks may do.
    pub acts: Acts,
    /// What kept the last act from being taken, as a whole.
    pub problem: Option<String>,
}

impl RequestPage {
    fn errors(&self) -> ErrorSummary<'_> {
        let endorse = self
            .acts
            .endorse
            .as_ref()
            .and_then(|endorse| endorse.code.as_ref());
        let start = self
            .acts
            .start
            .as_ref()
            .and_then(|start| start.code.as_ref());
        let pass = self.acts.pass.as_ref().and_then(|pass| pass.code.as_ref());
        let code = code_error(endorse.or(start).or(pass));
        ErrorSummary::of([("verification_code", code)]).and(self.problem.as_deref())
    }
}

/// What was done under a request.
#[derive(Clone, Debug)]
pub struct Activity {
    /// The last deeds, the newest first.
    pub deeds: Vec<DeedRow>,
    /// Whether there are more.
    pub more: bool,
}

/// One thing that was done.
#[derive(Clone, Debug)]
pub struct DeedRow {
    /// When it happened.
    pub when: When,
    /// What was done.
    pub action: String,
    /// To what.
    pub object: Option<String>,
    /// How it is known: "Allowed by Lockbox, asked by gate".
    pub known: String,
    /// Whether it happened before the access began or after it ended.
    pub outside: bool,
    /// The place of the entry of the log that seals it.
    pub sealed_in: Option<u64>,
}

/// `GET /requests/{reference}/activity`.
#[derive(Clone, Debug, Template)]
#[template(path = "activity.html")]
pub struct ActivityPage {
    /// The frame.
    pub shell: Shell,
    /// `LBX-7Q2M-9XKD`.
    pub reference: String,
    /// The zone of the times in the table.
    pub zone: String,
    /// The deeds of this page, the newest first.
    pub deeds: Vec<DeedRow>,
    /// Whether the one who looks may read the entries of the log.
    pub reads_log: bool,
    /// The way to the other pages.
    pub paging: Paging,
}

/// An earlier request of the same engineer for the same that was rejected.
#[derive(Clone, Debug)]
pub struct Previous {
    /// Its reference.
    pub reference: String,
    /// Who rejected it.
    pub by: Person,
    /// When it was rejected.
    pub rejected: When,
    /// Why, in the words of who rejected it.
    pub reason: String,
}

/// What was approved.
#[derive(Clone, Debug)]
pub struct Grant {
    /// For how long: "2 hours".
    pub duration: String,
    /// On what it rests: "Approved by Ana Silva, access approver", "Customer Lockbox is off".
    pub basis: String,
}

/// When there was or is access.
#[derive(Clone, Debug)]
pub struct Window {
    /// The start.
    pub since: When,
    /// The end: still to come, or past.
    pub until: When,
}

/// One line of the timeline.
#[derive(Clone, Debug)]
pub struct Happening {
    /// When.
    pub when: When,
    /// What happened, in a few words: "Endorsed".
    pub what: String,
    /// Who did it.
    pub who: Person,
    /// The note or the reason given with it.
    pub note: Option<String>,
    /// How it is meant.
    pub tone: Tone,
}

/// What the one who looks may do. Whatever is empty is not on the page.
#[expect(
    clippy::struct_excessive_bools,
    reason = "each says whether one act is on the page"
)]
#[derive(Clone, Debug, Default)]
pub struct Acts {
    /// Approve or reject for the customer: the durations that can be given, the asked one chosen.
    /// Without any, only rejecting is left: for who has approved already while others must too.
    pub decide: Option<Vec<Choice>>,
    /// Endorse or reject as a support manager.
    pub endorse: Option<Endorse>,
    /// Start the approved access.
    pub start: Option<Start>,
    /// Take an access pass.
    pub pass: Option<TakePass>,
    /// End the access: "I am done".
    pub end: bool,
    /// Ask for more time, by a new request.
    pub more_time: bool,
    /// Withdraw the request.
    pub withdraw: bool,
    /// Revoke the approval or the access.
    pub revoke: bool,
    /// Why this person may not decide, and who can.
    pub who_can: Option<WhoCan>,
}

impl Acts {
    /// Whether there is anything to press.
    #[must_use]
    pub const fn any(&self) -> bool {
        self.decide.is_some()
            || self.endorse.is_some()
            || self.start.is_some()
            || self.pass.is_some()
            || self.end
            || self.more_time
            || self.withdraw
            || self.revoke
    }
}

/// The manager's act.
#[derive(Clone, Debug, Default)]
pub struct Endorse {
    /// The field for a stale second factor.
    pub code: Option<CodeField>,
}

/// The engineer's act.
#[derive(Clone, Debug)]
pub struct Start {
    /// How long the access will be: "4 hours".
    pub duration: String,
    /// When the customer's access hours end it before; nothing where they do not.
    pub ends: Option<When>,
    /// Why it cannot be started now, as sentences; nothing where it can.
    pub closed: Option<String>,
    /// The field for a stale second factor.
    pub code: Option<CodeField>,
}

/// The engineer's way to an access pass.
#[derive(Clone, Debug)]
pub struct TakePass {
    /// The field for the second factor of a session from before the access.
    pub code: Option<CodeField>,
}

/// The answer to `POST /requests/{reference}/pass`: the pass is shown this once.
#[derive(Clone, Debug, Template)]
#[template(path = "access-pass.html")]
pub struct AccessPassPage {
    /// The frame.
    pub shell: Shell,
    /// `LBX-7Q2M-9XKD`.
    pub reference: String,
    /// The request's version, for the next pass.
    pub version: String,
    /// The tenant's name.
    pub tenant: String,
    /// The service's name.
    pub service: String,
    /// The pass.
    pub text: String,
    /// Until when it lasts.
    pub until: When,
    /// When the access ends at the latest.
    pub window: When,
}

/// For those who may look and not decide.
#[derive(Clone, Debug)]
pub struct WhoCan {
    /// Why not: "This is your own request."
    pub why: String,
    /// Who can, by name and role; empty where that is not for this person to know.
    pub people: Vec<Person>,
}
