//! A tenant's lockbox setting and its limits.

use std::collections::BTreeSet;
use std::ops::RangeInclusive;

use serde::{Deserialize, Serialize};

use super::access_hours::AccessHours;
use super::id::{PersonId, ServiceId};
use super::request::Basis;
use super::terms::TermsVersion;
use super::time::{Minutes, Moment};

/// Whether the customer is asked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "lockbox", rename_all = "snake_case")]
pub enum Lockbox {
    /// The manager's endorsement is enough.
    Off,
    /// The customer is asked for every service but the accepted exceptions.
    On {
        /// The terms that were accepted.
        terms: TermsVersion,
        /// Who accepted them.
        accepted_by: PersonId,
        /// When.
        accepted_at: Moment,
        /// When it was turned on, if newer terms were accepted since; otherwise that was when these were.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        turned_on_at: Option<Moment>,
        /// The services the tenant itself accepted as not covered.
        uncovered: BTreeSet<ServiceId>,
    },
}

impl Lockbox {
    /// Why the customer need not be asked about this service; nothing when it must be.
    #[must_use]
    pub fn exempts(&self, service: ServiceId) -> Option<Basis> {
        match self {
            Self::Off => Some(Basis::LockboxOff),
            Self::On { uncovered, .. } => uncovered.contains(&service).then_some(Basis::NotCovered),
        }
    }

    /// Whether an approval on this ground still stands, now that the setting is this.
    #[must_use]
    pub fn upholds(&self, basis: Basis, service: ServiceId) -> bool {
        match (basis, self) {
            (Basis::CustomerDecision, _) | (_, Self::Off) => true,
            (Basis::LockboxOff, Self::On { .. }) => false,
            (Basis::NotCovered, Self::On { uncovered, .. }) => uncovered.contains(&service),
        }
    }

    /// Since when it is on.
    #[must_use]
    pub fn since(&self) -> Option<Moment> {
        match self {
            Self::Off => None,
            Self::On {
                accepted_at,
                turned_on_at,
                ..
            } => Some(turned_on_at.unwrap_or(*accepted_at)),
        }
    }

    /// Whether it is on.
    #[must_use]
    pub fn is_on(&self) -> bool {
        matches!(self, Self::On { .. })
    }
}

/// A tenant's limits, within the product's bounds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Limits {
    /// Time for the customer to answer, counted from endorsement: 1 h to 96 h.
    pub time_to_answer: Minutes,
    /// The longest access: 15 min to 24 h.
    pub longest_access: Minutes,
    /// Time to start after approval: 15 min to 24 h.
    pub time_to_start: Minutes,
    /// Approvals needed: 1 to 5 distinct people.
    pub approvals_needed: u8,
    /// When access may be started and go on. Facts of before there were access hours do not say.
    #[serde(default, skip_serializing_if = "AccessHours::is_any_time")]
    pub access_hours: AccessHours,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            time_to_answer: Minutes::hours(12),
            longest_access: Minutes::hours(4),
            time_to_start: Minutes::hours(4),
            approvals_needed: 1,
            access_hours: AccessHours::AnyTime,
        }
    }
}

impl Limits {
    /// The bounds of the time to answer, in minutes.
    pub const ANSWER: RangeInclusive<u32> = 60..=96 * 60;
    /// The bounds of the longest access, in minutes.
    pub const ACCESS: RangeInclusive<u32> = 15..=24 * 60;
    /// The bounds of the time to start, in minutes.
    pub const START: RangeInclusive<u32> = 15..=24 * 60;
    /// The bounds of the approvals needed, in people.
    pub const APPROVALS: RangeInclusive<u8> = 1..=5;

    /// Whether every limit is within the product's bounds.
    #[must_use]
    pub fn within_bounds(&self) -> bool {
        Self::ANSWER.contains(&self.time_to_answer.get())
            && Self::ACCESS.contains(&self.longest_access.get())
            && Self::START.contains(&self.time_to_start.get())
            && Self::APPROVALS.contains(&self.approvals_needed)
    }
}
