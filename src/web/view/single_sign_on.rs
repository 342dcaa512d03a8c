//! Single sign-on: the way in, and the setting.

use askama::Template;

use super::badge::Badge;
use super::field::{CodeField, ErrorSummary, Field, code_error};
use super::shell::Shell;
use super::when::When;

/// `GET /sign-in/sso`: which organisation, and then the link on. No form of ours leads to another site.
#[derive(Clone, Debug, Template)]
#[template(path = "organisation.html")]
pub struct OrganisationPage {
    /// The frame, with nobody in it.
    pub shell: Shell,
    /// The organisation's key, as it was typed.
    pub organisation: Field,
    /// The way on, once an organisation was named.
    pub on: Option<String>,
    /// The path to land on afterwards.
    pub next: String,
}

impl OrganisationPage {
    fn errors(&self) -> ErrorSummary<'_> {
        ErrorSummary::of([("organisation", self.organisation.error.as_deref())])
    }
}

/// `GET` and `POST /settings/single-sign-on`.
#[derive(Clone, Debug, Template)]
#[template(path = "single-sign-on.html")]
pub struct SingleSignOnPage {
    /// The frame.
    pub shell: Shell,
    /// How far it is.
    pub stage: SignOnStage,
    /// Where people of the organisation begin.
    pub start: String,
    /// Where the identity provider sends them back to.
    pub way_back: String,
    /// The identity provider.
    pub issuer: Field,
    /// What this portal is called there.
    pub client_id: Field,
    /// What it proves itself with. Never shown.
    pub secret: Field,
    /// Whether there is one already.
    pub has_secret: bool,
    /// The claim with the groups.
    pub claim: Field,
    /// A group and a role on each line.
    pub groups: Field,
    /// A value of `acr` on each line.
    pub strong: Field,
    /// The roles that groups can give, in words.
    pub roles: String,
    /// Whether whoever looks may change it.
    pub may_change: bool,
    /// The field for a stale second factor.
    pub code: Option<CodeField>,
    /// What is wrong with the whole.
    pub problem: Option<String>,
}

/// How far single sign-on is.
#[derive(Clone, Copy, Debug)]
pub enum SignOnStage {
    /// Nothing is set.
    NotSet,
    /// It is set, and nobody tried it.
    Untested,
    /// It works.
    Tested,
    /// It signs people in, since then.
    On(When),
}

impl SingleSignOnPage {
    fn errors(&self) -> ErrorSummary<'_> {
        let fields = [
            ("issuer", &self.issuer),
            ("client_id", &self.client_id),
            ("secret", &self.secret),
            ("claim", &self.claim),
            ("groups", &self.groups),
            ("strong", &self.strong),
        ];
        let code = ("verification_code", code_error(self.code.as_ref()));
        let fields = fields.map(|(id, field)| (id, field.error.as_deref()));
        ErrorSummary::of(fields.into_iter().chain([code])).and(self.problem.as_deref())
    }

    const fn badge(&self) -> Badge {
        match self.stage {
            SignOnStage::On(_) => Badge::On,
            _ => Badge::Off,
        }
    }

    const fn is_set(&self) -> bool {
        !matches!(self.stage, SignOnStage::NotSet)
    }

    const fn is_on(&self) -> bool {
        matches!(self.stage, SignOnStage::On(_))
    }

    const fn is_tested(&self) -> bool {
        matches!(self.stage, SignOnStage::Tested)
    }
}

/// `GET` and `POST /settings/single-sign-on/switch`. Sends `wanted=on` or `wanted=off`.
#[derive(Clone, Debug, Template)]
#[template(path = "switch-sign-on.html")]
pub struct SwitchSignOnPage {
    /// The frame.
    pub shell: Shell,
    /// Whether it is on now.
    pub on: bool,
    /// The identity provider.
    pub issuer: String,
    /// Whether its groups give roles.
    pub gives_roles: bool,
    /// How long turning it on waits first, such as "24 hours"; nothing where it is done at once.
    pub delay: Option<String>,
    /// The field for a stale second factor.
    pub code: Option<CodeField>,
    /// What is wrong with the whole.
    pub problem: Option<String>,
}

impl SwitchSignOnPage {
    fn errors(&self) -> ErrorSummary<'_> {
        ErrorSummary::of([("verification_code", code_error(self.code.as_ref()))])
            .and(self.problem.as_deref())
    }
}
