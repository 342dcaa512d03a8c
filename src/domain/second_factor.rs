//! Second factors: what somebody shows besides the password, and since when they have it.

use serde::{Deserialize, Serialize};

use super::id::PasskeyId;
use super::time::Moment;

/// What kind of second factor.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum FactorKind {
    /// A code of the authenticator app.
    AuthenticatorApp,
    /// A passkey.
    Passkey {
        /// Which of the person's.
        id: PasskeyId,
    },
    /// Whatever their identity provider asked for, since they are linked to it.
    IdentityProvider,
    /// A recovery code. It opens the door once and confirms nothing.
    RecoveryCode,
}

/// A second factor that somebody showed. One gained after a request was filed does not count for that request, so it
/// is known since when they have this one: an older one of theirs says nothing about it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct SecondFactor {
    /// What it is.
    #[serde(flatten)]
    pub kind: FactorKind,
    /// Since when they have it.
    pub since: Moment,
}

impl SecondFactor {
    /// The authenticator app that somebody has since then.
    #[must_use]
    pub const fn app(since: Moment) -> Self {
        Self {
            kind: FactorKind::AuthenticatorApp,
            since,
        }
    }
}
