//! Data access requests: their rows, and how one is found.

mod due;
mod list;
mod live;
mod open;
mod related;
mod windows;

pub use due::{due, to_remind};
pub use list::{Cursor, Filter, Listed, View, list};
pub use live::{Found, LiveAccess, Under, Wanted, active_after, active_among};
pub use open::{
    OPEN, count_approved_by, count_open, count_open_of, count_waiting, granted, open_of,
    tenants_with_open,
};
pub use related::{following, rejected_before};
pub use windows::{WINDOWS_MAX, Window, windows_of, windows_to};

use std::collections::HashMap;

use diesel::prelude::*;

use super::column::{Id, Json, JsonText, Stamp, read};
use super::conn::{Conn, either};
use super::prepared::Prepared;
use super::projection::{self, Difference};
use super::schema::requests;
use super::{StoreError, Stored, Tx};
use crate::domain::id::{CaseId, PersonId, Reference, RequestId, ServiceId, TenantId};
use crate::domain::key::Bounds;
use crate::domain::person::{Person, Side};
use crate::domain::request::{Request, State};
use crate::domain::text::Prose;
use crate::domain::time::{Minutes, Moment};

/// Whose requests may be found at all: every lookup names it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sight {
    /// The provider's side: every tenant's. What of these a person may see is for `rights` to say.
    Provider,
    /// One tenant's.
    Tenant(TenantId),
}

impl Sight {
    /// What this person's side can see.
    #[must_use]
    pub const fn of(person: &Person) -> Self {
        match person.side {
            Side::Provider => Self::Provider,
            Side::Tenant(tenant) => Self::Tenant(tenant),
        }
    }
}

#[derive(Queryable, Insertable)]
#[diesel(table_name = requests, treat_none_as_default_value = false)]
struct Row {
    id: Id,
    reference: String,
    tenant_id: Id,
    service_id: Id,
    engineer_id: Id,
    filed_by: Json,
    case_id: Option<Id>,
    reason: String,
    scope: Json,
    asked_minutes: i32,
    filed_at: Stamp,
    quorum: i32,
    endorsement: Option<Json>,
    state_kind: String,
    state: Json,
    deadline: Option<Stamp>,
    version: i32,
    reminders: Json,
    remind_at: Option<Stamp>,
    follows: Option<String>,
}

impl Row {
    fn of(request: &Request) -> Stored<Self> {
        Ok(Self {
            id: Id(request.id.0),
            reference: request.reference.to_string(),
            tenant_id: Id(request.tenant.0),
            service_id: Id(request.service.0),
            engineer_id: Id(request.engineer.0),
            filed_by: Json::of(&request.filed_by)?,
            case_id: request.case.map(|case| Id(case.0)),
            reason: request.reason.to_string(),
            scope: Json::of(&request.scope)?,
            asked_minutes: read("asked duration", i32::try_from(request.asked.get()))?,
            filed_at: Stamp(request.filed_at),
            quorum: i32::from(request.quorum),
            endorsement: request.endorsement.as_ref().map(Json::of).transpose()?,
            state_kind: request.state.kind().as_str().to_owned(),
            state: Json::of(&request.state)?,
            deadline: request.state.deadline().map(Stamp),
            version: read("version", i32::try_from(request.version))?,
            reminders: Json::of(&request.reminders)?,
            remind_at: request.reminders.first().copied().map(Stamp),
            follows: request.follows.as_ref().map(ToString::to_string),
        })
    }

    fn parse(self) -> Stored<Request> {
        let state = whole_state(self.state.read("state")?, &self.state_kind, self.deadline)?;
        let minutes = read("asked duration", u32::try_from(self.asked_minutes))?;
        let reminders: Vec<Moment> = self.reminders.read("reminders")?;
        if reminders.first().copied() != self.remind_at.map(|at| at.0) {
            return Err(StoreError::Senseless(format!(
                "the next reminder of {} is not its first",
                self.reference
            )));
        }
        Ok(Request {
            id: RequestId(self.id.0),
            reference: read("reference", Reference::parse(&self.reference))?,
            tenant: TenantId(self.tenant_id.0),
            service: ServiceId(self.service_id.0),
            engineer: PersonId(self.engineer_id.0),
            filed_by: self.filed_by.read("who filed")?,
            case: self.case_id.map(|id| CaseId(id.0)),
            reason: read("reason", Prose::parse(&self.reason))?,
            scope: self.scope.read("scope")?,
            asked: read("asked duration", Minutes::new(minutes))?,
            filed_at: self.filed_at.0,
            quorum: read("quorum", u8::try_from(self.quorum))?,
            endorsement: self
                .endorsement
                .map(|e| e.read("endorsement"))
                .transpose()?,
            state,
            version: read("version", u32::try_from(self.version))?,
            reminders,
            follows: self
                .follows
                .map(|earlier| read("the request it follows", Reference::parse(&earlier)))
                .transpose()?,
        })
    }
}

