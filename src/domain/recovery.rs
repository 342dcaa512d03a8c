//! Recovery: a new administrator for a tenant that lost all of its own.

use chrono::TimeDelta;
use serde::{Deserialize, Serialize};

use super::text::{EmailAddress, Line};
use super::time::Moment;

/// How long it takes. Meanwhile everybody of the tenant knows, and any of them who decides or reads may stop it.
pub const RECOVERY: TimeDelta = TimeDelta::hours(72);

/// A recovery that runs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Recovery {
    /// Who will be the administrator.
    pub name: Line,
    /// Their address.
    pub email: EmailAddress,
    /// When the provider began it.
    pub started: Moment,
    /// When they become it.
    pub due: Moment,
}
