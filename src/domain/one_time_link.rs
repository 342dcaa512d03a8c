//! One-time links: what one is for, and how long it can be used.

use chrono::TimeDelta;
use serde::{Deserialize, Serialize};

use super::id::PersonId;
use super::time::Moment;

/// What a one-time link is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LinkKind {
    /// Somebody who was invited comes.
    Invitation,
    /// Somebody who forgot their password chooses another one.
    PasswordReset,
}

impl LinkKind {
    /// Every kind.
    pub const ALL: [Self; 2] = [Self::Invitation, Self::PasswordReset];

    /// The word kept in rows.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Invitation => "invitation",
            Self::PasswordReset => "password_reset",
        }
    }

    /// How long such a link can be used.
    #[must_use]
    pub const fn lasts(self) -> TimeDelta {
        match self {
            Self::Invitation => TimeDelta::hours(24),
            Self::PasswordReset => TimeDelta::hours(1),
        }
    }
}

/// The link that a letter carries. Its token stands in no letter before it is sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Enclosed {
    /// What it is for.
    pub kind: LinkKind,
    /// Whose it is.
    pub person: PersonId,
    /// When it was made: a newer one is another letter's.
    pub made_at: Moment,
}
