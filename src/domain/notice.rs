//! Notices: which facts are told by mail, to whom, and what such a mail needs to know.

use chrono_tz::Tz;
use serde::{Deserialize, Serialize};

use super::entitlement::Entitlement;
use super::fact::{Endorsed, Fact, Verdict};
use super::id::{PersonId, Reference};
use super::lockbox::Limits;
use super::notification_setting::NotificationSetting;
use super::one_time_link::{Enclosed, LinkKind};
use super::person::{Person, Role, Side};
use super::request::state::WaitingFor;
use super::request::{Basis, Request, State};
use super::text::{EmailAddress, Issuer, Line, Slug};
use super::time::{Minutes, Moment};
use super::weakening::{Delay, Weakening};
use super::webhook::Why;

/// What a notice says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum NoticeKind {
    /// A request waits for the customer's decision.
    ActionNeeded,
    /// It still waits.
    Reminder,
    /// Access was granted, not started.
    Approved,
    /// The request was rejected.
    Rejected,
    /// Nobody answered, or nobody started.
    Expired,
    /// The access window began.
    Started,
    /// The access window ends earlier than was said.
    Shortened,
    /// The access window ends soon.
    EndingSoon,
    /// The access window is over.
    Ended,
    /// Access was taken away.
    Revoked,
    /// The engineer took the request back.
    Withdrawn,
    /// The lockbox was turned on.
    LockboxTurnedOn,
    /// The lockbox was turned off.
    LockboxTurnedOff,
    /// Something else of the setting was changed: see [`Letter::change`].
    SettingChanged,
    /// A person of one's side came, changed or went: see [`Letter::person`].
    PersonChanged,
    /// A test, to see whether mail arrives.
    Test,
}

/// Who is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Audience {
    /// The tenant's global administrators and access approvers.
    Approvers,
    /// The engineer of the request.
    Engineer,
    /// The manager who endorsed it.
    Manager,
    /// Whoever did it, of the tenant.
    Oneself,
    /// Those who manage the people of a side.
    Administrators,
    /// The person it is about.
    Person,
    /// All of the tenant's people.
    Everybody,
}

impl NoticeKind {
    /// Every kind, in the order of a request's life.
    pub const ALL: [Self; 16] = [
        Self::ActionNeeded,
        Self::Reminder,
        Self::Approved,
        Self::Rejected,
        Self::Expired,
        Self::Started,
        Self::Shortened,
        Self::EndingSoon,
        Self::Ended,
        Self::Revoked,
        Self::Withdrawn,
        Self::LockboxTurnedOn,
        Self::LockboxTurnedOff,
        Self::SettingChanged,
        Self::PersonChanged,
        Self::Test,
    ];

    /// Who is told. Everybody concerned hears an outcome.
    #[must_use]
    pub const fn audiences(self) -> &'static [Audience] {
        match self {
            Self::ActionNeeded
            | Self::Reminder
            | Self::LockboxTurnedOn
            | Self::LockboxTurnedOff
            | Self::SettingChanged => &[Audience::Approvers],
            Self::EndingSoon => &[Audience::Approvers, Audience::Engineer],
            Self::Approved
            | Self::Rejected
            | Self::Expired
            | Self::Started
            | Self::Shortened
            | Self::Ended
            | Self::Revoked
            | Self::Withdrawn => &[Audience::Approvers, Audience::Engineer, Audience::Manager],
            Self::PersonChanged => &[
                Audience::Approvers,
                Audience::Administrators,
                Audience::Person,
            ],
            Self::Test => &[Audience::Oneself],
        }
    }

    /// Whether it only says again, or before its time, what its reader hears anyway: a tenant may do without.
    #[must_use]
    pub const fn is_reminder(self) -> bool {
        matches!(self, Self::Reminder | Self::EndingSoon)
    }

    /// Whether whoever reads it must act.
    #[must_use]
    pub const fn asks_to_act(self) -> bool {
        matches!(self, Self::ActionNeeded | Self::Reminder)
    }
}

