//! Live access as a search walks through it: who has access to a service, and to what an engineer has access.

use diesel::prelude::*;

use super::live::{LiveAccess, Row};
use crate::domain::request::StateKind;
use crate::domain::text::{EmailAddress, Slug};
use crate::domain::time::Moment;
use crate::store::Stored;
use crate::store::column::Stamp;
use crate::store::conn::Conn;
use crate::store::schema::{people, requests, services, tenants};

/// Most windows read at once. One engineer has at most five of one tenant.
pub const WINDOWS_MAX: i64 = 500;

/// One live access and what it is to.
#[derive(Debug, Clone)]
pub struct Window {
    /// The engineer's mail address.
    pub engineer: String,
    /// The tenant's key.
    pub tenant: String,
    /// The service's key.
    pub service: String,
    /// The access.
    pub access: LiveAccess,
}

/// The live access to a tenant's service, by engineer, those after `after` only: at most [`WINDOWS_MAX`].
///
/// # Errors
/// When the database does not answer, or a row makes no sense.
pub fn windows_to(
    conn: &mut Conn,
    tenant: &Slug,
    service: &Slug,
    after: &str,
    now: Moment,
) -> Stored<Vec<Window>> {
    let rows: Vec<(String, String, String, Row)> = requests::table
        .inner_join(people::table)
        .inner_join(tenants::table)
        .inner_join(services::table)
        .filter(tenants::key.eq(tenant.as_str()))
        .filter(services::key.eq(service.as_str()))
        .filter(requests::state_kind.eq(StateKind::Active.as_str()))
        .filter(requests::deadline.gt(Stamp(now)))
        .filter(people::email.gt(after))
        .order((people::email, requests::id))
        .limit(WINDOWS_MAX)
        .select((people::email, tenants::key, services::key, Row::columns()))
        .load(conn)?;
    live(rows, now)
}

/// The live access of an engineer, by tenant and service, from this tenant and service on: at most [`WINDOWS_MAX`].
///
/// # Errors
/// When the database does not answer, or a row makes no sense.
pub fn windows_of(
    conn: &mut Conn,
    engineer: &EmailAddress,
    tenant: Option<&Slug>,
    (from_tenant, from_service): &(String, String),
    now: Moment,
) -> Stored<Vec<Window>> {
    let mut asked = requests::table
        .inner_join(people::table)
        .inner_join(tenants::table)
        .inner_join(services::table)
        .filter(people::email.eq(engineer.as_str()))
        .filter(requests::state_kind.eq(StateKind::Active.as_str()))
        .filter(requests::deadline.gt(Stamp(now)))
        .filter(
            tenants::key.gt(from_tenant).or(tenants::key
                .eq(from_tenant)
                .and(services::key.ge(from_service))),
        )
        .order((tenants::key, services::key, requests::id))
        .limit(WINDOWS_MAX)
        .select((people::email, tenants::key, services::key, Row::columns()))
        .into_boxed();
    if let Some(tenant) = tenant {
        asked = asked.filter(tenants::key.eq(tenant.as_str()));
    }
    live(asked.load(conn)?, now)
}

fn live(rows: Vec<(String, String, String, Row)>, now: Moment) -> Stored<Vec<Window>> {
    let windows = rows
        .into_iter()
        .filter_map(|(engineer, tenant, service, row)| {
            row.live(now)
                .map(|live| {
                    live.map(|access| Window {
                        engineer,
                        tenant,
                        service,
                        access,
                    })
                })
                .transpose()
        });
    windows.collect()
}
