//! Facts: the things that happen, each worded once.
//!
//! A fact becomes the audit entry, the notices and the webhook body. It carries all that is
//! needed to make the state rows again.

use std::collections::BTreeSet;

use chrono_tz::Tz;
use serde::{Deserialize, Serialize};

use super::entitlement::Entitlement;
use super::id::{
    CaseId, KeyId, PassId, PassKeyId, PasskeyId, PersonId, Reference, RequestId, ServiceId,
    SignOnId, TenantId, WebhookId,
};
use super::key::ApiKey;
use super::lockbox::Limits;
use super::notification_setting::NotificationSetting;
use super::person::{Role, Side};
use super::request::{FiledBy, Grant, HowEnded};
use super::scope::Scope;
use super::service::Service;
use super::single_sign_on::SignOnSetting;
use super::support_case::{CaseChanged, CaseCommented, CaseOpened};
use super::terms::TermsVersion;
use super::text::{EmailAddress, Issuer, Line, Prose, Slug, SubjectId};
use super::time::{Minutes, Moment};
use super::weakening::{Delay, Weakening};
use super::webhook::{AboutWebhook, WebhookSetting, Why};

/// The act of [`Fact::AccessPassIssued`].
pub const PASS_ISSUED: &str = "access.pass_issued";
/// The act of [`Fact::DatabaseRestored`].
pub const DATABASE_RESTORED: &str = "database.restored";

/// Whether an act about a request may begin or end its access. Those it is said of wrongly cost a look, those it is not
/// said of would leave access standing.
#[must_use]
pub fn may_move_access(act: &str) -> bool {
    !matches!(
        act,
        "request.filed"
            | "request.endorsed"
            | "request.approved"
            | "request.reminded"
            | "access.ending_soon"
    )
}

/// Whether an act may make an API key, or make one worth nothing.
#[must_use]
pub fn may_move_keys(act: &str) -> bool {
    act.starts_with("api_key.") || act.starts_with("person.") || act == DATABASE_RESTORED
}

