//! A tenant: a customer organisation of the provider.

use chrono_tz::Tz;
use serde::{Deserialize, Serialize};

use super::id::TenantId;
use super::lockbox::{Limits, Lockbox};
use super::text::{Line, Slug};

/// A customer organisation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tenant {
    /// Its id.
    pub id: TenantId,
    /// What machines call it. Never reused.
    pub key: Slug,
    /// What people call it.
    pub name: Line,
    /// The zone its people read times in, unless they chose their own.
    pub zone: Tz,
    /// Whether its people are asked.
    pub lockbox: Lockbox,
    /// Its limits.
    pub limits: Limits,
}
