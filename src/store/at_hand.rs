//! What an act has at hand: what it read while it held its log, as it stands after the act. What is written of its facts
//! asks only for the rest.

use super::conn::Conn;
use super::{StoreError, Stored, people, requests, tenants};
use crate::domain::id::{PersonId, RequestId, TenantId};
use crate::domain::person::Person;
use crate::domain::request::Request;
use crate::domain::tenant::Tenant;

/// What an act has at hand of its tenant, a request, and people. Nothing is always right.
#[derive(Debug, Default)]
pub struct AtHand {
    /// The tenant.
    pub tenant: Option<Tenant>,
    /// The request, as the act left it.
    pub request: Option<Request>,
    /// Who acts, or the engineer.
    pub person: Option<Person>,
    /// The people of the tenant who may decide its requests.
    pub approvers: Option<Vec<Person>>,
}

impl AtHand {
    pub(super) fn tenant(&self, conn: &mut Conn, id: TenantId) -> Stored<Tenant> {
        match &self.tenant {
            Some(tenant) if tenant.id == id => Ok(tenant.clone()),
            _ => tenants::by_id(conn, id)?.ok_or_else(|| gone("tenant")),
        }
    }

    pub(super) fn request(
        &self,
        conn: &mut Conn,
        tenant: TenantId,
        id: RequestId,
    ) -> Stored<Request> {
        match &self.request {
            Some(request) if request.id == id && request.tenant == tenant => Ok(request.clone()),
            _ => requests::by_id(conn, tenant, id)?.ok_or_else(|| gone("request")),
        }
    }

    pub(super) fn person(&self, conn: &mut Conn, id: PersonId) -> Stored<Option<Person>> {
        match &self.person {
            Some(person) if person.id == id => Ok(Some(person.clone())),
            _ => people::by_id(conn, id),
        }
    }

    pub(super) fn approvers(&self, conn: &mut Conn, tenant: TenantId) -> Stored<Vec<Person>> {
        match (&self.approvers, &self.tenant) {
            (Some(approvers), Some(of)) if of.id == tenant => Ok(approvers.clone()),
            _ => people::approvers(conn, tenant),
        }
    }
}

pub(super) fn gone(what: &str) -> StoreError {
    StoreError::Senseless(format!("a fact whose {what} is gone"))
}
