//! Changes that weaken a tenant's protection. A tenant may want them to wait, so that one account alone undoes nothing
//! before others have seen it.

use std::fmt;

use chrono::TimeDelta;
use serde::{Deserialize, Serialize};

use super::fact::Fact;
use super::id::{PersonId, ServiceId, SignOnId};
use super::lockbox::Limits;
use super::person::{Role, RoleHeld};
use super::tenant::Tenant;
use super::text::{Issuer, Line};
use super::time::Moment;

/// How long they wait.
#[derive(
    Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
pub enum Delay {
    /// They are done at once.
    #[default]
    #[serde(rename = "none")]
    None,
    /// 24 hours.
    #[serde(rename = "24h")]
    Day,
    /// 72 hours.
    #[serde(rename = "72h")]
    ThreeDays,
}

/// A change that weakens the protection.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "weakening", rename_all = "snake_case")]
pub enum Weakening {
    /// The lockbox is turned off.
    TurnOff,
    /// Fewer approvals are needed, or access may last longer, start later or go on at more hours.
    Limits {
        /// All limits from then on.
        limits: Limits,
    },
    /// The tenant is not asked about a service.
    Uncover {
        /// The service.
        service: ServiceId,
        /// Its name.
        name: Line,
    },
    /// An identity provider says who the tenant's people are, and is believed. It is changed only while it is off, so a
    /// changed one comes by this as well.
    SingleSignOn {
        /// The setting that was tried.
        setting: SignOnId,
        /// Its identity provider.
        issuer: Issuer,
    },
    /// Such changes wait less long.
    Delay {
        /// How long from then on.
        delay: Delay,
    },
}

/// One that waits.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Pending {
    /// What it does.
    pub what: Weakening,
    /// Who asked for it.
    pub asked_by: PersonId,
    /// When.
    pub asked: Moment,
    /// When it is done, if nobody stops it.
    pub due: Moment,
}

impl Delay {
    /// Every one, the shortest first.
    pub const ALL: [Self; 3] = [Self::None, Self::Day, Self::ThreeDays];

    /// In hours, as it is kept in rows and sent by forms.
    #[must_use]
    pub const fn hours(self) -> i32 {
        match self {
            Self::None => 0,
            Self::Day => 24,
            Self::ThreeDays => 72,
        }
    }

    /// The one of so many hours.
    #[must_use]
    pub fn of_hours(hours: i32) -> Option<Self> {
        Self::ALL.into_iter().find(|delay| delay.hours() == hours)
    }

    /// From when a role that decides counts which somebody is given at `at`, where that is later. They see first what
    /// they will decide, and so does everybody else. Who decides already goes on from when that began to count.
    #[must_use]
    pub fn decides_from(self, before: &[RoleHeld], roles: &[Role], at: Moment) -> Option<Moment> {
        let held = |role: &Role| before.iter().any(|held| held.role == *role);
        let gained = roles.iter().any(|role| role.decides() && !held(role));
        let decides = before.iter().filter(|held| held.role.decides());
        let from = decides.map(|held| held.since).min();
        let from = from.unwrap_or_else(|| at + self.time());
        (gained && from > at).then_some(from)
    }

    /// As a length of time.
    #[must_use]
    pub fn time(self) -> TimeDelta {
        TimeDelta::hours(self.hours().into())
    }
}

/// In words for people: "24 hours".
impl fmt::Display for Delay {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::None => f.write_str("not at all"),
            Self::Day | Self::ThreeDays => write!(f, "{} hours", self.hours()),
        }
    }
}

impl Weakening {
    /// What a fact weakens, if it does, in a tenant as it is before it.
    #[must_use]
    pub fn of(fact: &Fact, tenant: &Tenant) -> Option<Self> {
        match fact {
            Fact::LockboxTurnedOff => Some(Self::TurnOff),
            Fact::LimitsChanged(limits) if weaker(limits, &tenant.limits) => {
                Some(Self::Limits { limits: *limits })
            }
            Fact::ServiceUncovered { service, name } => Some(Self::Uncover {
                service: *service,
                name: name.clone(),
            }),
            Fact::SingleSignOnTurnedOn { setting, issuer } => Some(Self::SingleSignOn {
                setting: *setting,
                issuer: issuer.clone(),
            }),
            Fact::DelaySet(delay) if *delay < tenant.delay => Some(Self::Delay { delay: *delay }),
            _ => None,
        }
    }