/// Requests and whose they are, as a query for both finds them.
fn whose(rows: Vec<(Id, Id)>) -> Vec<(TenantId, RequestId)> {
    let ids = |(tenant, request): (Id, Id)| (TenantId(tenant.0), RequestId(request.0));
    rows.into_iter().map(ids).collect()
}

/// A state as a query for few columns finds it.
fn parse_state(kind: &str, state: &JsonText, deadline: Option<Stamp>) -> Stored<State> {
    whole_state(state.read("state")?, kind, deadline)
}

/// The state is kept whole, and its kind and deadline once more for indexes. Where they differ the row makes no sense.
fn whole_state(state: State, kind: &str, deadline: Option<Stamp>) -> Stored<State> {
    if state.kind().as_str() != kind || state.deadline() != deadline.map(|d| d.0) {
        return Err(StoreError::Senseless(format!(
            "a state {} kept as {kind}",
            state.kind().as_str()
        )));
    }
    Ok(state)
}

projection::beside!(Row {
    reference,
    tenant_id,
    service_id,
    engineer_id,
    filed_by,
    case_id,
    reason,
    scope,
    asked_minutes,
    filed_at,
    quorum,
    endorsement,
    state_kind,
    state,
    deadline,
    version,
    reminders,
    remind_at,
    follows,
});

/// How the rows of these requests differ from them, each by its index. The caller bounds their number.
///
/// # Errors
/// When the database does not answer.
pub fn differing(conn: &mut Conn, requests: &[Request]) -> Stored<Vec<(usize, Difference)>> {
    let expected = requests.iter().map(Row::of).collect::<Stored<Vec<_>>>()?;
    projection::compare(conn, &expected, |conn, ids| {
        requests::table.filter(requests::id.eq_any(ids)).load(conn)
    })
}

/// Adds a request.
///
/// # Errors
/// A unique violation when the reference is taken.
pub fn add(tx: &mut Tx<'_>, request: &Request) -> Stored<()> {
    let row = Row::of(request)?;
    either!(tx.conn(), |conn| diesel::insert_into(requests::table)
        .values(row)
        .execute(conn)?);
    Ok(())
}

/// Saves what of a request can move on: its endorsement, state, version and reminders.
///
/// # Errors
/// When the database does not answer.
pub fn save(tx: &mut Tx<'_>, request: &Request) -> Stored<()> {
    let row = Row::of(request)?;
    let before = requests::table
        .find(row.id)
        .filter(requests::version.eq(row.version - 1));
    let moved_on = (
        requests::endorsement.eq(row.endorsement),
        requests::state_kind.eq(row.state_kind),
        requests::state.eq(row.state),
        requests::deadline.eq(row.deadline),
        requests::version.eq(row.version),
        requests::reminders.eq(row.reminders),
        requests::remind_at.eq(row.remind_at),
    );
    let moved_on = diesel::update(before).set(moved_on);
    let moved_on = moved_on.returning(requests::version);
    let version: Option<i32> = either!(tx.conn(), |conn| Prepared::first(moved_on, conn)?);
    let stale = || format!("request {} is not of the version before", request.reference);
    version
        .map(drop)
        .ok_or_else(|| StoreError::Senseless(stale()))
}

/// Saves which reminders of a request are still to come. A reminder makes no new version of it.
///
/// # Errors
/// When the database does not answer.
pub fn save_reminders(tx: &mut Tx<'_>, request: &Request) -> Stored<()> {
    let row = Row::of(request)?;
    diesel::update(requests::table.find(row.id))
        .set((
            requests::reminders.eq(row.reminders),
            requests::remind_at.eq(row.remind_at),
        ))
        .execute(tx.conn())?;
    Ok(())
}

