//! A service: a place that holds customer content.

use serde::{Deserialize, Serialize};

use super::id::ServiceId;
use super::text::{Line, Slug};

/// A place that holds customer content, such as Exchange Online or a database.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Service {
    /// Its id.
    pub id: ServiceId,
    /// What machines call it. Never reused.
    pub key: Slug,
    /// What people call it.
    pub name: Line,
    /// Whether the provider proposes it to be covered. Only a proposal: what a tenant
    /// is asked about is what the tenant itself accepted.
    pub covered: bool,
}