/// Whether anybody may be told of a fact by mail. Of most nobody ever is.
#[must_use]
pub fn is_told(fact: &Fact) -> bool {
    fact.concerns().is_some() || kind_of_request(fact).is_some() || of_setting(fact).is_some()
}

/// Which notice a fact about a request calls for.
#[must_use]
pub const fn kind_of_request(fact: &Fact) -> Option<NoticeKind> {
    Some(match fact {
        Fact::RequestEndorsed(Endorsed::CustomerAsked { .. }) => NoticeKind::ActionNeeded,
        Fact::RequestEndorsed(Endorsed::Granted { .. })
        | Fact::RequestApproved {
            verdict: Verdict::Granted { .. },
            ..
        } => NoticeKind::Approved,
        Fact::RequestRejected { .. } => NoticeKind::Rejected,
        Fact::RequestExpired { .. } => NoticeKind::Expired,
        Fact::AccessStarted { .. } => NoticeKind::Started,
        Fact::AccessShortened { .. } => NoticeKind::Shortened,
        Fact::AccessEnded { .. } => NoticeKind::Ended,
        Fact::RequestRevoked { .. } => NoticeKind::Revoked,
        Fact::RequestWithdrawn | Fact::RequestWithdrawnWithCase => NoticeKind::Withdrawn,
        Fact::RequestReminded { .. } => NoticeKind::Reminder,
        Fact::AccessEndingSoon { .. } => NoticeKind::EndingSoon,
        _ => return None,
    })
}

/// The same, and who gets it. `request` is the request after the fact.
///
/// Before endorsement the tenant is told nothing, and there is no manager yet.
#[must_use]
pub fn of_request(
    fact: &Fact,
    request: &Request,
    setting: NotificationSetting,
) -> Option<(NoticeKind, Vec<Audience>)> {
    let kind = kind_of_request(fact)?;
    let hears = |audience: &Audience| match audience {
        Audience::Approvers if request.endorsement.is_none() => false,
        Audience::Approvers => setting.reminders || !kind.is_reminder(),
        Audience::Engineer
        | Audience::Oneself
        | Audience::Administrators
        | Audience::Person
        | Audience::Everybody => true,
        Audience::Manager => request.endorsement.is_some(),
    };
    let audiences = kind.audiences().iter().copied().filter(hears);
    Some((kind, audiences.collect()))
}

/// Whether this person has said already what a reminder would remind them of.
#[must_use]
pub fn has_answered(person: PersonId, request: &Request) -> bool {
    matches!(&request.state, State::AwaitingCustomer { approvals, .. } if approvals.iter().any(|a| a.person == person))
}

