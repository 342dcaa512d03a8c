//! The next tenant from a fact: acts save it, and `audit verify` folds it.

use super::Tenant;
use crate::domain::audit::entry::Actor;
use crate::domain::entitlement::{Entitlement, TRIAL, Trial, trial_is_open};
use crate::domain::fact::{Fact, TenantEnrolled};
use crate::domain::id::{PersonId, ServiceId};
use crate::domain::lockbox::Lockbox;
use crate::domain::notification_setting::NotificationSetting;
use crate::domain::recovery::{RECOVERY, Recovery};
use crate::domain::time::Moment;
use crate::domain::weakening::{Delay, Pending, Weakening};

/// A fact that cannot follow on what the tenant's setting was.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the tenant's setting cannot be changed so")]
pub struct NotSo;

impl Tenant {
    /// A tenant as it is right after its enrolment: its lockbox is off.
    #[must_use]
    pub fn enrolled(fact: &TenantEnrolled) -> Self {
        let entitlement = fact.entitlement.clone().unwrap_or(Entitlement::UNSAID);
        Self {
            id: fact.id,
            key: fact.key.clone(),
            name: fact.name.clone(),
            zone: fact.zone,
            lockbox: Lockbox::Off,
            limits: fact.limits,
            trial: Trial::Offered.after(&entitlement),
            entitlement,
            suspended: None,
            recovery: None,
            delay: Delay::None,
            pending: None,
            notifications: NotificationSetting::default(),
        }
    }

    /// The tenant after one more fact.
    ///
    /// # Errors
    /// [`NotSo`] when the fact cannot follow, or is none that changes a tenant.
    pub fn apply(&self, fact: &Fact, by: &Actor, at: Moment) -> Result<Self, NotSo> {
        match fact {
            Fact::EntitlementSet { .. }
            | Fact::TenantSuspended { .. }
            | Fact::TenantResumed { .. } => self.after_provider(fact, at),
            Fact::RecoveryStarted { .. }
            | Fact::RecoveryReminded { .. }
            | Fact::RecoveryStopped { .. }
            | Fact::RecoveryFinished { .. } => self.recovering(fact, at),
            Fact::WeakeningStopped { what } => self.stopped(what),
            // Its people can read while it is suspended, and change nothing.
            _ if self.suspended.is_some() => Err(NotSo),
            _ => self.after_own(fact, by, at),
        }
    }

    fn after_provider(&self, fact: &Fact, at: Moment) -> Result<Self, NotSo> {
        let mut next = self.clone();
        let of = match (fact, self.suspended) {
            (
                Fact::EntitlementSet {
                    tenant,
                    entitlement,
                },
                _,
            ) => {
                next.trial = self.trial.after(entitlement);
                next.entitlement = entitlement.clone();
                tenant
            }
            (Fact::TenantSuspended { tenant, .. }, None) => {
                next.suspended = Some(at);
                tenant
            }
            (Fact::TenantResumed { tenant }, Some(_)) => {
                next.suspended = None;
                tenant
            }
            _ => return Err(NotSo),
        };
        if *of == self.id { Ok(next) } else { Err(NotSo) }
    }

    /// One at a time; it can be stopped until the very moment it is due.
    fn recovering(&self, fact: &Fact, at: Moment) -> Result<Self, NotSo> {
        let running = self.recovery.as_ref();
        let (of, next) = match fact {
            Fact::RecoveryStarted {
                tenant,
                name,
                email,
                due,
            } if running.is_none() && *due == at + RECOVERY => (
                tenant,
                Some(Recovery {
                    name: name.clone(),
                    email: email.clone(),
                    started: at,
                    due: *due,
                    reminded: None,
                }),
            ),
            Fact::RecoveryReminded { tenant, name, due } => {
                let goes_on =
                    |r: &&Recovery| r.name == *name && r.due == *due && r.is_to_be_reminded_of(at);
                let reminded = running.filter(goes_on).ok_or(NotSo)?.clone();
                let next = Recovery {
                    reminded: Some(at),
                    ..reminded
                };
                (tenant, Some(next))
            }
            Fact::RecoveryStopped { tenant, .. } if running.is_some() => (tenant, None),
            Fact::RecoveryFinished { tenant, due }
                if running.is_some_and(|r| r.due == *due && *due <= at) =>
            {
                (tenant, None)
            }
            _ => return Err(NotSo),
        };
        if *of != self.id {
            return Err(NotSo);
        }
        Ok(Self {
            recovery: next,
            ..self.clone()
        })
    }

