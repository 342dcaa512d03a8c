//! Data access requests: their rows, and the questions asked of them.

mod list;
mod live;
mod windows;

pub use list::{Cursor, Filter, Listed, View, list};
pub use live::{Found, LiveAccess, Under, Wanted, active_after, active_among};
pub use windows::{WINDOWS_MAX, Window, windows_of, windows_to};

use std::collections::HashMap;

use diesel::prelude::*;

use super::column::{Id, Json, JsonText, Stamp, read};
use super::conn::{Conn, either};
use super::prepared::Prepared;
use super::projection::{self, Difference};
use super::schema::{requests, tenants};
use super::{StoreError, Stored, Tx};
use crate::domain::id::{CaseId, PersonId, Reference, RequestId, ServiceId, TenantId};
use crate::domain::key::Bounds;
use crate::domain::notice;
use crate::domain::person::{Person, Side};
use crate::domain::request::{Request, State, StateKind};
use crate::domain::text::Prose;
use crate::domain::time::{Minutes, Moment};

/// That time can still move a request on. A list of values would have SQLite read the statement anew each time.
macro_rules! is_open {
    () => {{
        let [first, second, third, last] = OPEN.map(StateKind::as_str);
        let is = |kind: &'static str| requests::state_kind.eq(kind);
        is(first).or(is(second)).or(is(third)).or(is(last))
    }};
}

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
    let mut query = requests::table
        .filter(requests::id.eq_any(listed.iter().map(|listed| Id(listed.id.0))))
        .into_boxed();
    if let Sight::Tenant(tenant) = sight {
        query = query.filter(requests::tenant_id.eq(Id(tenant.0)));
    }
    let mut whole = HashMap::new();
    for row in query.load::<Row>(conn)? {
        let request = row.parse()?;
        whole.insert(request.id, request);
    }
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

/// The last request of the same engineer for the same service of the same tenant that was filed before this one
/// and rejected.
///
/// # Errors
/// When the row makes no sense.
pub fn rejected_before(conn: &mut Conn, request: &Request) -> Stored<Option<Request>> {
    let row: Option<Row> = requests::table
        .filter(
            requests::engineer_id
                .eq(Id(request.engineer.0))
                .and(requests::tenant_id.eq(Id(request.tenant.0)))
                .and(requests::state_kind.eq(StateKind::Rejected.as_str())),
        )
        .filter(
            requests::service_id
                .eq(Id(request.service.0))
                .and(requests::filed_at.lt(Stamp(request.filed_at))),
        )
        .order((requests::filed_at.desc(), requests::id.desc()))
        .first(conn)
        .optional()?;
    row.map(Row::parse).transpose()
}

/// What the requests are called that ask a tenant for more time after this one, the oldest first; at most `limit`.
///
/// # Errors
/// When a row makes no sense.
pub fn following(conn: &mut Conn, request: &Request, limit: i64) -> Stored<Vec<Reference>> {
    let rows: Vec<String> = requests::table
        .filter(
            requests::follows
                .eq(request.reference.as_str())
                .and(requests::tenant_id.eq(Id(request.tenant.0))),
        )
        .order((requests::filed_at, requests::id))
        .limit(limit)
        .select(requests::reference)
        .load(conn)?;
    rows.iter()
        .map(|reference| read("reference", Reference::parse(reference)))
        .collect()
}

