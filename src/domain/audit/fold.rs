//! Folding facts into state rows: what the rows must say if the log is true.
//!
//! The provider's log is folded first, then each tenant's. What nothing can change any more is handed out at once
//! and forgotten but for its id, so that a long log needs little memory: some 30 bytes for each request and case
//! ever made, and whole only what still lives.

mod cases;
mod factors;
mod keys;
mod people;
mod sign_on;
mod webhooks;

pub use factors::{KnownFactors, KnownPasskey};

use std::collections::{BTreeMap, HashMap, HashSet, hash_map};
use std::fmt;

use uuid::Uuid;

use super::entry::{Actor, Asked, Entry, Log};
use crate::domain::fact::{Fact, Filed, TenantEnrolled};
use crate::domain::id::{CaseId, KeyId, PassKeyId, PersonId, RequestId, TenantId, WebhookId};
use crate::domain::key::ApiKey;
use crate::domain::person::{Person, Side};
use crate::domain::request::apply::Unexplained;
use crate::domain::request::{FiledBy, Request};
use crate::domain::service::Service;
use crate::domain::single_sign_on::{IdentityLink, SignOn};
use crate::domain::support_case::{Comment, SupportCase};
use crate::domain::tenant::Tenant;
use crate::domain::text::{Issuer, Line, Slug, SubjectId};
use crate::domain::time::Moment;
use crate::domain::weakening::Pending;
use crate::domain::webhook::Webhook;

/// What an id names.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Kind {
    /// A tenant.
    Tenant,
    /// A service.
    Service,
    /// A person of either side.
    Person,
    /// A passkey of somebody.
    Passkey,
    /// An API key.
    ApiKey,
    /// A support case.
    SupportCase,
    /// A comment of a support case.
    CaseComment,
    /// A data access request.
    Request,
    /// A setting of single sign-on.
    SignOn,
    /// A key that signs access passes.
    PassKey,
    /// A webhook.
    Webhook,
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Tenant => "tenant",
            Self::Service => "service",
            Self::Person => "person",
            Self::Passkey => "passkey",
            Self::ApiKey => "API key",
            Self::SupportCase => "support case",
            Self::CaseComment => "comment",
            Self::Request => "request",
            Self::SignOn => "single sign-on",
            Self::PassKey => "pass key",
            Self::Webhook => "webhook",
        })
    }
}

