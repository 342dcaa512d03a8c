//! People: named, on one side, with roles.

use std::fmt;

pub mod apply;

use chrono_tz::Tz;
use serde::{Deserialize, Serialize};

use super::id::{PersonId, TenantId};
use super::text::{EmailAddress, Line};
use super::time::Moment;

/// Where a person belongs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(tag = "side", content = "tenant", rename_all = "snake_case")]
pub enum Side {
    /// The organisation that runs the services.
    Provider,
    /// A customer organisation.
    Tenant(TenantId),
}

/// What a person may do on their side.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Files data access requests and uses the access.
    Engineer,
    /// Endorses or rejects a request before the customer is asked.
    SupportManager,
    /// Enrols tenants, services, people and API keys.
    ProviderAdministrator,
    /// Reads everything of the provider's side.
    ProviderAuditor,
    /// Switches the lockbox, sets limits, manages people and decides requests.
    GlobalAdministrator,
    /// Decides requests; may not switch the lockbox.
    AccessApprover,
    /// Reads everything of the tenant.
    Auditor,
}

/// Roles in words: "global administrator, auditor", or "none".
#[must_use]
pub fn roles_in_words(roles: &[Role]) -> String {
    if roles.is_empty() {
        return "none".to_owned();
    }
    let words: Vec<String> = roles.iter().map(ToString::to_string).collect();
    words.join(", ")
}

impl Role {
    /// Every role, the provider's first.
    pub const ALL: [Self; 7] = [
        Self::Engineer,
        Self::SupportManager,
        Self::ProviderAdministrator,
        Self::ProviderAuditor,
        Self::GlobalAdministrator,
        Self::AccessApprover,
        Self::Auditor,
    ];

    /// The role as it is written in options and files: `support_manager`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Engineer => "engineer",
            Self::SupportManager => "support_manager",
            Self::ProviderAdministrator => "provider_administrator",
            Self::ProviderAuditor => "provider_auditor",
            Self::GlobalAdministrator => "global_administrator",
            Self::AccessApprover => "access_approver",
            Self::Auditor => "auditor",
        }
    }

    /// Reads a role as it is written.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|role| role.as_str() == text)
    }

    /// Whether it decides a tenant's requests.
    #[must_use]
    pub const fn decides(self) -> bool {
        matches!(self, Self::GlobalAdministrator | Self::AccessApprover)
    }

    /// Whether it manages the people of its side.
    #[must_use]
    pub const fn administers(self) -> bool {
        matches!(
            self,
            Self::GlobalAdministrator | Self::ProviderAdministrator
        )
    }

    /// Whether it is a role of the provider's people.
    #[must_use]
    pub const fn is_providers(self) -> bool {
        matches!(
            self,
            Self::Engineer
                | Self::SupportManager
                | Self::ProviderAdministrator
                | Self::ProviderAuditor
        )
    }
}

/// In words for people: "support manager".
impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Engineer => "engineer",
            Self::SupportManager => "support manager",
            Self::ProviderAdministrator => "provider administrator",
            Self::ProviderAuditor => "provider auditor",
            Self::GlobalAdministrator => "global administrator",
            Self::AccessApprover => "access approver",
            Self::Auditor => "auditor",
        })
    }
}

/// A role and since when it is held: a role gained after a request was filed does not count for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct RoleHeld {
    /// The role.
    pub role: Role,
    /// Since when; one that decides perhaps from a later moment than it was given.
    pub since: Moment,
}

/// A named person.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Person {
    /// Their id. People are compared by it, never by name or address.
    pub id: PersonId,
    /// Where mail reaches them, and what they sign in with. It is one person's of a side, and of all who are here in the
    /// deployment: who was only invited, or was removed, keeps it from nobody on another side.
    pub email: EmailAddress,
    /// Their name.
    pub name: Line,
    /// Where they belong.
    pub side: Side,
    /// Their roles, in the order of [`Role::ALL`].
    pub roles: Vec<RoleHeld>,
    /// Since when they have the oldest of their second factors, their identity provider's among them while it signs them
    /// in; none before they have enrolled one, and after they were reset.
    pub second_factor_since: Option<Moment>,
    /// The zone they read times in.
    pub zone: Tz,
    /// When they came; none while they are only invited.
    pub joined: Option<Moment>,
    /// When they were removed. A removed person has no role and nothing to sign in with; what they did keeps their name.
    pub removed: Option<Moment>,
}

impl Side {
    /// Whether people of this side can hold the role.
    #[must_use]
    pub const fn has(self, role: Role) -> bool {
        role.is_providers() == matches!(self, Self::Provider)
    }

    /// The role that manages the people of this side.
    #[must_use]
    pub const fn administrator(self) -> Role {
        match self {
            Self::Provider => Role::ProviderAdministrator,
            Self::Tenant(_) => Role::GlobalAdministrator,
        }
    }
}

impl Person {
    /// Whether they have come and were not removed.
    #[must_use]
    pub const fn is_here(&self) -> bool {
        self.joined.is_some() && self.removed.is_none()
    }

    /// The roles they hold.
    #[must_use]
    pub fn role_names(&self) -> Vec<Role> {
        self.roles.iter().map(|held| held.role).collect()
    }

    /// From when the last of their roles that decide counts, where that is after `now`.
    #[must_use]
    pub fn decides_from(&self, now: Moment) -> Option<Moment> {
        let decide = self.roles.iter().filter(|held| held.role.decides());
        decide
            .map(|held| held.since)
            .filter(|from| *from > now)
            .max()
    }

    /// Whether a role of theirs decides and counts at `now`.
    #[must_use]
    pub fn decides_at(&self, now: Moment) -> bool {
        self.roles
            .iter()
            .any(|held| held.role.decides() && held.since <= now)
    }

    /// Their roles that decide and do not count yet at `now`.
    #[must_use]
    pub fn waits_to_decide(&self, now: Moment) -> Vec<Role> {
        let waits = |held: &&RoleHeld| held.role.decides() && held.since > now;
        self.roles
            .iter()
            .filter(waits)
            .map(|held| held.role)
            .collect()
    }

    /// Whether they hold the role.
    #[must_use]
    pub fn is(&self, role: Role) -> bool {
        self.roles.iter().any(|held| held.role == role)
    }

    /// The tenant they belong to; nothing for the provider's people.
    #[must_use]
    pub fn tenant(&self) -> Option<TenantId> {
        match self.side {
            Side::Provider => None,
            Side::Tenant(tenant) => Some(tenant),
        }
    }
}