/// How many requests of a tenant wait for its decision at `now`.
///
/// # Errors
/// When the database does not answer.
pub fn count_waiting(conn: &mut Conn, tenant: TenantId, now: Moment) -> Stored<i64> {
    Ok(requests::table
        .filter(
            requests::tenant_id
                .eq(Id(tenant.0))
                .and(requests::state_kind.eq(StateKind::AwaitingCustomer.as_str())),
        )
        .filter(requests::deadline.gt(Stamp(now)))
        .count()
        .get_result(conn)?)
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

/// How many requests of this engineer for this tenant are open at `now`.
///
/// # Errors
/// When the database does not answer.
pub fn count_open(
    conn: &mut Conn,
    engineer: PersonId,
    tenant: TenantId,
    now: Moment,
) -> Stored<i64> {
    Ok(either!(conn, |conn| requests::table
        .filter(requests::engineer_id.eq(Id(engineer.0)))
        .filter(requests::tenant_id.eq(Id(tenant.0)))
        .filter(is_open!())
        .filter(requests::deadline.gt(Stamp(now)))
        .count()
        .get_result(conn)?))
}

/// How many requests of this engineer are open at `now`, for whatever tenant.
///
/// # Errors
/// When the database does not answer.
pub fn count_open_of(conn: &mut Conn, engineer: PersonId, now: Moment) -> Stored<usize> {
    let open: i64 = requests::table
        .filter(
            requests::engineer_id
                .eq(Id(engineer.0))
                .and(is_open!())
                .and(requests::deadline.gt(Stamp(now))),
        )
        .count()
        .get_result(conn)?;
    Ok(usize::try_from(open).unwrap_or_default())
}

/// How many requests of a tenant wait for more approvals than this person's.
///
/// # Errors
/// When a row makes no sense.
pub fn count_approved_by(
    conn: &mut Conn,
    tenant: TenantId,
    person: PersonId,
    now: Moment,
) -> Stored<usize> {
    let (mut count, mut after) = (0, None);
    loop {
        let waiting = [StateKind::AwaitingCustomer];
        let page = open_of(conn, tenant, &waiting, after, now, COUNTED_PER_PAGE)?;
        let Some(last) = page.last() else {
            return Ok(count);
        };
        after = Some(last.id);
        let theirs = |request: &&Request| notice::has_answered(person, request);
        count += page.iter().filter(theirs).count();
    }
}

/// Requests read at a time to be counted.
const COUNTED_PER_PAGE: i64 = 200;

/// The tenants that this engineer has open requests for at `now`, in the order of their ids.
///
/// # Errors
/// When the database does not answer.
pub fn tenants_with_open(
    conn: &mut Conn,
    engineer: PersonId,
    now: Moment,
) -> Stored<Vec<TenantId>> {
    let ids: Vec<Id> = requests::table
        .filter(
            requests::engineer_id
                .eq(Id(engineer.0))
                .and(is_open!())
                .and(requests::deadline.gt(Stamp(now))),
        )
        .select(requests::tenant_id)
        .distinct()
        .order(requests::tenant_id)
        .load(conn)?;
    Ok(ids.into_iter().map(|id| TenantId(id.0)).collect())
}

/// The states that time can still move on.
pub const OPEN: [StateKind; 4] = [
    StateKind::AwaitingManager,
    StateKind::AwaitingCustomer,
    StateKind::Approved,
    StateKind::Active,
];

/// At most `limit` requests that time has moved on and nobody has recorded, oldest deadline first.
///
/// # Errors
/// When a row makes no sense.
pub fn due(conn: &mut Conn, now: Moment, limit: i64) -> Stored<Vec<(TenantId, RequestId)>> {
    let rows: Vec<(Id, Id)> = requests::table
        .filter(requests::deadline.le(Stamp(now)))
        .order(requests::deadline)
        .limit(limit)
        .select((requests::tenant_id, requests::id))
        .load(conn)?;
    Ok(rows
        .into_iter()
        .map(|(tenant, request)| (TenantId(tenant.0), RequestId(request.0)))
        .collect())
}

/// The requests of everybody that are recorded as approved or active, at most `limit` after the id `after`, by id.
///
/// # Errors
/// When the database does not answer.
pub fn granted(
    conn: &mut Conn,
    after: Option<RequestId>,
    limit: i64,
) -> Stored<Vec<(TenantId, RequestId)>> {
    let granted = [StateKind::Approved, StateKind::Active].map(StateKind::as_str);
    let mut query = requests::table
        .filter(requests::state_kind.eq_any(granted))
        .order(requests::id)
        .limit(limit)
        .select((requests::tenant_id, requests::id))
        .into_boxed();
    if let Some(after) = after {
        query = query.filter(requests::id.gt(Id(after.0)));
    }
    let rows: Vec<(Id, Id)> = query.load(conn)?;
    Ok(rows
        .into_iter()
        .map(|(tenant, request)| (TenantId(tenant.0), RequestId(request.0)))
        .collect())
}

/// At most `limit` requests with a reminder whose moment has come and which is still of use, the oldest first. A
/// tenant that wants no reminders gets none; the engineer is told of the end of an access all the same.
///
/// # Errors
/// When the database does not answer.
pub fn to_remind(
    conn: &mut Conn,
    now: Moment,
    of_use_until: Moment,
    limit: i64,
) -> Stored<Vec<(TenantId, RequestId)>> {
    let rows: Vec<(Id, Id)> = requests::table
        .inner_join(tenants::table)
        .filter(
            requests::remind_at
                .le(Stamp(now))
                .and(requests::deadline.ge(Stamp(of_use_until))),
        )
        .filter(
            tenants::mail_reminders
                .eq(true)
                .or(requests::state_kind.eq(StateKind::Active.as_str())),
        )
        .order((requests::remind_at, requests::id))
        .limit(limit)
        .select((requests::tenant_id, requests::id))
        .load(conn)?;
    Ok(rows
        .into_iter()
        .map(|(tenant, request)| (TenantId(tenant.0), RequestId(request.0)))
        .collect())
}

/// A tenant's requests of these kinds that are open at `now`, at most `limit` after the id `after`, by id.
///
/// # Errors
/// When a row makes no sense.
pub fn open_of(
    conn: &mut Conn,
    tenant: TenantId,
    kinds: &[StateKind],
    after: Option<RequestId>,
    now: Moment,
    limit: i64,
) -> Stored<Vec<Request>> {
    let mut query = requests::table
        .filter(
            requests::tenant_id
                .eq(Id(tenant.0))
                .and(requests::state_kind.eq_any(kinds.iter().map(|kind| kind.as_str()))),
        )
        .filter(requests::deadline.gt(Stamp(now)))
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