    fn stopped(&self, what: &Weakening) -> Result<Self, NotSo> {
        match &self.pending {
            Some(pending) if pending.what == *what => Ok(Self {
                pending: None,
                ..self.clone()
            }),
            _ => Err(NotSo),
        }
    }

    /// What weakens the protection of a tenant that wants it to wait is asked for by a person, and done by the system when
    /// it is due. One waits at a time, and what it changes stays as it is meanwhile.
    fn after_own(&self, fact: &Fact, by: &Actor, at: Moment) -> Result<Self, NotSo> {
        if let (Some(pending), Actor::System) = (&self.pending, by) {
            if pending.what.fact() != *fact || pending.due > at {
                return Err(NotSo);
            }
            let mut next = self.changed(fact, pending.asked_by, at)?;
            next.pending = None;
            return Ok(next);
        }
        let person = by.person().ok_or(NotSo)?;
        let waits = self.delay != Delay::None && Weakening::of(fact, self).is_some();
        let pending = self.pending.as_ref();
        if waits || pending.is_some_and(|pending| pending.what.is_about_the_same_as(fact)) {
            return Err(NotSo);
        }
        self.changed(fact, person, at)
    }

    fn asked(
        &self,
        what: &Weakening,
        due: Moment,
        asked_by: PersonId,
        at: Moment,
    ) -> Option<Pending> {
        let weakens = Weakening::of(&what.fact(), self).as_ref() == Some(what);
        let waits = self.delay != Delay::None && due == at + self.delay.time();
        (weakens && waits && self.pending.is_none()).then(|| Pending {
            what: what.clone(),
            asked_by,
            asked: at,
            due,
        })
    }

    fn changed(&self, fact: &Fact, person: PersonId, at: Moment) -> Result<Self, NotSo> {
        let mut next = self.clone();
        match fact {
            Fact::WeakeningAsked { what, due } => {
                let pending = self.asked(what, *due, person, at).ok_or(NotSo)?;
                next.pending = Some(pending);
            }
            Fact::DelaySet(delay) if *delay != self.delay => next.delay = *delay,
            Fact::LockboxTurnedOn { terms, uncovered }
                if self.lockbox.is_on() || self.entitlement.counts(at) =>
            {
                next.lockbox = Lockbox::On {
                    terms: terms.clone(),
                    accepted_by: person,
                    accepted_at: at,
                    turned_on_at: None,
                    uncovered: uncovered.clone(),
                };
            }
            Fact::LockboxTurnedOff if self.lockbox.is_on() => next.lockbox = Lockbox::Off,
            Fact::TermsAccepted { terms } => {
                let since = self.lockbox.since().ok_or(NotSo)?;
                let Lockbox::On { uncovered, .. } = self.lockbox.clone() else {
                    return Err(NotSo);
                };
                next.lockbox = Lockbox::On {
                    terms: terms.clone(),
                    accepted_by: person,
                    accepted_at: at,
                    turned_on_at: Some(since),
                    uncovered,
                };
            }
            Fact::ServiceUncovered { service, .. } => next.cover(*service, false)?,
            Fact::ServiceCovered { service, .. } => next.cover(*service, true)?,
            Fact::LimitsChanged(limits) if limits.within_bounds() => next.limits = *limits,
            Fact::TrialAsked if trial_is_open(&self.entitlement, self.trial, at).is_ok() => {
                next.trial = Trial::Asked { by: person, at };
            }
            Fact::TrialStarted { until }
                if *until == at + TRIAL
                    && trial_is_open(&self.entitlement, self.trial, at).is_ok() =>
            {
                next.entitlement = Entitlement::Trial { until: *until };
                next.trial = Trial::Had;
            }
            Fact::NotificationsChanged(setting) if *setting != self.notifications => {
                next.notifications = *setting;
            }
            // Single sign-on is no part of the tenant's row; only that it waited is.
            Fact::NotificationsTested | Fact::SingleSignOnTurnedOn { .. } => {}
            _ => return Err(NotSo),
        }
        Ok(next)
    }

    /// A change of coverage that changes nothing is none.
    fn cover(&mut self, service: ServiceId, covered: bool) -> Result<(), NotSo> {
        let Lockbox::On { uncovered, .. } = &mut self.lockbox else {
            return Err(NotSo);
        };
        let changed = if covered {
            uncovered.remove(&service)
        } else {
            uncovered.insert(service)
        };
        if changed { Ok(()) } else { Err(NotSo) }
    }
}
