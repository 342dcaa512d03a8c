//! A tenant: a customer organisation of the provider.

mod apply;

use chrono_tz::Tz;
use serde::{Deserialize, Serialize};

pub use apply::NotSo;

use super::entitlement::{Entitlement, Trial};
use super::id::TenantId;
use super::lockbox::{Limits, Lockbox};
use super::notification_setting::NotificationSetting;
use super::recovery::Recovery;
use super::text::{Line, Slug};
use super::time::Moment;
use super::weakening::{Delay, Pending};

/// What the provider's side is called where tenants are called by their keys: no tenant is.
pub const PROVIDER_KEY: &str = "provider";

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
    /// What it is entitled to.
    pub entitlement: Entitlement,
    /// Whether it can still have a trial.
    pub trial: Trial,
    /// Since when the provider has suspended it, if it has.
    pub suspended: Option<Moment>,
    /// A new administrator that the provider is making for it, since it lost all of its own.
    pub recovery: Option<Recovery>,
    /// How long changes that weaken its protection wait.
    pub delay: Delay,
    /// The one that waits.
    pub pending: Option<Pending>,
    /// What it wants of its mails.
    pub notifications: NotificationSetting,
}
