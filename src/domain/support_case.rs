//! A support case: what the customer reported, or what the provider says it is about.

use serde::{Deserialize, Serialize};

use super::id::{CaseId, TenantId};
use super::text::Line;

/// A support case of a tenant.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SupportCase {
    /// Its id.
    pub id: CaseId,
    /// The tenant it is about.
    pub tenant: TenantId,
    /// The number people quote, unique within the tenant.
    pub number: Line,
    /// What it is about.
    pub title: Line,
}