/// What of a tenant's setting was changed, besides the switch.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "change", rename_all = "snake_case")]
pub enum SettingChange {
    /// Newer terms were accepted.
    TermsAccepted {
        /// Their version.
        version: String,
    },
    /// The tenant accepted that it is not asked about a service.
    ServiceUncovered {
        /// The service's name.
        service: Line,
    },
    /// The tenant is asked about a service again.
    ServiceCovered {
        /// The service's name.
        service: Line,
    },
    /// The limits were changed.
    Limits(Limits),
    /// How long changes that weaken the protection wait became this.
    Delay {
        /// How long.
        delay: Delay,
    },
    /// Somebody asked for one, which waits.
    WeakeningAsked {
        /// What it does.
        what: Weakening,
        /// When it is done.
        due: Moment,
    },
    /// It was stopped.
    WeakeningStopped {
        /// What it would have done.
        what: Weakening,
    },
    /// A trial was asked for.
    TrialAsked,
    /// A trial began, or the provider changed the entitlement.
    Entitlement(Entitlement),
    /// The provider suspended the tenant.
    Suspended {
        /// Why.
        why: String,
    },
    /// The provider lets it go on.
    Resumed,
    /// Somebody was added who may decide.
    ApproverAdded {
        /// Their name.
        name: Line,
        /// Their roles.
        roles: Vec<Role>,
    },
    /// What the tenant wants of its mails became this.
    Notifications(NotificationSetting),
    /// Single sign-on was set anew. It signs nobody in before it was tried and turned on.
    SingleSignOnSet {
        /// The identity provider.
        issuer: Issuer,
    },
    /// Single sign-on was turned on or off.
    SingleSignOn {
        /// Whether it signs people in now.
        on: bool,
        /// The identity provider.
        issuer: Issuer,
    },
    /// A webhook was added: facts leave the house.
    WebhookAdded {
        /// What people call it.
        description: Line,
    },
    /// A webhook turned itself off.
    WebhookDisabled {
        /// What people call it.
        description: Line,
        /// Why.
        why: Why,
    },
    /// The provider began to make a new administrator.
    RecoveryStarted {
        /// Who will be it.
        name: Line,
        /// When.
        due: Moment,
    },
    /// That goes on.
    RecoveryReminded {
        /// Who will be it.
        name: Line,
        /// When.
        due: Moment,
    },
    /// That was stopped.
    RecoveryStopped {
        /// Whether an administrator did so by signing in.
        #[serde(default)]
        by_signing_in: bool,
    },
    /// There is a new administrator.
    RecoveryFinished,
}

impl SettingChange {
    /// Who hears of it.
    #[must_use]
    pub const fn audience(&self) -> Audience {
        match self {
            Self::RecoveryStarted { .. }
            | Self::RecoveryReminded { .. }
            | Self::RecoveryStopped { .. }
            | Self::RecoveryFinished => Audience::Everybody,
            Self::WebhookAdded { .. } | Self::WebhookDisabled { .. } => Audience::Administrators,
            _ => Audience::Approvers,
        }
    }
}

/// A person of a letter, and what became of them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AboutPerson {
    /// Their name.
    pub name: Line,
    /// What became of them.
    pub change: PersonChange,
}

/// What became of a person.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "change", rename_all = "snake_case")]
pub enum PersonChange {
    /// They were invited.
    Invited {
        /// As what.
        roles: Vec<Role>,
        /// When the invitation ends.
        until: Moment,
        /// From when they decide what is filed, where that is later.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        decides_from: Option<Moment>,
    },
    /// Their roles were changed.
    RolesChanged {
        /// The roles until then.
        before: Vec<Role>,
        /// The roles from then on.
        roles: Vec<Role>,
        /// From when they decide what is filed, where that is later.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        decides_from: Option<Moment>,
    },
    /// They were removed.
    Removed {
        /// The roles until then.
        roles: Vec<Role>,
    },
    /// Their second factors were taken away.
    SecondFactorReset,
    /// They enrolled an authenticator app.
    SecondFactorEnrolled,
    /// They added a passkey.
    PasskeyAdded {
        /// What they call it.
        called: Line,
    },
    /// They gave a passkey another name.
    PasskeyRenamed {
        /// What they call it now.
        called: Line,
    },
    /// They removed a passkey.
    PasskeyRemoved {
        /// What they called it.
        called: Line,
    },
    /// A passkey of theirs was shown that may be a copy.
    PasskeyDoubted {
        /// What they call it.
        called: Line,
    },
    /// They had recovery codes made.
    RecoveryCodesMade,
    /// They came in by a recovery code.
    RecoveryCodeUsed {
        /// How many are left.
        left: u8,
    },
    /// Somebody says they forgot their password.
    PasswordForgotten {
        /// When the link ends.
        until: Moment,
    },
    /// Somebody says they forgot their password, which lets them in no more: they come by single sign-on.
    SignsOn {
        /// The identity provider.
        issuer: Issuer,
    },
    /// They chose another password.
    PasswordChosen,
    /// An identity provider says who they are from now on.
    Linked {
        /// The identity provider.
        issuer: Issuer,
    },
    /// It says so no more.
    Unlinked {
        /// The identity provider.
        issuer: Issuer,
    },
}