/// One thing that happened.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "act", content = "details", deny_unknown_fields)]
pub enum Fact {
    /// A tenant was enrolled, its lockbox off.
    #[serde(rename = "tenant.enrolled")]
    TenantEnrolled(TenantEnrolled),
    /// The provider said what a tenant is entitled to.
    #[serde(rename = "tenant.entitlement_set")]
    EntitlementSet {
        /// The tenant.
        tenant: TenantId,
        /// What it is entitled to from now on.
        entitlement: Entitlement,
    },
    /// The provider suspended a tenant.
    #[serde(rename = "tenant.suspended")]
    TenantSuspended {
        /// The tenant.
        tenant: TenantId,
        /// Why; the tenant reads it.
        why: Prose,
    },
    /// The provider let a suspended tenant go on.
    #[serde(rename = "tenant.resumed")]
    TenantResumed {
        /// The tenant.
        tenant: TenantId,
    },
    /// The database was restored from a backup, and what it said was live was ended.
    #[serde(rename = "database.restored")]
    DatabaseRestored {
        /// Approvals and live accesses that were revoked, each with a fact of its own.
        accesses: u64,
        /// Sessions that were ended.
        sessions: u64,
    },
    /// A service was added.
    #[serde(rename = "service.added")]
    ServiceAdded(Service),
    /// The provider proposes to cover a service, or not to. No tenant's coverage changes by it.
    #[serde(rename = "service.coverage_proposed")]
    CoverageProposed {
        /// The service.
        service: ServiceId,
        /// Its name.
        name: Line,
        /// Whether customers would be asked.
        covered: bool,
    },
    /// A person was added.
    #[serde(rename = "person.added")]
    PersonAdded(PersonAdded),
    /// A person was invited: new, or somebody who had been removed before.
    #[serde(rename = "person.invited")]
    PersonInvited(PersonInvited),
    /// An invitation was sent again, to somebody who has not come or has no way in of their own; the one before is worth
    /// nothing.
    #[serde(rename = "person.invited_again")]
    PersonInvitedAgain {
        /// Who.
        person: PersonId,
        /// Their name.
        name: Line,
    },
    /// An invited person came. Digests stand for the secrets.
    #[serde(rename = "person.joined")]
    PersonJoined {
        /// Who.
        person: PersonId,
        /// Their name.
        name: Line,
        /// SHA-256 of the stored password hash, in hex, if they chose a password.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        password_sha256: Option<String>,
        /// SHA-256 of the sealed second factor, in hex, if they enrolled an authenticator app.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        second_factor_sha256: Option<String>,
    },
    /// A person's roles were changed. Those they keep are held since when they were.
    #[serde(rename = "person.roles_changed")]
    RolesChanged {
        /// Who.
        person: PersonId,
        /// Their name.
        name: Line,
        /// The roles until then.
        before: Vec<Role>,
        /// The roles from then on.
        roles: Vec<Role>,
        /// From when a new one of them that decides counts, where that is later.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        decides_from: Option<Moment>,
    },
    /// A person was removed.
    #[serde(rename = "person.removed")]
    PersonRemoved {
        /// Who.
        person: PersonId,
        /// Their name.
        name: Line,
        /// The roles until then.
        roles: Vec<Role>,
    },
    /// Somebody else took a person's second factors away, so that they can enrol anew.
    #[serde(rename = "second_factor.reset")]
    SecondFactorReset {
        /// Whose.
        person: PersonId,
        /// Their name.
        name: Line,
    },
    /// A person without a second factor enrolled an authenticator app.
    #[serde(rename = "second_factor.enrolled")]
    SecondFactorEnrolled {
        /// Who.
        person: PersonId,
        /// Their name.
        name: Line,
        /// SHA-256 of the sealed second factor, in hex.
        second_factor_sha256: String,
    },
    /// The operator sealed a person's second factor under another server key; it is the same second factor.
    #[serde(rename = "second_factor.sealed_anew")]
    SecondFactorSealedAnew {
        /// Whose.
        person: PersonId,
        /// Their name.
        name: Line,
        /// SHA-256 of the sealed second factor, in hex.
        second_factor_sha256: String,
    },
    /// Somebody said that they forgot their password. They are sent a link.
    #[serde(rename = "password.forgotten")]
    PasswordForgotten {
        /// Whose.
        person: PersonId,
        /// Their name.
        name: Line,
        /// The identity provider, where it is their only way in; they are sent to it instead.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        issuer: Option<Issuer>,
    },
    /// A person chose a new password by that link, or their first one by an invitation when they had come already.
    #[serde(rename = "password.reset")]
    PasswordReset {
        /// Whose.
        person: PersonId,
        /// Their name.
        name: Line,
        /// SHA-256 of the stored password hash, in hex.
        password_sha256: String,
    },
    /// A person who was signed in chose another password.
    #[serde(rename = "password.changed")]
    PasswordChanged {
        /// Whose.
        person: PersonId,
        /// Their name.
        name: Line,
        /// SHA-256 of the stored password hash, in hex.
        password_sha256: String,
    },
    /// The same password as before was hashed at today's cost, when it was shown.
    #[serde(rename = "password.hashed_anew")]
    PasswordHashedAnew {
        /// Whose.
        person: PersonId,
        /// Their name.
        name: Line,
        /// SHA-256 of the stored password hash, in hex.
        password_sha256: String,
    },
    /// The provider began to make a new administrator for a tenant that lost all of its own.
    #[serde(rename = "recovery.started")]
    RecoveryStarted {
        /// The tenant.
        tenant: TenantId,
        /// Who will be its administrator.
        name: Line,
        /// Their address.
        email: EmailAddress,
        /// When they become it, if nobody of the tenant stops it.
        due: Moment,
    },
    /// People were reminded that it goes on.
    #[serde(rename = "recovery.reminded")]
    RecoveryReminded {
        /// The tenant.
        tenant: TenantId,
        /// Who will be its administrator.
        name: Line,
        /// When they become it, if nobody of the tenant stops it.
        due: Moment,
    },
    /// It was stopped.
    #[serde(rename = "recovery.stopped")]
    RecoveryStopped {
        /// The tenant.
        tenant: TenantId,
        /// Whether one of its administrators did so by signing in, and not by hand.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        by_signing_in: bool,
    },
    /// Its time was over.
    #[serde(rename = "recovery.finished")]
    RecoveryFinished {
        /// The tenant.
        tenant: TenantId,
        /// When it was due; the entry's own time is that of recording.
        due: Moment,
    },
    /// An API key was issued.
    #[serde(rename = "api_key.issued")]
    ApiKeyIssued {
        /// The key without its secret.
        key: ApiKey,
        /// SHA-256 of the secret, in hex.
        secret_sha256: String,
    },
    /// An API key was revoked: from this moment it is worth nothing.
    #[serde(rename = "api_key.revoked")]
    ApiKeyRevoked {
        /// The key.
        key: KeyId,
        /// Its name.
        name: Line,
    },
    /// A key that signs access passes was made.
    #[serde(rename = "pass_key.made")]
    PassKeyMade {
        /// Its id, the `kid` of the passes it signs.
        key: PassKeyId,
        /// Its public half, in hex.
        public_key: String,
        /// From when it signs.
        signs_from: Moment,
        /// Whether no other is believed any more.
        alone: bool,
    },
    /// A person added a passkey.
    #[serde(rename = "second_factor.passkey_added")]
    PasskeyAdded {
        /// The passkey.
        passkey: AboutPasskey,
        /// SHA-256 of the stored credential and its id, in hex.
        credential_sha256: String,
    },
    /// A person gave a passkey another name.
    #[serde(rename = "second_factor.passkey_renamed")]
    PasskeyRenamed(AboutPasskey),
    /// A person removed a passkey.
    #[serde(rename = "second_factor.passkey_removed")]
    PasskeyRemoved(AboutPasskey),
    /// A passkey's counter went back, so there may be two of it. It did not count.
    #[serde(rename = "second_factor.passkey_doubted")]
    PasskeyDoubted(AboutPasskey),
    /// A person had recovery codes made, in place of those they had.
    #[serde(rename = "second_factor.recovery_codes_made")]
    RecoveryCodesMade {
        /// Who.
        person: PersonId,
        /// Their name.
        name: Line,
        /// SHA-256 of what is stored of each, in hex.
        codes: Vec<String>,
    },
    /// A person came in by a recovery code, which is used up.
    #[serde(rename = "second_factor.recovery_code_used")]
    RecoveryCodeUsed {
        /// Who.
        person: PersonId,
        /// Their name.
        name: Line,
        /// SHA-256 of what was stored of it, in hex.
        code: String,
        /// How many are left.
        left: u8,
    },
    /// A support case became known.
    #[serde(rename = "support_case.recorded")]
    SupportCaseRecorded(CaseOpened),
    /// A support case was opened, or brought in from the provider's own system.
    #[serde(rename = "support_case.opened")]
    SupportCaseOpened(CaseOpened),
    /// What a support case is about was said anew by the provider's own system.
    #[serde(rename = "support_case.changed")]
    SupportCaseChanged(CaseChanged),
    /// Something was said in a support case.
    #[serde(rename = "support_case.commented")]
    SupportCaseCommented(CaseCommented),
    /// A support case was closed. What it ended has facts of its own.
    #[serde(rename = "support_case.closed")]
    SupportCaseClosed {
        /// The case.
        case: CaseId,
        /// Its number.
        number: Line,
    },
    /// The lockbox was turned on.
    #[serde(rename = "lockbox.turned_on")]
    LockboxTurnedOn {
        /// The terms accepted.
        terms: TermsVersion,
        /// The services accepted as not covered.
        uncovered: BTreeSet<ServiceId>,
    },
    /// The lockbox was turned off.
    #[serde(rename = "lockbox.turned_off")]
    LockboxTurnedOff,
    /// Newer terms were accepted while it was on.
    #[serde(rename = "lockbox.terms_accepted")]
    TermsAccepted {
        /// The terms accepted.
        terms: TermsVersion,
    },
    /// The tenant accepted that it is not asked about a service.
    #[serde(rename = "lockbox.service_uncovered")]
    ServiceUncovered {
        /// The service.
        service: ServiceId,
        /// Its name.
        name: Line,
    },
    /// The tenant wants to be asked about a service again.
    #[serde(rename = "lockbox.service_covered")]
    ServiceCovered {
        /// The service.
        service: ServiceId,
        /// Its name.
        name: Line,
    },
    /// How long changes that weaken the protection wait became this.
    #[serde(rename = "protection.delay_set")]
    DelaySet(Delay),
    /// Somebody asked for a change that weakens the protection. It waits.
    #[serde(rename = "protection.weakening_asked")]
    WeakeningAsked {
        /// What it does.
        what: Weakening,
        /// When it is done, if nobody stops it.
        due: Moment,
    },
    /// It was stopped.
    #[serde(rename = "protection.weakening_stopped")]
    WeakeningStopped {
        /// What it would have done.
        what: Weakening,
    },
    /// The tenant's limits were changed.
    #[serde(rename = "limits.changed")]
    LimitsChanged(Limits),
    /// The tenant asked for a trial, which the provider has to confirm.
    #[serde(rename = "trial.asked")]
    TrialAsked,
    /// The tenant took a trial.
    #[serde(rename = "trial.started")]
    TrialStarted {
        /// When it ends.
        until: Moment,
    },
    /// What the tenant wants of its mails changed.
    #[serde(rename = "notifications.changed")]
    NotificationsChanged(NotificationSetting),
    /// Somebody sent a mail to themselves, to see whether it arrives.
    #[serde(rename = "notifications.tested")]
    NotificationsTested,
    /// Single sign-on was set; it has to be tried before it can be turned on.
    #[serde(rename = "single_sign_on.set")]
    SingleSignOnSet {
        /// What is set.
        setting: SignOnSetting,
        /// SHA-256 of the sealed client secret, in hex.
        secret_sha256: String,
    },
    /// An administrator signed in with it, to try it.
    #[serde(rename = "single_sign_on.tested")]
    SingleSignOnTested {
        /// The setting that was tried.
        setting: SignOnId,
    },
    /// From now on it signs people in.
    #[serde(rename = "single_sign_on.turned_on")]
    SingleSignOnTurnedOn {
        /// The setting.
        setting: SignOnId,
        /// Its identity provider.
        issuer: Issuer,
    },
    /// From now on it signs nobody in.
    #[serde(rename = "single_sign_on.turned_off")]
    SingleSignOnTurnedOff {
        /// The setting.
        setting: SignOnId,
        /// Its identity provider.
        issuer: Issuer,
    },
    /// Its client secret is the same as before, sealed under another server key.
    #[serde(rename = "single_sign_on.sealed_anew")]
    SingleSignOnSealedAnew {
        /// The setting.
        setting: SignOnId,
        /// SHA-256 of the sealed client secret, in hex.
        secret_sha256: String,
    },
    /// An identity provider said who somebody is, and is believed from now on.
    #[serde(rename = "person.linked")]
    PersonLinked {
        /// The person.
        person: PersonId,
        /// The identity provider.
        issuer: Issuer,
        /// What it calls them.
        subject: SubjectId,
    },
    /// An administrator took away what an identity provider calls somebody: it is believed no more.
    #[serde(rename = "person.unlinked")]
    PersonUnlinked {
        /// The person.
        person: PersonId,
        /// Their name.
        name: Line,
        /// The identity provider.
        issuer: Issuer,
        /// What it called them.
        subject: SubjectId,
    },
    /// Somebody signed in with a password while single sign-on was on.
    #[serde(rename = "person.signed_in_locally")]
    SignedInLocally {
        /// The person.
        person: PersonId,
    },
    /// A webhook was added, and facts are sent to it.
    #[serde(rename = "webhook.added")]
    WebhookAdded {
        /// What is set.
        webhook: WebhookSetting,
        /// SHA-256 of the sealed secret, in hex.
        secret_sha256: String,
    },
    /// Where a webhook is, what it is called or what it wants was changed.
    #[serde(rename = "webhook.changed")]
    WebhookChanged(WebhookSetting),
    /// From now on facts are sent to it.
    #[serde(rename = "webhook.turned_on")]
    WebhookTurnedOn(AboutWebhook),
    /// From now on none are.
    #[serde(rename = "webhook.turned_off")]
    WebhookTurnedOff(AboutWebhook),
    /// It is gone.
    #[serde(rename = "webhook.removed")]
    WebhookRemoved(AboutWebhook),
    /// It has another secret; the one before signs beside it for a while.
    #[serde(rename = "webhook.secret_rotated")]
    WebhookSecretRotated {
        /// The webhook.
        webhook: AboutWebhook,
        /// SHA-256 of the sealed secret, in hex.
        secret_sha256: String,
        /// Until when the one before signs.
        former_until: Moment,
    },
    /// Its secrets are the same as before, sealed under another server key.
    #[serde(rename = "webhook.sealed_anew")]
    WebhookSealedAnew {
        /// The webhook.
        webhook: AboutWebhook,
        /// SHA-256 of the sealed secret, in hex.
        secret_sha256: String,
        /// The same of the one before it, if there is one.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        former_sha256: Option<String>,
    },
    /// Somebody sent a test to it.
    #[serde(rename = "webhook.tested")]
    WebhookTested(AboutWebhook),
    /// It turned itself off.
    #[serde(rename = "webhook.disabled")]
    WebhookDisabled {
        /// The webhook.
        webhook: AboutWebhook,
        /// Why.
        why: Why,
    },
    /// A request was filed.
    #[serde(rename = "request.filed")]
    RequestFiled(Box<Filed>),
    /// A manager endorsed it.
    #[serde(rename = "request.endorsed")]
    RequestEndorsed(Endorsed),
    /// An approver approved it.
    #[serde(rename = "request.approved")]
    RequestApproved {
        /// For how long this approver allowed it.
        duration: Minutes,
        /// What the approver wanted on record.
        note: Option<Prose>,
        /// What followed.
        verdict: Verdict,
    },
    /// It was rejected.
    #[serde(rename = "request.rejected")]
    RequestRejected {
        /// Why.
        why: Prose,
    },
    /// It was withdrawn.
    #[serde(rename = "request.withdrawn")]
    RequestWithdrawn,
    /// It was withdrawn because its support case was closed.
    #[serde(rename = "request.withdrawn_with_case")]
    RequestWithdrawnWithCase,
    /// Its deadline passed.
    #[serde(rename = "request.expired")]
    RequestExpired {
        /// The deadline; the entry's own time is that of recording.
        deadline: Moment,
    },
    /// It was revoked.
    #[serde(rename = "request.revoked")]
    RequestRevoked {
        /// Why.
        why: Prose,
    },
    /// The access window began.
    #[serde(rename = "access.started")]
    AccessStarted {
        /// Until when it lasts at most.
        until: Moment,
        /// When people are told that it ends soon.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        reminders: Vec<Moment>,
    },
    /// The tenant set access hours that end before the access window would have.
    #[serde(rename = "access.shortened")]
    AccessShortened {
        /// Until when it lasts at most from now on.
        until: Moment,
        /// When people are told that it ends soon.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        reminders: Vec<Moment>,
    },
    /// The engineer, or an operator for them, was given an access pass. It gives no access that there is not.
    #[serde(rename = "access.pass_issued")]
    AccessPassIssued {
        /// Its id.
        pass: PassId,
        /// Until when it lasts.
        until: Moment,
    },
    /// The customer was reminded that it waits for its decision.
    #[serde(rename = "request.reminded")]
    RequestReminded {
        /// The moment it was due; the entry's own time is that of sending.
        due: Moment,
        /// When it expires without the customer's answer.
        deadline: Moment,
    },
    /// People were told that the access window ends soon.
    #[serde(rename = "access.ending_soon")]
    AccessEndingSoon {
        /// The moment it was due; the entry's own time is that of sending.
        due: Moment,
        /// Until when it lasts at most.
        deadline: Moment,
    },
    /// What was done under requests since the last such entry is sealed.
    #[serde(rename = "activity.sealed")]
    ActivitySealed {
        /// How many records.
        deeds: u64,
        /// The root over them, in hex.
        root: String,
    },
    /// The access window ended.
    #[serde(rename = "access.ended")]
    AccessEnded {
        /// When; the entry's own time is that of recording.
        at: Moment,
        /// How.
        how: HowEnded,
    },
}

