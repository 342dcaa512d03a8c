//! Changes that weaken a tenant's protection. A tenant may want them to wait, so that one account alone undoes nothing
//! before others have seen it.

use std::fmt;

use chrono::TimeDelta;
use serde::{Deserialize, Serialize};

use super::fact::Fact;
use super::id::{PersonId, ServiceId};
use super::lockbox::Limits;
use super::tenant::Tenant;
use super::text::Line;
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
            Self::Delay { delay } => Fact::DelaySet(*delay),
        }
    }

    /// Whether this fact changes the same thing: while one waits, nothing else does.
    #[must_use]
    pub const fn is_about_the_same_as(&self, fact: &Fact) -> bool {
        matches!(
            (self, fact),
            (Self::Limits { .. }, Fact::LimitsChanged(_)) | (Self::Delay { .. }, Fact::DelaySet(_))
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