/// What a fact about a person is told as: to them, and to those who manage the people of their side or decide with them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OfPerson {
    /// What became of them.
    pub change: PersonChange,
    /// Whether the others are told.
    pub tells_others: bool,
    /// Whether it concerns who decides.
    pub decides: bool,
    /// The link that goes to them.
    pub link: Option<LinkKind>,
}

/// What a fact about a person is told as. `person` is the person after the fact.
#[must_use]
pub fn of_person(fact: &Fact, person: &Person, now: Moment) -> Option<OfPerson> {
    let invited = || PersonChange::Invited {
        roles: person.role_names(),
        until: now + LinkKind::Invitation.lasts(),
        decides_from: person.decides_from(now),
    };
    let (change, others, link) = match fact {
        Fact::PersonInvited(_) => (invited(), true, Some(LinkKind::Invitation)),
        // Whoever is here already gains another way in by it.
        Fact::PersonInvitedAgain { .. } => {
            let here = person.joined.is_some();
            (invited(), here, Some(LinkKind::Invitation))
        }
        Fact::RolesChanged { before, roles, .. } => {
            let change = PersonChange::RolesChanged {
                before: before.clone(),
                roles: roles.clone(),
                decides_from: person.decides_from(now),
            };
            (change, true, None)
        }
        Fact::PersonRemoved { roles, .. } => {
            let roles = roles.clone();
            (PersonChange::Removed { roles }, true, None)
        }
        Fact::SecondFactorReset { .. } => (PersonChange::SecondFactorReset, true, None),
        Fact::SecondFactorEnrolled { .. } => (PersonChange::SecondFactorEnrolled, false, None),
        Fact::PasskeyAdded { passkey, .. } => {
            let called = passkey.called.clone();
            (PersonChange::PasskeyAdded { called }, false, None)
        }
        Fact::PasskeyRenamed(passkey) => {
            let called = passkey.called.clone();
            (PersonChange::PasskeyRenamed { called }, false, None)
        }
        Fact::PasskeyRemoved(passkey) => {
            let called = passkey.called.clone();
            (PersonChange::PasskeyRemoved { called }, false, None)
        }
        Fact::PasskeyDoubted(passkey) => {
            let called = passkey.called.clone();
            (PersonChange::PasskeyDoubted { called }, true, None)
        }
        Fact::RecoveryCodesMade { .. } => (PersonChange::RecoveryCodesMade, false, None),
        Fact::RecoveryCodeUsed { left, .. } => {
            (PersonChange::RecoveryCodeUsed { left: *left }, true, None)
        }
        Fact::PasswordForgotten {
            issuer: Some(issuer),
            ..
        } => {
            let issuer = issuer.clone();
            (PersonChange::SignsOn { issuer }, false, None)
        }
        Fact::PasswordForgotten { .. } => {
            let until = now + LinkKind::PasswordReset.lasts();
            let change = PersonChange::PasswordForgotten { until };
            (change, false, Some(LinkKind::PasswordReset))
        }
        Fact::PasswordReset { .. } | Fact::PasswordChanged { .. } => {
            (PersonChange::PasswordChosen, false, None)
        }
        Fact::PersonLinked { issuer, .. } => {
            let issuer = issuer.clone();
            (PersonChange::Linked { issuer }, false, None)
        }
        Fact::PersonUnlinked { issuer, .. } => {
            let issuer = issuer.clone();
            (PersonChange::Unlinked { issuer }, true, None)
        }
        _ => return None,
    };
    let before: &[Role] = match &change {
        PersonChange::RolesChanged { before, .. } => before,
        PersonChange::Removed { roles } => roles,
        _ => &[],
    };
    let decides = before.iter().any(|role| role.decides())
        || person.roles.iter().any(|held| held.role.decides());
    Some(OfPerson {
        change,
        tells_others: others,
        decides,
        link,
    })
}