/// What enrolling a tenant fixes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TenantEnrolled {
    /// Its id.
    pub id: TenantId,
    /// Its key.
    pub key: Slug,
    /// Its name.
    pub name: Line,
    /// Its zone.
    pub zone: Tz,
    /// Its limits.
    pub limits: Limits,
    /// What it is entitled to. Enrolments of before there were entitlements do not say.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub entitlement: Option<Entitlement>,
}

/// What adding a person fixes. Digests stand for the secrets.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PersonAdded {
    /// Their id.
    pub id: PersonId,
    /// Their address.
    pub email: EmailAddress,
    /// Their name.
    pub name: Line,
    /// Their side.
    #[serde(flatten)]
    pub side: Side,
    /// Their roles, held from this moment.
    pub roles: Vec<Role>,
    /// The zone they read times in.
    pub zone: Tz,
    /// SHA-256 of the stored password hash, in hex.
    pub password_sha256: String,
    /// SHA-256 of the sealed second factor, in hex.
    pub second_factor_sha256: String,
}

/// What inviting a person fixes. They have nothing to sign in with before they come.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PersonInvited {
    /// Their id.
    pub id: PersonId,
    /// Their address.
    pub email: EmailAddress,
    /// Their name.
    pub name: Line,
    /// Their side.
    #[serde(flatten)]
    pub side: Side,
    /// Their roles, held from this moment.
    pub roles: Vec<Role>,
    /// From when those of them that decide count, where that is later.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub decides_from: Option<Moment>,
    /// The zone they read times in.
    pub zone: Tz,
}

