//! A tenant's lockbox setting and its limits.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

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
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            time_to_answer: Minutes::hours(12),
            longest_access: Minutes::hours(4),
            time_to_start: Minutes::hours(4),
            approvals_needed: 1,
        }
    }
}

impl Limits {
    /// Whether every limit is within the product's bounds.
    #[must_use]
    pub fn within_bounds(&self) -> bool {
        let between =
            |length: Minutes, least: u32, most: u32| (least..=most).contains(&length.get());
        between(self.time_to_answer, 60, 96 * 60)
            && between(self.longest_access, 15, 24 * 60)
            && between(self.time_to_start, 15, 24 * 60)
            && (1..=5).contains(&self.approvals_needed)
    }
}