/// Which notice a fact that is about no request calls for.
#[must_use]
pub fn of_setting(fact: &Fact) -> Option<(NoticeKind, Option<SettingChange>)> {
    let change = match fact {
        Fact::LockboxTurnedOn { .. } => return Some((NoticeKind::LockboxTurnedOn, None)),
        Fact::LockboxTurnedOff => return Some((NoticeKind::LockboxTurnedOff, None)),
        Fact::TermsAccepted { terms } => SettingChange::TermsAccepted {
            version: terms.version.clone(),
        },
        Fact::ServiceUncovered { name, .. } => SettingChange::ServiceUncovered {
            service: name.clone(),
        },
        Fact::ServiceCovered { name, .. } => SettingChange::ServiceCovered {
            service: name.clone(),
        },
        Fact::LimitsChanged(limits) => SettingChange::Limits(*limits),
        Fact::DelaySet(delay) => SettingChange::Delay { delay: *delay },
        Fact::WeakeningAsked { what, due } => SettingChange::WeakeningAsked {
            what: what.clone(),
            due: *due,
        },
        Fact::WeakeningStopped { what } => SettingChange::WeakeningStopped { what: what.clone() },
        Fact::TrialAsked => SettingChange::TrialAsked,
        Fact::TrialStarted { until } => {
            SettingChange::Entitlement(Entitlement::Trial { until: *until })
        }
        Fact::EntitlementSet { entitlement, .. } => SettingChange::Entitlement(entitlement.clone()),
        Fact::TenantSuspended { why, .. } => SettingChange::Suspended {
            why: why.to_string(),
        },
        Fact::TenantResumed { .. } => SettingChange::Resumed,
        Fact::RecoveryStarted { name, due, .. } => SettingChange::RecoveryStarted {
            name: name.clone(),
            due: *due,
        },
        Fact::RecoveryReminded { name, due, .. } => SettingChange::RecoveryReminded {
            name: name.clone(),
            due: *due,
        },
        Fact::RecoveryStopped { by_signing_in, .. } => SettingChange::RecoveryStopped {
            by_signing_in: *by_signing_in,
        },
        Fact::RecoveryFinished { .. } => SettingChange::RecoveryFinished,
        Fact::PersonAdded(added)
            if added.side != Side::Provider && added.roles.iter().any(|role| role.decides()) =>
        {
            SettingChange::ApproverAdded {
                name: added.name.clone(),
                roles: added.roles.clone(),
            }
        }
        Fact::NotificationsChanged(setting) => SettingChange::Notifications(*setting),
        Fact::SingleSignOnSet { setting, .. } => SettingChange::SingleSignOnSet {
            issuer: setting.issuer.clone(),
        },
        Fact::SingleSignOnTurnedOn { issuer, .. } => SettingChange::SingleSignOn {
            on: true,
            issuer: issuer.clone(),
        },
        Fact::SingleSignOnTurnedOff { issuer, .. } => SettingChange::SingleSignOn {
            on: false,
            issuer: issuer.clone(),
        },
        Fact::WebhookAdded { webhook, .. } => SettingChange::WebhookAdded {
            description: webhook.description.clone(),
        },
        Fact::WebhookDisabled { webhook, why } => SettingChange::WebhookDisabled {
            description: webhook.description.clone(),
            why: *why,
        },
        Fact::NotificationsTested => return Some((NoticeKind::Test, None)),
        _ => return None,
    };
    Some((NoticeKind::SettingChanged, Some(change)))
}

/// Which notice a fact calls for that the provider sets for itself.
#[must_use]
pub fn of_provider(fact: &Fact) -> Option<(NoticeKind, SettingChange)> {
    let (kind, change) = of_setting(fact)?;
    change
        .filter(|change| {
            matches!(
                change,
                SettingChange::SingleSignOn { .. } | SettingChange::SingleSignOnSet { .. }
            )
        })
        .map(|change| (kind, change))
}

