//! What a tenant is entitled to: nothing, a trial, or a plan that includes the lockbox.
//!
//! An entitlement is needed to turn a lockbox on and for nothing else: one that is on stays on, since protection never
//! lapses by billing.

use chrono::TimeDelta;
use serde::{Deserialize, Serialize};

use super::id::PersonId;
use super::text::Line;
use super::time::Moment;

/// How long a trial lasts.
pub const TRIAL: TimeDelta = TimeDelta::days(30);

/// What the provider owes a tenant.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "entitlement", rename_all = "snake_case", deny_unknown_fields)]
pub enum Entitlement {
    /// Nothing.
    None,
    /// The lockbox, for a while.
    Trial {
        /// From this moment on it no longer counts.
        until: Moment,
    },
    /// The lockbox, in what the tenant pays for.
    Included {
        /// The plan's name, where it has one.
        plan: Option<Line>,
    },
}

impl Entitlement {
    /// What a tenant has about whom nothing was said: the lockbox, in no named plan.
    pub const UNSAID: Self = Self::Included { plan: None };

    /// Whether it counts at `now`.
    #[must_use]
    pub fn counts(&self, now: Moment) -> bool {
        match self {
            Self::None => false,
            Self::Trial { until } => now < *until,
            Self::Included { .. } => true,
        }
    }
}

/// Whether a tenant can have a trial by asking: once.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "trial", rename_all = "snake_case", deny_unknown_fields)]
pub enum Trial {
    /// It has not had one.
    Offered,
    /// It asked, and the provider has to confirm.
    Asked {
        /// Who asked.
        by: PersonId,
        /// When.
        at: Moment,
    },
    /// It has one or had one.
    Had,
}

impl Trial {
    /// What remains of the offer once the provider has said what the tenant is entitled to: a trial uses it up, and
    /// any other word answers a question that was open.
    #[must_use]
    pub const fn after(self, said: &Entitlement) -> Self {
        match (self, said) {
            (_, Entitlement::Trial { .. }) | (Self::Had, _) => Self::Had,
            _ => Self::Offered,
        }
    }
}

/// How the provider answers who asks for a trial.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Trials {
    /// It begins at once.
    #[default]
    AtOnce,
    /// Somebody of the provider confirms it first.
    Confirmed,
}

impl Trials {
    /// The word of the option.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::AtOnce => "at-once",
            Self::Confirmed => "confirmed",
        }
    }

    /// Reads the word of the option.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        [Self::AtOnce, Self::Confirmed]
            .into_iter()
            .find(|trials| trials.as_str() == text)
    }
}

/// Why there is no trial for who asks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NoTrial {
    /// What the tenant has is as good or better.
    #[error("You have Customer Lockbox already, so you need no trial.")]
    Entitled,
    /// One is asked for.
    #[error("You have asked for a trial already; the provider has to confirm it.")]
    Asked,
    /// There is one trial.
    #[error("You have had your trial. Ask the provider for a plan that includes Customer Lockbox.")]
    Had,
}

/// Whether a trial can be asked for.
///
/// # Errors
/// [`NoTrial`], in words for who asks.
pub fn trial_is_open(entitlement: &Entitlement, trial: Trial, now: Moment) -> Result<(), NoTrial> {
    match trial {
        _ if entitlement.counts(now) => Err(NoTrial::Entitled),
        Trial::Offered => Ok(()),
        Trial::Asked { .. } => Err(NoTrial::Asked),
        Trial::Had => Err(NoTrial::Had),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: i64) -> Moment {
        Moment::from_timestamp(seconds, 0).unwrap()
    }

    #[test]
    fn a_trial_counts_until_its_last_instant_and_not_at_it() {
        let trial = Entitlement::Trial { until: at(100) };
        assert!(trial.counts(at(99)) && !trial.counts(at(100)) && !trial.counts(at(101)));
        assert!(Entitlement::UNSAID.counts(at(0)) && !Entitlement::None.counts(at(0)));
    }

    #[test]
    fn there_is_one_trial_and_only_for_who_has_nothing() {
        let asked = Trial::Asked {
            by: PersonId(uuid::Uuid::nil()),
            at: at(1),
        };
        let over = Entitlement::Trial { until: at(100) };
        let open = |entitlement, trial| trial_is_open(entitlement, trial, at(100));
        assert_eq!(open(&Entitlement::None, Trial::Offered), Ok(()));
        assert_eq!(open(&Entitlement::None, asked), Err(NoTrial::Asked));
        assert_eq!(open(&over, Trial::Had), Err(NoTrial::Had));
        assert_eq!(
            open(&Entitlement::UNSAID, Trial::Offered),
            Err(NoTrial::Entitled)
        );
        assert_eq!(asked.after(&Entitlement::None), Trial::Offered);
        assert_eq!(asked.after(&over), Trial::Had);
        assert_eq!(Trial::Had.after(&Entitlement::None), Trial::Had);
    }
}