/// Why an entry cannot stand where it stands. Each reads on after "entry 7: ".
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Misfit {
    /// The text names another log.
    #[error("the text belongs to another log")]
    OtherLog,
    /// The text names another place.
    #[error("the text belongs to another place of the log")]
    OtherPlace,
    /// Time in a log never goes back.
    #[error("older than the entry before")]
    OlderThanBefore,
    /// Nobody had asked for it then, or the system did not do it.
    #[error("nobody had asked for {0} as it says")]
    NotAsked(&'static str),
    /// A tenant's log begins with its enrolment.
    #[error("the log does not begin with the tenant's enrolment")]
    NotBegun,
    /// The act is none of this log's.
    #[error("the act {0} does not belong in this log")]
    WrongLog(&'static str),
    /// The fact and its entry name different requests, or one of them none.
    #[error("it does not name the request that its fact is about")]
    OtherRequest,
    /// An id was used before.
    #[error("the id of the {0} {1} was used before")]
    UsedTwice(Kind, Uuid),
    /// Nothing made what it names.
    #[error("it names the {0} {1}, which no entry before made")]
    Unknown(Kind, Uuid),
    /// What it names belongs to another log.
    #[error("it names the {0} {1}, which belongs to another log")]
    Elsewhere(Kind, Uuid),
    /// The request's state was final already.
    #[error("the request {0} was settled before")]
    Settled(RequestId),
    /// The support case was closed, or was not such that this could follow.
    #[error("the support case {1} cannot be followed by {0}")]
    Case(&'static str, CaseId),
    /// The fact cannot follow on the request's state.
    #[error(transparent)]
    Unexplained(#[from] Unexplained),
    /// The copy in a tenant's log differs from the provider's fact.
    #[error("it is not what the provider's log says")]
    OtherThanProviders,
    /// An act of the provider that touches the tenant is not in its log.
    #[error("the log does not say that {0}, which the provider's log says")]
    NotTold(String),
    /// Only a named person of the tenant switches its lockbox, off only what is on, and on only with an entitlement.
    #[error("the lockbox cannot be switched so")]
    Switch,
    /// The person was not such that this could follow, or they may not do it to themselves.
    #[error("the person {1} cannot be changed so by {0}")]
    Person(&'static str, PersonId),
    /// They were not such that this could follow, or somebody else did it.
    #[error("the second factors of the person {1} cannot be changed so by {0}")]
    Factors(&'static str, PersonId),
    /// The subject is another person's.
    #[error("it gives the person {0} a subject of an identity provider that is another person's")]
    SubjectOfAnother(PersonId),
    /// The key was not such that this could follow, or is none of this log's.
    #[error("the API key {1} cannot be changed so by {0}")]
    Key(&'static str, KeyId),
    /// The setting was not such that this could follow, or nobody who may change it did.
    #[error("the setting cannot be changed so by {0}")]
    Setting(&'static str),
}

/// A person as the facts make them. Digests stand for the credentials.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KnownPerson {
    /// The person.
    pub person: Person,
    /// SHA-256 of the stored password hash, in hex, if they have a password.
    pub password_sha256: Option<String>,
    /// SHA-256 of the sealed second factor, in hex, if they have one.
    pub second_factor_sha256: Option<String>,
    /// Passkeys and recovery codes.
    pub factors: KnownFactors,
}

/// An API key as the facts make it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KnownKey {
    /// The key.
    pub key: ApiKey,
    /// SHA-256 of its secret, in hex.
    pub secret_sha256: String,
    /// When it was revoked, if it was.
    pub revoked_at: Option<Moment>,
}

/// What nothing can change any more, to be compared with its row and forgotten.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Settled {
    /// A request in a final state.
    Request(Box<Request>),
    /// A closed support case.
    SupportCase(Box<SupportCase>),
    /// A comment of a support case.
    CaseComment(Box<Comment>),
}

/// What a log leaves at its end, to be compared with its rows.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Remaining {
    /// The tenant, after its own log.
    pub tenant: Option<Tenant>,
    /// Every service, after the provider's log.
    pub services: Vec<Service>,
    /// The people of this side.
    pub people: Vec<KnownPerson>,
    /// What identity providers call them.
    pub links: Vec<IdentityLink>,
    /// The side's single sign-on.
    pub sign_on: Option<SignOn>,
    /// The side's webhooks.
    pub webhooks: Vec<Webhook>,
    /// The API keys of this side.
    pub keys: Vec<KnownKey>,
    /// The support cases that are open.
    pub cases: Vec<SupportCase>,
    /// Every key of access passes and from when it signs, after the provider's log. Old ones have no row any more.
    pub pass_keys: Vec<(PassKeyId, Moment)>,
    /// The requests that are not settled.
    pub requests: Vec<Request>,
}

/// The facts folded so far.
#[derive(Debug)]
pub struct Fold {
    log: Log,
    /// Counts the logs, so that an id needs four bytes to say whose it is.
    ordinal: u32,
    begun: bool,
    last_at: Option<Moment>,
    known: HashMap<Uuid, Known>,
    services: Vec<Service>,
    tenants: BTreeMap<TenantId, Enrolled>,
    keys: BTreeMap<KeyId, KnownKey>,
    pass_keys: BTreeMap<PassKeyId, Moment>,
    people: BTreeMap<PersonId, KnownPerson>,
    links: BTreeMap<PersonId, IdentityLink>,
    sign_on: Option<SignOn>,
    webhooks: BTreeMap<WebhookId, Webhook>,
    /// What people of this log were called when they were removed: before version 0020 of the tables they kept it, and an
    /// entry of that time may say later that it was taken away.
    given_up: BTreeMap<PersonId, IdentityLink>,
    /// Every subject that is somebody's of this log.
    subjects: HashMap<(Issuer, SubjectId), PersonId>,
    /// Every subject that is somebody's at the end of a log before this one. Until then it may have become free, so that
    /// another log gives it to somebody.
    held: HashSet<(Issuer, SubjectId)>,
    /// The support cases that are open.
    cases: BTreeMap<CaseId, SupportCase>,
    open: BTreeMap<RequestId, Request>,
    /// Requests with a misfit: one finding is enough, and what they should be is not known.
    doubtful: HashSet<RequestId>,
    /// The provider's acts that every tenant's log repeats, in order.
    to_all: Vec<Fact>,
    /// How many of them this log has told, and how many of those to this tenant alone.
    told: Told,
}

#[derive(Debug, Clone, Copy, Default)]
struct Told {
    to_all: usize,
    to_it: usize,
}

#[derive(Debug, Clone, Copy)]
struct Known {
    kind: Kind,
    ordinal: u32,
    /// A fact made it and another one removed it: its id stays used, and it has no row any more.
    removed: bool,
}

#[derive(Debug)]
struct Enrolled {
    fact: TenantEnrolled,
    /// The tenant as its own log makes it.
    tenant: Tenant,
    /// How many acts to all there were: only later ones are told in the tenant's log.
    before: usize,
    /// The provider's acts that its log alone repeats, in order.
    to_it: Vec<Fact>,
}

/// The ordinal of the provider's log.
const PROVIDERS: u32 = 0;

impl Default for Fold {
    fn default() -> Self {
        Self {
            log: Log::Provider,
            ordinal: PROVIDERS,
            begun: false,
            last_at: None,
            known: HashMap::new(),
            services: Vec::new(),
            tenants: BTreeMap::new(),
            keys: BTreeMap::new(),
            pass_keys: BTreeMap::new(),
            people: BTreeMap::new(),
            links: BTreeMap::new(),
            sign_on: None,
            webhooks: BTreeMap::new(),
            given_up: BTreeMap::new(),
            subjects: HashMap::new(),
            held: HashSet::new(),
            cases: BTreeMap::new(),
            open: BTreeMap::new(),
            doubtful: HashSet::new(),
            to_all: Vec::new(),
            told: Told::default(),
        }
    }
}

impl Fold {
    /// A fold that stands before the first entry of the provider's log.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Begins with a tenant's log. The provider's must have been folded before.
    pub fn enter(&mut self, tenant: TenantId) {
        self.log = Log::Tenant(tenant);
        self.ordinal = self.ordinal.saturating_add(1);
        self.begun = false;
        self.last_at = None;
        self.told = Told {
            to_all: self.tenants.get(&tenant).map_or(0, |t| t.before),
            to_it: 0,
        };
    }

    /// What a tenant is called, once its enrolment has been folded.
    #[must_use]
    pub fn tenant(&self, id: TenantId) -> Option<(&Slug, &Line)> {
        self.tenants.get(&id).map(|t| (&t.fact.key, &t.fact.name))
    }

    /// The tenants enrolled in the provider's log, by id.
    pub fn tenants(&self) -> impl Iterator<Item = TenantId> {
        self.tenants.keys().copied()
    }

    /// Whether a fact made this, and none removed it.
    #[must_use]
    pub fn made(&self, kind: Kind, id: Uuid) -> bool {
        let known = self.known.get(&id);
        known.is_some_and(|known| known.kind == kind && !known.removed)
    }

    /// Whether the entry may stand at this place, whatever its fact is: its place, its time and its actor.
    ///
    /// # Errors
    /// The first [`Misfit`].
    pub fn stands(&mut self, place: u64, entry: &Entry) -> Result<(), Misfit> {
        let first = !std::mem::replace(&mut self.begun, true);
        let before = self.last_at.replace(entry.at);
        if entry.seq != place {
            return Err(Misfit::OtherPlace);
        }
        if before.is_some_and(|before| entry.at < before) {
            return Err(Misfit::OlderThanBefore);
        }
        let enrols = matches!(entry.fact, Fact::TenantEnrolled(_));
        if first && self.log != Log::Provider && !enrols {
            return Err(Misfit::NotBegun);
        }
        match &entry.author.actor {
            Actor::Person { id, .. } => self.within_reach(Kind::Person, id.0),
            Actor::Key { id, .. } => self.within_reach(Kind::ApiKey, id.0),
            Actor::Operator { .. } | Actor::System => Ok(()),
        }
    }

    /// Folds the entry's fact in; hands out what it settled.
    ///
    /// # Errors
    /// The [`Misfit`] that keeps the fact from following.
    pub fn fold(&mut self, entry: &Entry) -> Result<Option<Settled>, Misfit> {
        if entry.log != self.log {
            return Err(Misfit::OtherLog);
        }
        if entry
            .asked
            .as_ref()
            .is_some_and(|asked| !self.waited(asked, entry))
        {
            return Err(Misfit::NotAsked(entry.fact.act()));
        }
        match self.log {
            Log::Provider => self.in_providers(entry).map(|()| None),
            Log::Tenant(tenant) => self.in_tenants(tenant, entry),
        }
    }

    /// Ends a log: what of it still lives, and what it failed to say or leaves as it cannot be.
    pub fn leave(&mut self) -> (Remaining, Vec<Misfit>) {
        let mut left = Remaining {
            people: std::mem::take(&mut self.people).into_values().collect(),
            links: std::mem::take(&mut self.links).into_values().collect(),
            sign_on: self.sign_on.take(),
            cases: std::mem::take(&mut self.cases).into_values().collect(),
            webhooks: std::mem::take(&mut self.webhooks).into_values().collect(),
            requests: std::mem::take(&mut self.open).into_values().collect(),
            ..Remaining::default()
        };
        self.doubtful.clear();
        let mut untold = Vec::new();
        self.subjects.clear();
        self.given_up.clear();
        for link in &left.links {
            let subject = (link.issuer.clone(), link.subject.clone());
            if !self.held.insert(subject) {
                untold.push(Misfit::SubjectOfAnother(link.person));
            }
        }
        match self.log {
            Log::Provider => {
                left.services.clone_from(&self.services);
                left.keys = self.keys.values().cloned().collect();
                left.pass_keys = std::mem::take(&mut self.pass_keys).into_iter().collect();
            }
            Log::Tenant(tenant) => {
                // The provider's stay: later logs name them.
                let own = self
                    .keys
                    .extract_if(.., |_, known| known.key.tenant == Some(tenant));
                left.keys = own.map(|(_, known)| known).collect();
                if let Some(enrolled) = self.tenants.get(&tenant) {
                    left.tenant = Some(enrolled.tenant.clone());
                    let to_all = self.to_all.iter().skip(self.told.to_all);
                    let to_it = enrolled.to_it.iter().skip(self.told.to_it);
                    untold.extend(to_all.chain(to_it).map(not_told));
                }
            }
        }
        (left, untold)
    }

    fn in_providers(&mut self, entry: &Entry) -> Result<(), Misfit> {
        about_no_request(entry)?;
        match &entry.fact {
            Fact::TenantEnrolled(fact) => {
                self.make(Kind::Tenant, fact.id.0)?;
                let enrolled = Enrolled {
                    tenant: Tenant::enrolled(fact),
                    fact: fact.clone(),
                    before: self.to_all.len(),
                    to_it: Vec::new(),
                };
                self.tenants.insert(fact.id, enrolled);
                Ok(())
            }
            Fact::EntitlementSet { tenant, .. }
            | Fact::TenantSuspended { tenant, .. }
            | Fact::TenantResumed { tenant }
            | Fact::RecoveryStarted { tenant, .. } => {
                let unknown = Misfit::Unknown(Kind::Tenant, tenant.0);
                let enrolled = self.tenants.get_mut(tenant).ok_or(unknown)?;
                enrolled.to_it.push(entry.fact.clone());
                Ok(())
            }
            Fact::ServiceAdded(service) => {
                self.make(Kind::Service, service.id.0)?;
                self.services.push(service.clone());
                self.to_all.push(entry.fact.clone());
                Ok(())
            }
            Fact::CoverageProposed {
                service, covered, ..
            } => {
                let unknown = Misfit::Unknown(Kind::Service, service.0);
                let mut services = self.services.iter_mut();
                let known = services.find(|known| known.id == *service);
                known.ok_or(unknown)?.covered = *covered;
                self.to_all.push(entry.fact.clone());
                Ok(())
            }
            // What was ended has facts of its own.
            Fact::DatabaseRestored { .. } => Ok(()),
            Fact::SingleSignOnSet { .. }
            | Fact::SingleSignOnTested { .. }
            | Fact::SingleSignOnTurnedOn { .. }
            | Fact::SingleSignOnTurnedOff { .. }
            | Fact::SingleSignOnSealedAnew { .. }
            | Fact::PersonLinked { .. }
            | Fact::PersonUnlinked { .. }
            | Fact::SignedInLocally { .. } => self.sign_on(Side::Provider, entry),
            fact if fact.webhook().is_some() => self.webhook(Side::Provider, entry),
            fact if fact.person().is_some() => self.person(Side::Provider, entry),
            Fact::ApiKeyIssued { .. } | Fact::ApiKeyRevoked { .. } => self.key(entry),
            Fact::PassKeyMade {
                key,
                signs_from,
                alone,
                ..
            } => {
                if *alone {
                    // A row of theirs that is there again is explained by nothing.
                    for (withdrawn, _) in std::mem::take(&mut self.pass_keys) {
                        self.known.remove(&withdrawn.0);
                    }
                }
                self.pass_keys.insert(*key, *signs_from);
                self.make(Kind::PassKey, key.0)
            }
            other => Err(Misfit::WrongLog(other.act())),
        }
    }

    fn in_tenants(&mut self, tenant: TenantId, entry: &Entry) -> Result<Option<Settled>, Misfit> {
        let fact = &entry.fact;
        match fact {
            Fact::TenantEnrolled(_)
            | Fact::EntitlementSet { .. }
            | Fact::TenantSuspended { .. }
            | Fact::TenantResumed { .. }
            | Fact::ServiceAdded(_)
            | Fact::CoverageProposed { .. }
            | Fact::RecoveryStarted { .. }
            | Fact::RecoveryReminded { .. }
            | Fact::RecoveryStopped { .. }
            | Fact::RecoveryFinished { .. }
            | Fact::ApiKeyIssued { .. }
            | Fact::ApiKeyRevoked { .. }
            | Fact::PassKeyMade { .. }
            | Fact::DatabaseRestored { .. }
            | Fact::SupportCaseRecorded(_)
            | Fact::SupportCaseOpened(_)
            | Fact::SupportCaseChanged(_)
            | Fact::SupportCaseCommented(_)
            | Fact::SupportCaseClosed { .. }
            | Fact::LockboxTurnedOn { .. }
            | Fact::LockboxTurnedOff
            | Fact::TermsAccepted { .. }
            | Fact::ServiceUncovered { .. }
            | Fact::ServiceCovered { .. }
            | Fact::LimitsChanged(_)
            | Fact::DelaySet(_)
            | Fact::WeakeningAsked { .. }
            | Fact::WeakeningStopped { .. }
            | Fact::TrialAsked
            | Fact::TrialStarted { .. }
            | Fact::NotificationsChanged(_)
            | Fact::NotificationsTested
            | Fact::ActivitySealed { .. }
            | Fact::SingleSignOnSet { .. }
            | Fact::SingleSignOnTested { .. }
            | Fact::SingleSignOnTurnedOn { .. }
            | Fact::SingleSignOnTurnedOff { .. }
            | Fact::SingleSignOnSealedAnew { .. }
            | Fact::PersonLinked { .. }
            | Fact::PersonUnlinked { .. }
            | Fact::SignedInLocally { .. } => about_no_request(entry)?,
            fact if fact.person().is_some() || fact.webhook().is_some() => {
                about_no_request(entry)?;
            }
            _ => return self.request(tenant, entry),
        }
        match fact {
            // It changes no row but those it seals, which are compared with its root.
            Fact::ActivitySealed { .. } if entry.author.actor == Actor::System => {}
            Fact::TenantEnrolled(copy) => self.enrolment(tenant, copy, entry)?,
            Fact::ServiceAdded(_) | Fact::CoverageProposed { .. } => self.tell(tenant, fact)?,
            Fact::EntitlementSet { .. }
            | Fact::TenantSuspended { .. }
            | Fact::TenantResumed { .. }
            | Fact::RecoveryStarted { .. } => {
                self.tell(tenant, fact)?;
                self.set(tenant, entry)?;
            }
            // It waited: it must be what was asked for, in its time.
            Fact::SingleSignOnTurnedOn { .. } if entry.author.actor == Actor::System => {
                self.set(tenant, entry)?;
                self.sign_on_after(Side::Tenant(tenant), entry)?;
            }
            Fact::SingleSignOnSet { .. }
            | Fact::SingleSignOnTested { .. }
            | Fact::SingleSignOnTurnedOn { .. }
            | Fact::SingleSignOnTurnedOff { .. }
            | Fact::SingleSignOnSealedAnew { .. }
            | Fact::PersonLinked { .. }
            | Fact::PersonUnlinked { .. }
            | Fact::SignedInLocally { .. } => {
                self.meets_none_that_waits(tenant, fact)?;
                self.sign_on(Side::Tenant(tenant), entry)?;
            }
            Fact::RecoveryReminded { .. }
            | Fact::RecoveryStopped { .. }
            | Fact::RecoveryFinished { .. } => {
                self.set(tenant, entry)?;
            }
            fact if fact.webhook().is_some() => self.webhook(Side::Tenant(tenant), entry)?,
            fact if fact.person().is_some() => self.person(Side::Tenant(tenant), entry)?,
            Fact::ApiKeyIssued { .. } | Fact::ApiKeyRevoked { .. } => self.key(entry)?,
            Fact::SupportCaseRecorded(_)
            | Fact::SupportCaseOpened(_)
            | Fact::SupportCaseChanged(_)
            | Fact::SupportCaseCommented(_)
            | Fact::SupportCaseClosed { .. } => return self.case(tenant, entry),
            Fact::PassKeyMade { .. } | Fact::DatabaseRestored { .. } => {
                return Err(Misfit::WrongLog(fact.act()));
            }
            _ => self.set_by_its_people(tenant, entry)?,
        }
        Ok(None)
    }

    /// Whether just this waits here, asked for by them then, and the system does it.
    fn waited(&self, asked: &Asked, entry: &Entry) -> bool {
        let Log::Tenant(tenant) = self.log else {
            return false;
        };
        entry.author.actor == Actor::System
            && self.pending(tenant).is_some_and(|pending| {
                asked.by.person() == Some(pending.asked_by)
                    && asked.at == pending.asked
                    && pending.what.fact() == entry.fact
            })
    }

    /// While a change waits, nothing changes what it is about.
    fn meets_none_that_waits(&self, tenant: TenantId, fact: &Fact) -> Result<(), Misfit> {
        match self.pending(tenant) {
            Some(pending) if pending.what.is_about_the_same_as(fact) => Err(no_such_setting(fact)),
            _ => Ok(()),
        }
    }

    /// The change that waits at a tenant.
    fn pending(&self, tenant: TenantId) -> Option<&Pending> {
        self.tenants.get(&tenant)?.tenant.pending.as_ref()
    }

    fn enrolment(
        &self,
        tenant: TenantId,
        copy: &TenantEnrolled,
        entry: &Entry,
    ) -> Result<(), Misfit> {
        if entry.seq > 0 {
            return Err(Misfit::UsedTwice(Kind::Tenant, copy.id.0));
        }
        match self.tenants.get(&tenant) {
            Some(enrolled) if enrolled.fact == *copy => Ok(()),
            _ => Err(Misfit::OtherThanProviders),
        }
    }

    /// The copies of what the provider did must be the provider's, in the same order, none left out.
    fn tell(&mut self, tenant: TenantId, copy: &Fact) -> Result<(), Misfit> {
        let (acts, told) = match (copy, self.tenants.get(&tenant)) {
            (_, None) => return Err(Misfit::OtherThanProviders),
            (Fact::ServiceAdded(_) | Fact::CoverageProposed { .. }, _) => {
                (&self.to_all, &mut self.told.to_all)
            }
            (_, Some(enrolled)) => (&enrolled.to_it, &mut self.told.to_it),
        };
        let mut ahead = acts.iter().skip(*told);
        let skipped = ahead.position(|fact| fact == copy);
        let skipped = skipped.ok_or(Misfit::OtherThanProviders)?;
        let missing = acts.get(*told).filter(|_| skipped > 0).map(not_told);
        *told += skipped + 1;
        missing.map_or(Ok(()), Err)
    }

    fn set_by_its_people(&mut self, tenant: TenantId, entry: &Entry) -> Result<(), Misfit> {
        let by = &entry.author.actor;
        let known = by.person().map(|person| self.people.contains_key(&person));
        // The system does what was asked for and waited; whether it did is the tenant's to say.
        if !known.unwrap_or(matches!(by, Actor::System)) {
            return Err(no_such_setting(&entry.fact));
        }
        self.set(tenant, entry)?;
        match &entry.fact {
            Fact::LockboxTurnedOn { uncovered, .. } => uncovered
                .iter()
                .try_for_each(|service| self.providers_own(Kind::Service, service.0)),
            Fact::ServiceUncovered { service, .. } => self.providers_own(Kind::Service, service.0),
            _ => Ok(()),
        }
    }

    fn set(&mut self, tenant: TenantId, entry: &Entry) -> Result<(), Misfit> {
        let unknown = Misfit::Unknown(Kind::Tenant, tenant.0);
        let enrolled = self.tenants.get_mut(&tenant).ok_or(unknown)?;
        let (fact, by) = (&entry.fact, &entry.author.actor);
        let next = enrolled.tenant.apply(fact, by, entry.at);
        enrolled.tenant = next.map_err(|_| no_such_setting(fact))?;
        Ok(())
    }

    fn request(&mut self, tenant: TenantId, entry: &Entry) -> Result<Option<Settled>, Misfit> {
        let id = entry.request.ok_or(Misfit::OtherRequest)?;
        if let Fact::RequestFiled(filed) = &entry.fact {
            return self.file(tenant, id, filed, entry.at).map(|()| None);
        }
        if self.doubtful.contains(&id) {
            return Ok(None);
        }
        let Some(request) = self.open.remove(&id) else {
            return match self.own(Kind::Request, id.0) {
                Ok(()) => Err(Misfit::Settled(id)),
                Err(misfit) => {
                    self.doubtful.insert(id);
                    Err(misfit)
                }
            };
        };
        let applied = request.apply(&entry.fact, &entry.author.actor, entry.at);
        let next = applied.inspect_err(|_| {
            self.doubtful.insert(id);
        })?;
        if next.state.is_final() {
            return Ok(Some(Settled::Request(Box::new(next))));
        }
        self.open.insert(id, next);
        Ok(None)
    }

    fn file(
        &mut self,
        tenant: TenantId,
        id: RequestId,
        filed: &Filed,
        at: Moment,
    ) -> Result<(), Misfit> {
        if filed.id != id {
            return Err(Misfit::OtherRequest);
        }
        self.make(Kind::Request, id.0)?;
        self.open.insert(id, Request::filed(filed, at));
        if filed.tenant != tenant {
            return Err(Misfit::Elsewhere(Kind::Tenant, filed.tenant.0));
        }
        self.providers_own(Kind::Service, filed.service.0)?;
        self.providers_own(Kind::Person, filed.engineer.0)?;
        if let Some(case) = filed.case {
            self.open_case("request.filed", case)?;
        }
        if let FiledBy::Key {
            key,
            owner,
            made_by,
        } = filed.filed_by
        {
            let known = self.keys.get(&key).map(|known| &known.key);
            let known = known.filter(|known| known.owner == owner && known.made_by == made_by);
            let known = known.ok_or(Misfit::Unknown(Kind::ApiKey, key.0))?;
            if !known.bounds.covers(filed.tenant, filed.service) {
                return Err(Misfit::Elsewhere(Kind::ApiKey, key.0));
            }
        }
        Ok(())
    }

    fn make(&mut self, kind: Kind, id: Uuid) -> Result<(), Misfit> {
        let ordinal = self.ordinal;
        match self.known.entry(id) {
            hash_map::Entry::Occupied(_) => Err(Misfit::UsedTwice(kind, id)),
            hash_map::Entry::Vacant(free) => {
                free.insert(Known {
                    kind,
                    ordinal,
                    removed: false,
                });
                Ok(())
            }
        }
    }

    /// A fact removed it.
    fn forget(&mut self, id: Uuid) {
        if let Some(known) = self.known.get_mut(&id) {
            known.removed = true;
        }
    }

    fn own(&self, kind: Kind, id: Uuid) -> Result<(), Misfit> {
        self.of(kind, id, |ordinal| ordinal == self.ordinal)
    }

    fn providers_own(&self, kind: Kind, id: Uuid) -> Result<(), Misfit> {
        self.of(kind, id, |ordinal| ordinal == PROVIDERS)
    }

    fn within_reach(&self, kind: Kind, id: Uuid) -> Result<(), Misfit> {
        self.of(kind, id, |ordinal| {
            ordinal == self.ordinal || ordinal == PROVIDERS
        })
    }

    fn of(&self, kind: Kind, id: Uuid, fits: impl Fn(u32) -> bool) -> Result<(), Misfit> {
        match self.known.get(&id) {
            Some(known) if known.kind == kind && !known.removed => {
                if fits(known.ordinal) {
                    Ok(())
                } else {
                    Err(Misfit::Elsewhere(kind, id))
                }
            }
            _ => Err(Misfit::Unknown(kind, id)),
        }
    }
}

const fn no_such_setting(fact: &Fact) -> Misfit {
    match fact {
        Fact::LockboxTurnedOn { .. } | Fact::LockboxTurnedOff => Misfit::Switch,
        other => Misfit::Setting(other.act()),
    }
}

fn not_told(fact: &Fact) -> Misfit {
    Misfit::NotTold(match fact {
        Fact::ServiceAdded(service) => format!("the service {} was added", service.key),
        other => format!("the provider did {}", other.act()),
    })
}

fn about_no_request(entry: &Entry) -> Result<(), Misfit> {
    match entry.request {
        None => Ok(()),
        Some(_) => Err(Misfit::OtherRequest),
    }
}

#[cfg(test)]
mod tests {
    use chrono::{DateTime, TimeDelta};
    use chrono_tz::Tz;

    use super::*;
    use crate::domain::audit::entry::Author;
    use crate::domain::id::ServiceId;
    use crate::domain::lockbox::Limits;
    use crate::domain::support_case::CaseOpened;

    const fn id(n: u128) -> Uuid {
        Uuid::from_u128(n)
    }

    fn enrolled(n: u128) -> Fact {
        Fact::TenantEnrolled(TenantEnrolled {
            id: TenantId(id(n)),
            key: Slug::parse(&format!("tenant-{n}")).unwrap(),
            name: Line::parse("Fabrikam").unwrap(),
            zone: Tz::UTC,
            limits: Limits::default(),
            entitlement: None,
        })
    }

    fn service(n: u128) -> Service {
        Service {
            id: ServiceId(id(n)),
            key: Slug::parse(&format!("service-{n}")).unwrap(),
            name: Line::parse("Teams").unwrap(),
            covered: true,
        }
    }

    fn case(n: u128, tenant: u128) -> Fact {
        Fact::SupportCaseRecorded(CaseOpened {
            id: crate::domain::id::CaseId(id(n)),
            tenant: TenantId(id(tenant)),
            number: Line::parse("4711").unwrap(),
            title: Line::parse("Meetings vanish").unwrap(),
            description: None,
        })
    }

    fn entry(log: Log, seq: u64, fact: Fact) -> Entry {
        Entry {
            log,
            seq,
            at: DateTime::UNIX_EPOCH + TimeDelta::seconds(i64::try_from(seq).unwrap()),
            author: Author::local(Actor::System),
            asked: None,
            request: None,
            fact,
        }
    }

    /// The provider's log of two tenants, then inside the first one's.
    fn begun() -> (Fold, Log) {
        let mut fold = Fold::new();
        let facts = [enrolled(1), enrolled(2), Fact::ServiceAdded(service(3))];
        for (seq, fact) in (0..).zip(facts) {
            let entry = entry(Log::Provider, seq, fact);
            assert_eq!(fold.stands(seq, &entry), Ok(()));
            assert_eq!(fold.fold(&entry), Ok(None));
        }
        assert_eq!(fold.leave().0.services, [service(3)]);
        fold.enter(TenantId(id(1)));
        (fold, Log::Tenant(TenantId(id(1))))
    }

    #[test]
    fn an_entry_stands_at_its_place_and_time_after_the_enrolment() {
        let (mut fold, log) = begun();
        assert_eq!(
            fold.stands(0, &entry(log, 0, case(7, 1))),
            Err(Misfit::NotBegun)
        );
        let (mut fold, log) = begun();
        assert_eq!(fold.stands(0, &entry(log, 0, enrolled(1))), Ok(()));
        assert_eq!(
            fold.stands(1, &entry(log, 2, enrolled(1))),
            Err(Misfit::OtherPlace)
        );
        let mut back = entry(log, 2, case(7, 1));
        back.at = DateTime::UNIX_EPOCH;
        assert_eq!(fold.stands(2, &back), Err(Misfit::OlderThanBefore));
    }

    #[test]
    fn a_fact_stands_in_its_own_log() {
        let (mut fold, log) = begun();
        let other = Log::Tenant(TenantId(id(2)));
        for (entry, misfit) in [
            (entry(other, 0, enrolled(1)), Misfit::OtherLog),
            (entry(log, 0, enrolled(2)), Misfit::OtherThanProviders),
            (
                entry(log, 1, enrolled(1)),
                Misfit::UsedTwice(Kind::Tenant, id(1)),
            ),
            (
                entry(log, 1, case(7, 2)),
                Misfit::Elsewhere(Kind::Tenant, id(2)),
            ),
            (
                entry(log, 1, Fact::ServiceAdded(service(4))),
                Misfit::OtherThanProviders,
            ),
            (entry(log, 1, Fact::RequestWithdrawn), Misfit::OtherRequest),
            (entry(log, 1, Fact::LockboxTurnedOff), Misfit::Switch),
        ] {
            assert_eq!(fold.fold(&entry), Err(misfit));
        }
        let mut about = entry(log, 1, case(8, 1));
        about.request = Some(RequestId(id(9)));
        assert_eq!(fold.fold(&about), Err(Misfit::OtherRequest));
    }

    #[test]
    fn what_is_settled_is_handed_out_and_its_id_stays_used() {
        let (mut fold, log) = begun();
        assert_eq!(fold.fold(&entry(log, 1, case(7, 1))), Ok(None));
        let closing = || Fact::SupportCaseClosed {
            case: CaseId(id(7)),
            number: Line::parse("4711").unwrap(),
        };
        let settled = fold.fold(&entry(log, 2, closing())).unwrap();
        assert!(matches!(settled, Some(Settled::SupportCase(_))));
        assert_eq!(
            fold.fold(&entry(log, 3, closing())),
            Err(Misfit::Case("support_case.closed", CaseId(id(7))))
        );
        assert!(fold.made(Kind::SupportCase, id(7)) && !fold.made(Kind::Request, id(7)));
        let (_, untold) = fold.leave();
        assert_eq!(
            untold,
            [Misfit::NotTold(
                "the service service-3 was added".to_owned()
            )]
        );
        fold.enter(TenantId(id(2)));
        let other = Log::Tenant(TenantId(id(2)));
        assert_eq!(
            fold.fold(&entry(other, 1, case(7, 2))),
            Err(Misfit::UsedTwice(Kind::SupportCase, id(7)))
        );
    }

    #[test]
    fn one_finding_is_enough_for_a_request_that_nobody_filed() {
        let (mut fold, log) = begun();
        let mut about = entry(log, 1, Fact::RequestWithdrawn);
        about.request = Some(RequestId(id(9)));
        let unknown = Misfit::Unknown(Kind::Request, id(9));
        assert_eq!(fold.fold(&about), Err(unknown));
        assert_eq!(fold.fold(&about), Ok(None));
    }
}
