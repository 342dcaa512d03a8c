//! API keys: how machines of the provider show who they are.

use serde::{Deserialize, Serialize};

use super::id::{KeyId, PersonId};
use super::text::Line;

/// One thing a key may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum KeyScope {
    /// File data access requests for a named engineer.
    #[serde(rename = "requests:write")]
    RequestsWrite,
    /// Read data access requests.
    #[serde(rename = "requests:read")]
    RequestsRead,
    /// Record and close support cases.
    #[serde(rename = "cases:write")]
    CasesWrite,
    /// Ask whether an engineer has access now.
    #[serde(rename = "access:read")]
    AccessRead,
    /// List who has access to what.
    #[serde(rename = "access:search")]
    AccessSearch,
    /// Report what was done under an access.
    #[serde(rename = "activity:write")]
    ActivityWrite,
    /// Read the audit log.
    #[serde(rename = "log:read")]
    LogRead,
}

impl KeyScope {
    /// Every scope, in the order people read them.
    pub const ALL: [Self; 7] = [
        Self::RequestsWrite,
        Self::RequestsRead,
        Self::CasesWrite,
        Self::AccessRead,
        Self::AccessSearch,
        Self::ActivityWrite,
        Self::LogRead,
    ];

    /// The scope as it is written: `requests:write`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::RequestsWrite => "requests:write",
            Self::RequestsRead => "requests:read",
            Self::CasesWrite => "cases:write",
            Self::AccessRead => "access:read",
            Self::AccessSearch => "access:search",
            Self::ActivityWrite => "activity:write",
            Self::LogRead => "log:read",
        }
    }

    /// Reads a scope as it is written.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|scope| scope.as_str() == text)
    }
}

/// An API key of the provider. The key itself is shown once and kept only as its hash.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ApiKey {
    /// Its id.
    pub id: KeyId,
    /// What people call it.
    pub name: Line,
    /// What it may do.
    pub scopes: Vec<KeyScope>,
    /// The person who owns it, if it is one person's: what such a key filed is that person's own.
    pub owner: Option<PersonId>,
}
