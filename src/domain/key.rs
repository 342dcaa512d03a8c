//! API keys: how machines show who they are, what a key may do, and what it is bound to.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::id::{KeyId, PersonId, ServiceId, TenantId};
use super::text::Line;
use super::time::Moment;

/// Most tenants, and most services, that a key can be bound to.
pub const BOUND_TO_MAX: usize = 50;

/// One thing a key may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum KeyScope {
    /// File data access requests for a named engineer.
    #[serde(rename = "requests:write")]
    RequestsWrite,
    /// Read data access requests and support cases.
    #[serde(rename = "requests:read")]
    RequestsRead,
    /// Bring in, comment and close support cases.
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

    /// Whether its requests count towards a key's limit: those that a gate in front of content asks do not.
    #[must_use]
    pub const fn is_counted(self) -> bool {
        !matches!(self, Self::AccessRead | Self::AccessSearch)
    }

    /// Whether it is for reading only: a tenant's own keys have no others.
    #[must_use]
    pub const fn only_reads(self) -> bool {
        match self {
            Self::RequestsRead | Self::AccessRead | Self::AccessSearch | Self::LogRead => true,
            Self::RequestsWrite | Self::CasesWrite | Self::ActivityWrite => false,
        }
    }
}

/// What a key is bound to. Beyond that nothing is there for the key: it is told what it would be told of things nobody
/// knows. Every door asks here.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Bounds {
    /// The tenants it is bound to; empty for all.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub tenants: BTreeSet<TenantId>,
    /// The services it is bound to; empty for all.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub services: BTreeSet<ServiceId>,
}

impl Bounds {
    /// Whether it binds to nothing.
    #[must_use]
    pub fn are_none(&self) -> bool {
        self.tenants.is_empty() && self.services.is_empty()
    }

    /// Whether this tenant is within them.
    #[must_use]
    pub fn tenant(&self, tenant: TenantId) -> bool {
        self.tenants.is_empty() || self.tenants.contains(&tenant)
    }

    /// Whether this service is within them.
    #[must_use]
    pub fn service(&self, service: ServiceId) -> bool {
        self.services.is_empty() || self.services.contains(&service)
    }

    /// Whether a support case of this tenant is within them: it is of no service, so that bounds to services have none.
    #[must_use]
    pub fn case(&self, tenant: TenantId) -> bool {
        self.services.is_empty() && self.tenant(tenant)
    }

    /// Whether this service of this tenant is within them.
    #[must_use]
    pub fn covers(&self, tenant: TenantId, service: ServiceId) -> bool {
        self.tenant(tenant) && self.service(service)
    }
}

/// An API key of the provider, or of a tenant. The key itself is shown once and kept only as its hash.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ApiKey {
    /// Its id.
    pub id: KeyId,
    /// What people call it.
    pub name: Line,
    /// What it may do.
    pub scopes: Vec<KeyScope>,
    /// The person who owns it, if it is one person's: what such a key filed is that person's own, and it ends when
    /// they are removed.
    pub owner: Option<PersonId>,
    /// The tenant whose own it is; none for the provider's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tenant: Option<TenantId>,
    /// What it is bound to; a tenant's own key always to the tenant.
    #[serde(default, skip_serializing_if = "Bounds::are_none")]
    pub bounds: Bounds,
    /// Who made it in the portal: what it filed is theirs, too.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub made_by: Option<PersonId>,
    /// From when on it is worth nothing, if ever.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires_at: Option<Moment>,
}

impl ApiKey {
    /// Whether it can be used at `now`, as far as time is concerned.
    #[must_use]
    pub fn is_valid_at(&self, now: Moment) -> bool {
        self.expires_at.is_none_or(|end| now < end)
    }
}

/// How a key stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeyState {
    /// It can be used.
    Working,
    /// Its time is over.
    Expired,
    /// Somebody revoked it.
    Revoked,
    /// The person whose it was has been removed.
    OwnerRemoved,
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    #[test]
    fn a_key_is_for_what_it_is_bound_to_and_everything_where_it_is_bound_to_nothing() {
        let (one, other) = (TenantId(Uuid::from_u128(1)), TenantId(Uuid::from_u128(2)));
        let (mail, files) = (ServiceId(Uuid::from_u128(3)), ServiceId(Uuid::from_u128(4)));
        assert!(Bounds::default().covers(one, mail));
        let bounds = Bounds {
            tenants: BTreeSet::from([one]),
            services: BTreeSet::from([mail]),
        };
        assert!(bounds.covers(one, mail));
        assert!(!bounds.covers(other, mail) && !bounds.covers(one, files));
    }

    #[test]
    fn a_key_of_before_there_were_bounds_is_read_and_written_as_it_was() {
        let text = r#"{"id":"00000000-0000-0000-0000-000000000000","name":"gate","scopes":["access:read"],"owner":null}"#;
        let key: ApiKey = serde_json::from_str(text).unwrap();
        assert!(key.bounds.are_none() && key.expires_at.is_none());
        assert_eq!(serde_json::to_string(&key).unwrap(), text);
    }
}