    /// The fact of it, once it is done.
    #[must_use]
    pub fn fact(&self) -> Fact {
        match self {
            Self::TurnOff => Fact::LockboxTurnedOff,
            Self::Limits { limits } => Fact::LimitsChanged(*limits),
            Self::Uncover { service, name } => Fact::ServiceUncovered {
                service: *service,
                name: name.clone(),
            },
            Self::SingleSignOn { setting, issuer } => Fact::SingleSignOnTurnedOn {
                setting: *setting,
                issuer: issuer.clone(),
            },
            Self::Delay { delay } => Fact::DelaySet(*delay),
        }
    }

    /// Whether this fact changes the same thing: while one waits, nothing else does.
    #[must_use]
    pub const fn is_about_the_same_as(&self, fact: &Fact) -> bool {
        matches!(
            (self, fact),
            (Self::Limits { .. }, Fact::LimitsChanged(_))
                | (Self::Delay { .. }, Fact::DelaySet(_))
                | (
                    Self::SingleSignOn { .. },
                    Fact::SingleSignOnSet { .. } | Fact::SingleSignOnTurnedOn { .. }
                )
        )
    }
}

/// What it does, after "to": "turn off Customer Lockbox".
impl fmt::Display for Weakening {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TurnOff => f.write_str("turn off Customer Lockbox"),
            Self::Limits { limits } => write!(
                f,
                "loosen the limits (approvals needed: {}, {} of access at most, {} to start, access hours: {})",
                limits.approvals_needed,
                limits.longest_access,
                limits.time_to_start,
                limits.access_hours
            ),
            Self::Uncover { name, .. } => write!(f, "accept that you are not asked about {name}"),
            Self::SingleSignOn { issuer, .. } => {
                write!(f, "turn on single sign-on by {issuer}")
            }
            Self::Delay {
                delay: Delay::None, ..
            } => f.write_str("let changes that weaken the protection wait no more"),
            Self::Delay { delay } => {
                write!(
                    f,
                    "let changes that weaken the protection wait {delay} only"
                )
            }
        }
    }
}

/// Whether these limits ask less of whoever wants access. The time to answer is neither.
fn weaker(limits: &Limits, before: &Limits) -> bool {
    limits.approvals_needed < before.approvals_needed
        || limits.longest_access > before.longest_access
        || limits.time_to_start > before.time_to_start
        || limits.access_hours.widens(&before.access_hours)
}

#[cfg(test)]
mod tests {
    use chrono::DateTime;

    use super::*;

    fn hour(hours: i64) -> Moment {
        DateTime::UNIX_EPOCH + TimeDelta::hours(hours)
    }

    fn held(role: Role, since: i64) -> RoleHeld {
        let since = hour(since);
        RoleHeld { role, since }
    }

    #[test]
    fn a_new_role_that_decides_counts_after_as_long_as_changes_wait() {
        let now = hour(100);
        let auditor = [held(Role::Auditor, 0)];
        for role in [Role::AccessApprover, Role::GlobalAdministrator] {
            let from = |delay: Delay, before: &[RoleHeld]| delay.decides_from(before, &[role], now);
            assert_eq!(from(Delay::None, &[]), None);
            assert_eq!(from(Delay::Day, &[]), Some(hour(124)));
            assert_eq!(from(Delay::ThreeDays, &auditor), Some(hour(172)));
        }
        assert_eq!(Delay::Day.decides_from(&[], &[Role::Auditor], now), None);
    }

    #[test]
    fn who_decides_already_goes_on_from_when_that_counts() {
        let (now, both) = (hour(100), [Role::GlobalAdministrator, Role::AccessApprover]);
        let old = [held(Role::AccessApprover, 1)];
        assert_eq!(Delay::Day.decides_from(&old, &both, now), None);
        // Nobody is rid of the wait by another role, or by a shorter wait.
        let new = [held(Role::AccessApprover, 110)];
        for delay in Delay::ALL {
            assert_eq!(delay.decides_from(&new, &both, now), Some(hour(110)));
        }
        assert_eq!(
            Delay::Day.decides_from(&new, &[Role::AccessApprover], now),
            None
        );
    }
}