/// A passkey in a fact.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AboutPasskey {
    /// Whose it is.
    pub person: PersonId,
    /// Their name.
    pub name: Line,
    /// Its id.
    pub id: PasskeyId,
    /// What its owner calls it.
    pub called: Line,
}

/// What filing a request fixes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Filed {
    /// Its id.
    pub id: RequestId,
    /// Its reference.
    pub reference: Reference,
    /// Whose content.
    pub tenant: TenantId,
    /// In which service.
    pub service: ServiceId,
    /// Who would have the access.
    pub engineer: PersonId,
    /// The engineer's name then.
    pub engineer_name: Line,
    /// Who filed it.
    pub filed_by: FiledBy,
    /// The case it belongs to.
    pub case: Option<CaseId>,
    /// Why.
    pub reason: Prose,
    /// What may be touched.
    pub scope: Scope,
    /// How long.
    pub asked: Minutes,
    /// Approvals needed then.
    pub quorum: u8,
    /// When it expires without a manager's answer.
    pub expires_at: Moment,
    /// The earlier request of the same engineer for the same tenant that it asks for more time after.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub follows: Option<Reference>,
}

/// What follows an endorsement.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "then", rename_all = "snake_case")]
pub enum Endorsed {
    /// The customer is asked.
    CustomerAsked {
        /// When it expires without the customer's answer.
        expires_at: Moment,
        /// When the customer is reminded.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        reminders: Vec<Moment>,
    },
    /// The customer need not be asked.
    Granted {
        /// What was granted, and on what ground.
        grant: Grant,
        /// When it expires unstarted.
        start_by: Moment,
    },
}