/// A mail to be composed: everything it says, fixed in the transaction of the act.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Letter {
    /// What it says.
    pub kind: NoticeKind,
    /// Why this person gets it.
    pub audience: Audience,
    /// Where it goes.
    pub to: EmailAddress,
    /// Who reads it.
    pub to_name: Line,
    /// The zone they read times in.
    pub zone: Tz,
    /// When the fact was recorded.
    pub at: Moment,
    /// The tenant's name; "the provider" for its own people.
    pub tenant: Line,
    /// Who brought it about, with their roles: "Ada Ortiz (access approver)".
    pub by: String,
    /// When they asked for it, where it waited until the system did it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub asked: Option<Moment>,
    /// The request, unless it is about the setting.
    pub request: Option<AboutRequest>,
    /// What of the setting was changed, if it is about that.
    #[serde(default)]
    pub change: Option<SettingChange>,
    /// The person it is about, if it is about one.
    #[serde(default)]
    pub person: Option<AboutPerson>,
    /// The one-time link it carries.
    #[serde(default)]
    pub enclosed: Option<Enclosed>,
    /// Whether it links to the portal.
    #[serde(default = "yes")]
    pub links: bool,
    /// Size of the tenant's log with this fact in it.
    pub log_size: u64,
    /// Root of the tenant's log, in base64.
    pub log_root: String,
}

/// Letters written before there was a choice have links.
const fn yes() -> bool {
    true
}

/// The request of a letter, in words.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AboutRequest {
    /// Its reference.
    pub reference: Reference,
    /// The service's name.
    pub service: Line,
    /// What machines call it. Letters written before webhooks do not say.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub service_key: Option<Slug>,
    /// The engineer's name.
    pub engineer: Line,
    /// The endorsing manager's name.
    pub manager: Option<String>,
    /// The case: number and title.
    pub case: Option<String>,
    /// What may be touched, in people's words.
    pub scope: String,
    /// Objects and actions listed for machines, one in a string.
    pub objects: Vec<String>,
    /// The actions listed.
    pub actions: Vec<String>,
    /// Why it was filed.
    pub reason: String,
    /// How long was asked.
    pub asked: Minutes,
    /// The earlier request that it asks for more time after.
    #[serde(default)]
    pub follows: Option<Reference>,
    /// How long was granted.
    pub granted: Option<Minutes>,
    /// On what ground it was granted.
    pub basis: Option<Basis>,
    /// What the decider or revoker wrote.
    pub note: Option<String>,
    /// When it was filed.
    pub filed_at: Moment,
    /// The next deadline: to decide, to start, or the end of access.
    pub deadline: Option<Moment>,
    /// What an expired request was waiting for.
    pub waiting_for: Option<WaitingFor>,
    /// Who opened the case: "Opened by Kim Akers of Fabrikam". Letters written before cases said so
    /// have none.
    #[serde(default)]
    pub case_opened: Option<String>,
    /// Whether it is over because the case was closed.
    #[serde(default)]
    pub case_closed: bool,
    /// Whether it ended because the tenant changed its access hours.
    #[serde(default)]
    pub hours_changed: bool,
}

/// What the decider or revoker wrote in this fact.
#[must_use]
pub fn note(fact: &Fact) -> Option<String> {
    match fact {
        Fact::RequestApproved { note, .. } => note.as_ref().map(ToString::to_string),
        Fact::RequestRejected { why } | Fact::RequestRevoked { why } => Some(why.to_string()),
        _ => None,
    }
}

/// The deadline a notice names: the next one, or for an expired request the one that passed.
#[must_use]
pub const fn deadline(state: &State) -> Option<Moment> {
    match state {
        State::Expired { at, .. } => Some(*at),
        _ => state.deadline(),
    }
}

/// What was granted in a state that carries a grant.
#[must_use]
pub const fn granted(state: &State) -> Option<(Minutes, Basis)> {
    match state {
        State::Approved { grant, .. } | State::Active { grant, .. } => {
            Some((grant.duration, grant.basis))
        }
        _ => None,
    }
}