/// A request by its reference, if it is within sight.
///
/// # Errors
/// When the row makes no sense.
pub fn by_reference(
    conn: &mut Conn,
    sight: Sight,
    reference: &Reference,
) -> Stored<Option<Request>> {
    let mut query = requests::table
        .filter(requests::reference.eq(reference.as_str()))
        .into_boxed();
    if let Sight::Tenant(tenant) = sight {
        query = query.filter(requests::tenant_id.eq(Id(tenant.0)));
    }
    query
        .first::<Row>(conn)
        .optional()?
        .map(Row::parse)
        .transpose()
}

/// A request by its reference, if it is within the bounds of a key.
///
/// # Errors
/// When the row makes no sense.
pub fn within(conn: &mut Conn, bounds: &Bounds, reference: &Reference) -> Stored<Option<Request>> {
    let found = by_reference(conn, Sight::Provider, reference)?;
    Ok(found.filter(|request| bounds.covers(request.tenant, request.service)))
}

/// A tenant's request by its id.
///
/// # Errors
/// When the row makes no sense.
pub fn by_id(conn: &mut Conn, tenant: TenantId, id: RequestId) -> Stored<Option<Request>> {
    let row: Option<Row> = either!(conn, |conn| requests::table
        .find(Id(id.0))
        .filter(requests::tenant_id.eq(Id(tenant.0)))
        .first(conn)
        .optional()?);
    row.map(Row::parse).transpose()
}

/// The requests of these ids that are within sight, in no order. The caller bounds their number.
///
/// # Errors
/// When a row makes no sense.
pub fn by_ids(conn: &mut Conn, sight: Sight, ids: &[RequestId]) -> Stored<Vec<Request>> {
    let mut query = requests::table
        .filter(requests::id.eq_any(ids.iter().map(|id| Id(id.0))))
        .into_boxed();
    if let Sight::Tenant(tenant) = sight {
        query = query.filter(requests::tenant_id.eq(Id(tenant.0)));
    }
    query
        .load::<Row>(conn)?
        .into_iter()
        .map(Row::parse)
        .collect()
}

/// The requests that a list shows, whole and in its order. The caller bounds their number.
///
/// # Errors
/// When a row makes no sense.
pub fn listed_whole(conn: &mut Conn, sight: Sight, listed: &[Listed]) -> Stored<Vec<Request>> {
    let ids: Vec<RequestId> = listed.iter().map(|listed| listed.id).collect();
    let whole = by_ids(conn, sight, &ids)?.into_iter();
    let mut whole: HashMap<RequestId, Request> =
        whole.map(|request| (request.id, request)).collect();
    Ok(listed
        .iter()
        .filter_map(|listed| whole.remove(&listed.id))
        .collect())
}

/// What a tenant's requests of these ids are called. The caller bounds their number.
///
/// # Errors
/// When a row makes no sense.
pub fn references(
    conn: &mut Conn,
    tenant: TenantId,
    ids: &[RequestId],
) -> Stored<HashMap<RequestId, Reference>> {
    let rows: Vec<(Id, String)> = requests::table
        .filter(
            requests::tenant_id
                .eq(Id(tenant.0))
                .and(requests::id.eq_any(ids.iter().map(|id| Id(id.0)))),
        )
        .select((requests::id, requests::reference))
        .load(conn)?;
    rows.into_iter()
        .map(|(id, reference)| {
            Ok((
                RequestId(id.0),
                read("reference", Reference::parse(&reference))?,
            ))
        })
        .collect()
}

/// Whether a reference was drawn before.
///
/// # Errors
/// When the database does not answer.
pub fn is_taken(conn: &mut Conn, reference: &Reference) -> Stored<bool> {
    let those = requests::table.filter(requests::reference.eq(reference.as_str()));
    Ok(either!(conn, |conn| diesel::select(diesel::dsl::exists(
        those
    ))
    .get_result(conn)?))
}

/// At most `limit` requests after the id `after`, by id.
///
/// # Errors
/// When a row makes no sense.
pub fn page(conn: &mut Conn, after: Option<RequestId>, limit: i64) -> Stored<Vec<Request>> {
    let mut query = requests::table
        .order(requests::id)
        .limit(limit)
        .into_boxed();
    if let Some(after) = after {
        query = query.filter(requests::id.gt(Id(after.0)));
    }
    query
        .load::<Row>(conn)?
        .into_iter()
        .map(Row::parse)
        .collect()
}

#[cfg(test)]
mod tests;