/// What follows an approval.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "then", rename_all = "snake_case")]
pub enum Verdict {
    /// It counts; more are needed.
    Counted,
    /// It was the last one needed.
    Granted {
        /// What was granted.
        grant: Grant,
        /// When it expires unstarted.
        start_by: Moment,
    },
}

impl Fact {
    /// The act as it is written in the log: `request.approved`.
    #[must_use]
    pub const fn act(&self) -> &'static str {
        match self {
            Self::TenantEnrolled(_) => "tenant.enrolled",
            Self::EntitlementSet { .. } => "tenant.entitlement_set",
            Self::TenantSuspended { .. } => "tenant.suspended",
            Self::TenantResumed { .. } => "tenant.resumed",
            Self::DatabaseRestored { .. } => DATABASE_RESTORED,
            Self::ServiceAdded(_) => "service.added",
            Self::CoverageProposed { .. } => "service.coverage_proposed",
            Self::PersonAdded(_) => "person.added",
            Self::PersonInvited(_) => "person.invited",
            Self::PersonInvitedAgain { .. } => "person.invited_again",
            Self::PersonJoined { .. } => "person.joined",
            Self::RolesChanged { .. } => "person.roles_changed",
            Self::PersonRemoved { .. } => "person.removed",
            Self::SecondFactorReset { .. } => "second_factor.reset",
            Self::SecondFactorEnrolled { .. } => "second_factor.enrolled",
            Self::SecondFactorSealedAnew { .. } => "second_factor.sealed_anew",
            Self::PasswordForgotten { .. } => "password.forgotten",
            Self::PasswordReset { .. } => "password.reset",
            Self::PasswordChanged { .. } => "password.changed",
            Self::PasswordHashedAnew { .. } => "password.hashed_anew",
            Self::RecoveryStarted { .. } => "recovery.started",
            Self::RecoveryReminded { .. } => "recovery.reminded",
            Self::RecoveryStopped { .. } => "recovery.stopped",
            Self::RecoveryFinished { .. } => "recovery.finished",
            Self::ApiKeyIssued { .. } => "api_key.issued",
            Self::ApiKeyRevoked { .. } => "api_key.revoked",
            Self::PassKeyMade { .. } => "pass_key.made",
            Self::PasskeyAdded { .. } => "second_factor.passkey_added",
            Self::PasskeyRenamed(_) => "second_factor.passkey_renamed",
            Self::PasskeyRemoved(_) => "second_factor.passkey_removed",
            Self::PasskeyDoubted(_) => "second_factor.passkey_doubted",
            Self::RecoveryCodesMade { .. } => "second_factor.recovery_codes_made",
            Self::RecoveryCodeUsed { .. } => "second_factor.recovery_code_used",
            Self::SupportCaseRecorded(_) => "support_case.recorded",
            Self::SupportCaseOpened(_) => "support_case.opened",
            Self::SupportCaseChanged(_) => "support_case.changed",
            Self::SupportCaseCommented(_) => "support_case.commented",
            Self::SupportCaseClosed { .. } => "support_case.closed",
            Self::LockboxTurnedOn { .. } => "lockbox.turned_on",
            Self::LockboxTurnedOff => "lockbox.turned_off",
            Self::TermsAccepted { .. } => "lockbox.terms_accepted",
            Self::ServiceUncovered { .. } => "lockbox.service_uncovered",
            Self::ServiceCovered { .. } => "lockbox.service_covered",
            Self::DelaySet(_) => "protection.delay_set",
            Self::WeakeningAsked { .. } => "protection.weakening_asked",
            Self::WeakeningStopped { .. } => "protection.weakening_stopped",
            Self::LimitsChanged(_) => "limits.changed",
            Self::TrialAsked => "trial.asked",
            Self::TrialStarted { .. } => "trial.started",
            Self::NotificationsChanged(_) => "notifications.changed",
            Self::NotificationsTested => "notifications.tested",
            Self::SingleSignOnSet { .. } => "single_sign_on.set",
            Self::SingleSignOnTested { .. } => "single_sign_on.tested",
            Self::SingleSignOnTurnedOn { .. } => "single_sign_on.turned_on",
            Self::SingleSignOnTurnedOff { .. } => "single_sign_on.turned_off",
            Self::SingleSignOnSealedAnew { .. } => "single_sign_on.sealed_anew",
            Self::PersonLinked { .. } => "person.linked",
            Self::PersonUnlinked { .. } => "person.unlinked",
            Self::SignedInLocally { .. } => "person.signed_in_locally",
            Self::WebhookAdded { .. } => "webhook.added",
            Self::WebhookChanged(_) => "webhook.changed",
            Self::WebhookTurnedOn(_) => "webhook.turned_on",
            Self::WebhookTurnedOff(_) => "webhook.turned_off",
            Self::WebhookRemoved(_) => "webhook.removed",
            Self::WebhookSecretRotated { .. } => "webhook.secret_rotated",
            Self::WebhookSealedAnew { .. } => "webhook.sealed_anew",
            Self::WebhookTested(_) => "webhook.tested",
            Self::WebhookDisabled { .. } => "webhook.disabled",
            Self::RequestFiled(_) => "request.filed",
            Self::RequestEndorsed(_) => "request.endorsed",
            Self::RequestApproved { .. } => "request.approved",
            Self::RequestRejected { .. } => "request.rejected",
            Self::RequestWithdrawn => "request.withdrawn",
            Self::RequestWithdrawnWithCase => "request.withdrawn_with_case",
            Self::RequestExpired { .. } => "request.expired",
            Self::RequestRevoked { .. } => "request.revoked",
            Self::AccessStarted { .. } => "access.started",
            Self::AccessShortened { .. } => "access.shortened",
            Self::AccessPassIssued { .. } => PASS_ISSUED,
            Self::RequestReminded { .. } => "request.reminded",
            Self::AccessEndingSoon { .. } => "access.ending_soon",
            Self::ActivitySealed { .. } => "activity.sealed",
            Self::AccessEnded { .. } => "access.ended",
        }
    }

    /// The person whose row it makes or changes, if it is about one.
    #[must_use]
    pub const fn person(&self) -> Option<PersonId> {
        match self {
            Self::PersonAdded(PersonAdded { id, .. })
            | Self::PersonInvited(PersonInvited { id, .. }) => Some(*id),
            Self::PersonInvitedAgain { person, .. }
            | Self::PersonJoined { person, .. }
            | Self::RolesChanged { person, .. }
            | Self::PersonRemoved { person, .. }
            | Self::SecondFactorReset { person, .. }
            | Self::SecondFactorEnrolled { person, .. }
            | Self::SecondFactorSealedAnew { person, .. }
            | Self::PasswordForgotten { person, .. }
            | Self::PasswordReset { person, .. }
            | Self::PasswordChanged { person, .. }
            | Self::PasswordHashedAnew { person, .. } => Some(*person),
            Self::PasskeyAdded { .. }
            | Self::PasskeyRenamed(_)
            | Self::PasskeyRemoved(_)
            | Self::PasskeyDoubted(_)
            | Self::RecoveryCodesMade { .. }
            | Self::RecoveryCodeUsed { .. } => self.owner_of_factor(),
            _ => None,
        }
    }

    /// The webhook it is about, if it is about one.
    #[must_use]
    pub const fn webhook(&self) -> Option<WebhookId> {
        match self {
            Self::WebhookAdded { webhook, .. } | Self::WebhookChanged(webhook) => Some(webhook.id),
            Self::WebhookTurnedOn(webhook)
            | Self::WebhookTurnedOff(webhook)
            | Self::WebhookRemoved(webhook)
            | Self::WebhookTested(webhook)
            | Self::WebhookSecretRotated { webhook, .. }
            | Self::WebhookSealedAnew { webhook, .. }
            | Self::WebhookDisabled { webhook, .. } => Some(webhook.id),
            _ => None,
        }
    }

    /// The person who is told of it, with those who manage the people of their side.
    #[must_use]
    pub const fn concerns(&self) -> Option<PersonId> {
        match self {
            Self::PersonLinked { person, .. } | Self::PersonUnlinked { person, .. } => {
                Some(*person)
            }
            _ => self.person(),
        }
    }

    /// Whether somebody has no second factor left after it.
    #[must_use]
    pub const fn takes_every_factor(&self) -> bool {
        matches!(
            self,
            Self::PersonInvited(_) | Self::PersonRemoved { .. } | Self::SecondFactorReset { .. }
        )
    }

    /// Whose passkey or recovery codes it is about, if it is about those.
    #[must_use]
    pub const fn owner_of_factor(&self) -> Option<PersonId> {
        match self {
            Self::PasskeyAdded { passkey, .. }
            | Self::PasskeyRenamed(passkey)
            | Self::PasskeyRemoved(passkey)
            | Self::PasskeyDoubted(passkey) => Some(passkey.person),
            Self::RecoveryCodesMade { person, .. } | Self::RecoveryCodeUsed { person, .. } => {
                Some(*person)
            }
            _ => None,
        }
    }

    /// The outcome in one word, for lists.
    #[must_use]
    pub const fn outcome(&self) -> &'static str {
        match self {
            Self::RequestEndorsed(Endorsed::CustomerAsked { .. }) => "customer asked",
            Self::RequestEndorsed(Endorsed::Granted { .. })
            | Self::RequestApproved {
                verdict: Verdict::Granted { .. },
                ..
            } => "granted",
            Self::RequestApproved {
                verdict: Verdict::Counted,
                ..
            } => "counted",
            _ => "done",
        }
    }
}
