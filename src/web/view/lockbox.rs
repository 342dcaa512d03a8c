//! Settings > Org settings > Security & privacy > Customer Lockbox, its terms, turning it off.

use askama::Template;

use super::coverage::CoveredService;
use super::entitlement::Entitlement;
use super::field::{CodeField, ErrorSummary, Select, code_error};
use super::limits::{LimitRow, LimitsForm};
use super::person::Person;
use super::shell::Shell;
use super::when::When;

/// `GET` and `POST /settings/customer-lockbox`. Saving sends `lockbox=on`, or nothing for off.
#[derive(Clone, Debug, Template)]
#[template(path = "lockbox.html")]
pub struct LockboxPage {
    /// The frame.
    pub shell: Shell,
    /// The version of the setting that is shown.
    pub version: String,
    /// Whether the switch is on.
    pub on: bool,
    /// Whether this person can change it.
    pub changing: Changing,
    /// Who may, by name, for those who may not.
    pub administrators: Vec<Person>,
    /// The terms as they are now.
    pub terms: Terms,
    /// The acceptance that holds.
    pub accepted: Option<Acceptance>,
    /// The services for which the customer is asked, and the others.
    pub services: Vec<CoveredService>,
    /// What the tenant is entitled to.
    pub entitlement: Entitlement,
    /// Whether that allows to turn it on.
    pub may_turn_on: bool,
    /// The limits, for reading.
    pub limits: Vec<LimitRow>,
    /// The form that changes them, for those who may.
    pub limits_form: Option<LimitsForm>,
    /// When access may be started and go on, as a sentence.
    pub access_hours: String,
    /// How long changes that weaken the protection wait, as a sentence.
    pub delay: String,
    /// Who is to decide, and waits for that.
    pub new_deciders: Vec<NewDecider>,
    /// How many people can decide.
    pub deciders: usize,
    /// How many of them have a second factor of their own; the others can if single sign-on shows one.
    pub sure: usize,
    /// How many of them must.
    pub needed: usize,
    /// What kept the form from being taken.
    pub problem: Option<String>,
}

/// Somebody who is to decide, and waits for that.
#[derive(Clone, Debug)]
pub struct NewDecider {
    /// Their name.
    pub name: String,
    /// The roles that wait, in words.
    pub roles: String,
    /// What is filed after this they decide.
    pub from: When,
    /// Where to stop it, for those who may.
    pub stop: Option<String>,
}

/// Whether the one who looks can change the setting.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Changing {
    /// They can.
    Open,
    /// Only others can.
    NotYou,
    /// Nobody can while the tenant is suspended.
    Suspended,
}

impl LockboxPage {
    fn may_change(&self) -> bool {
        self.changing == Changing::Open
    }

    fn suspended(&self) -> bool {
        self.changing == Changing::Suspended
    }

    fn errors(&self) -> ErrorSummary<'_> {
        let of_limits = self.limits_form.iter().flat_map(LimitsForm::errors);
        ErrorSummary::of(of_limits).and(self.problem.as_deref())
    }

    /// Whether some of those who decide are needed whose second factor is only what single sign-on may show.
    fn relies_on_sign_on(&self) -> bool {
        self.sure < self.deciders && (self.sure < self.needed || self.sure < 2)
    }

    /// The terms are newer than those accepted.
    fn newer_terms(&self) -> bool {
        self.accepted
            .as_ref()
            .is_some_and(|accepted| accepted.sha256 != self.terms.sha256)
    }

    /// The services that the provider proposes not to ask about.
    fn proposed(&self) -> impl Iterator<Item = &CoveredService> {
        self.services.iter().filter(|service| service.proposed)
    }
}

/// `GET` and `POST /settings/customer-lockbox/terms`: reading and accepting turns the lockbox on.
#[derive(Clone, Debug, Template)]
#[template(path = "terms.html")]
pub struct TermsPage {
    /// The frame.
    pub shell: Shell,
    /// The version of the setting that is changed.
    pub version: String,
    /// The tenant's name.
    pub tenant: String,
    /// The terms.
    pub terms: Terms,
    /// The services that accepting leaves uncovered, by name.
    pub not_covered: Vec<String>,
    /// The same by id, with commas between them, as the form sends them back.
    pub uncovered: String,
    /// Whether accepting turns the lockbox on; it only renews an acceptance where it is on.
    pub turns_on: bool,
    /// Approvals not started that turning on revokes.
    pub revokes: u32,
    /// The field for a stale second factor.
    pub code: Option<CodeField>,
    /// What kept the form from being taken, as a whole.
    pub problem: Option<String>,
}

impl TermsPage {
    fn errors(&self) -> ErrorSummary<'_> {
        ErrorSummary::of([("verification_code", code_error(self.code.as_ref()))])
            .and(self.problem.as_deref())
    }
}

/// `GET` and `POST /settings/customer-lockbox/off`.
#[derive(Clone, Debug, Template)]
#[template(path = "turn-off.html")]
pub struct TurnOffPage {
    /// The frame.
    pub shell: Shell,
    /// The version of the setting that is changed.
    pub version: String,
    /// Who will be told: every administrator and approver.
    pub told: Vec<Person>,
    /// How many requests keep waiting for the customer.
    pub waiting: u32,
    /// How long it waits itself, such as "24 hours"; nothing where it is done at once.
    pub delay: Option<String>,
    /// The field for a stale second factor.
    pub code: Option<CodeField>,
    /// What kept the form from being taken, as a whole.
    pub problem: Option<String>,
}

impl TurnOffPage {
    fn errors(&self) -> ErrorSummary<'_> {
        ErrorSummary::of([("verification_code", code_error(self.code.as_ref()))])
            .and(self.problem.as_deref())
    }
}

/// `GET` and `POST /settings/customer-lockbox/protection`.
#[derive(Clone, Debug, Template)]
#[template(path = "protection.html")]
pub struct ProtectionPage {
    /// The frame.
    pub shell: Shell,
    /// How long such changes wait.
    pub delay: Select,
    /// The field for a stale second factor.
    pub code: Option<CodeField>,
    /// What kept the form from being taken, as a whole.
    pub problem: Option<String>,
}

impl ProtectionPage {
    fn errors(&self) -> ErrorSummary<'_> {
        ErrorSummary::of([
            ("delay", self.delay.error.as_deref()),
            ("verification_code", code_error(self.code.as_ref())),
        ])
        .and(self.problem.as_deref())
    }
}

/// The activation terms of the deployment.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Terms {
    /// The version: "1".
    pub version: String,
    /// The SHA-256 of the file, in hexadecimal.
    pub sha256: String,
    /// The whole text; a line break in it is one on the page.
    pub text: String,
}

/// Who accepted which terms.
#[derive(Clone, Debug)]
pub struct Acceptance {
    /// The version accepted.
    pub version: String,
    /// The SHA-256 of what was accepted, in hexadecimal.
    pub sha256: String,
    /// Who accepted.
    pub by: Person,
    /// When.
    pub at: When,
}
