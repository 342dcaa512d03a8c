//! Live access: what the data plane asks about.

use diesel::prelude::*;

use super::parse_state;
use crate::domain::id::{Reference, RequestId, ServiceId, TenantId};
use crate::domain::request::{State, StateKind};
use crate::domain::scope::{Reach, Scope};
use crate::domain::text::{EmailAddress, Slug};
use crate::domain::time::Moment;
use crate::store::Stored;
use crate::store::column::{Id, JsonText, Stamp, read};
use crate::store::conn::Conn;
use crate::store::schema::{people, requests, services, tenants};

macro_rules! active {
    () => {
        requests::table
            .inner_join(people::table)
            .inner_join(tenants::table)
            .inner_join(services::table)
            .filter(
                requests::state_kind
                    .eq(StateKind::Active.as_str())
                    .and(people::removed_at.is_null()),
            )
            .select((
                requests::id,
                people::email,
                tenants::key,
                services::key,
                Row::columns(),
            ))
    };
}

/// Whose access to what is asked about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wanted {
    /// The engineer.
    pub engineer: EmailAddress,
    /// The tenant.
    pub tenant: Slug,
    /// The service.
    pub service: Slug,
}

/// A request and whose content it is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Under {
    /// The tenant.
    pub tenant: TenantId,
    /// The request.
    pub request: RequestId,
}

/// Live access of one engineer.
#[derive(Debug, Clone)]
pub struct LiveAccess {
    /// Under which request.
    pub reference: Reference,
    /// The same, by ids.
    pub under: Under,
    /// To which service.
    pub service: ServiceId,
    /// What it covers.
    pub reach: Reach,
    /// Until when.
    pub until: Moment,
}

/// An access window that was open when its row was read, and whose it is.
#[derive(Debug, Clone)]
pub struct Found {
    /// The engineer's mail address.
    pub engineer: String,
    /// The tenant's key.
    pub tenant: String,
    /// The service's key.
    pub service: String,
    /// The access; none where the row makes no sense.
    pub access: Option<LiveAccess>,
}

/// At most `limit` windows by their request's id, those after `after` only.
///
/// # Errors
/// When the database does not answer.
pub fn active_after(
    conn: &mut Conn,
    after: Option<RequestId>,
    limit: i64,
) -> Stored<Vec<(RequestId, Found)>> {
    let mut active = active!().order(requests::id).limit(limit).into_boxed();
    if let Some(after) = after {
        active = active.filter(requests::id.gt(Id(after.0)));
    }
    Ok(found(active.load(conn)?))
}

/// The windows of these requests that are open. The caller bounds the number of requests.
///
/// # Errors
/// When the database does not answer.
pub fn active_among(conn: &mut Conn, among: &[RequestId]) -> Stored<Vec<(RequestId, Found)>> {
    let ids: Vec<Id> = among.iter().map(|request| Id(request.0)).collect();
    Ok(found(
        active!().filter(requests::id.eq_any(ids)).load(conn)?,
    ))
}

fn found(rows: Vec<(Id, String, String, String, Row)>) -> Vec<(RequestId, Found)> {
    let found = rows.into_iter().map(|(id, engineer, tenant, service, row)| {
        let access = row.open().unwrap_or_else(|error| {
            tracing::error!(%error, "a live access makes no sense: whoever asks about it is denied");
            None
        });
        let found = Found {
            engineer,
            tenant,
            service,
            access,
        };
        (RequestId(id.0), found)
    });
    found.collect()
}

#[derive(Queryable)]
pub(super) struct Row {
    id: Id,
    tenant_id: Id,
    service_id: Id,
    reference: String,
    scope: JsonText,
    state_kind: String,
    state: JsonText,
    deadline: Option<Stamp>,
}

impl Row {
    /// What it is read from, in its order.
    pub(super) const fn columns() -> (
        requests::id,
        requests::tenant_id,
        requests::service_id,
        requests::reference,
        requests::scope,
        requests::state_kind,
        requests::state,
        requests::deadline,
    ) {
        (
            requests::id,
            requests::tenant_id,
            requests::service_id,
            requests::reference,
            requests::scope,
            requests::state_kind,
            requests::state,
            requests::deadline,
        )
    }

    pub(super) fn live(self, now: Moment) -> Stored<Option<LiveAccess>> {
        Ok(self.open()?.filter(|access| access.until > now))
    }

    fn open(self) -> Stored<Option<LiveAccess>> {
        let state = parse_state(&self.state_kind, &self.state, self.deadline)?;
        let State::Active { until, .. } = state else {
            return Ok(None);
        };
        let scope: Scope = self.scope.read("scope")?;
        Ok(Some(LiveAccess {
            reference: read("reference", Reference::parse(&self.reference))?,
            under: Under {
                tenant: TenantId(self.tenant_id.0),
                request: RequestId(self.id.0),
            },
            service: ServiceId(self.service_id.0),
            reach: scope.into(),
            until,
        }))
    }
}
