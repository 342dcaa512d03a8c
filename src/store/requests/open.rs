//! Requests that time can still move on: which they are, and how many.

use diesel::prelude::*;

use super::{Row, whose};
use crate::domain::id::{PersonId, RequestId, TenantId};
use crate::domain::notice;
use crate::domain::request::{Request, StateKind};
use crate::domain::time::Moment;
use crate::store::Stored;
use crate::store::column::{Id, Stamp};
use crate::store::conn::{Conn, either};
use crate::store::schema::requests;

/// The states that time can still move on.
pub const OPEN: [StateKind; 4] = [
    StateKind::AwaitingManager,
    StateKind::AwaitingCustomer,
    StateKind::Approved,
    StateKind::Active,
];

/// Requests read at a time to be counted.
const COUNTED_PER_PAGE: i64 = 200;

/// That time can still move a request on. A list of values would have SQLite read the statement anew each time.
macro_rules! is_open {
    () => {{
        let [first, second, third, last] = OPEN.map(StateKind::as_str);
        let is = |kind: &'static str| requests::state_kind.eq(kind);
        is(first).or(is(second)).or(is(third)).or(is(last))
    }};
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
    Ok(whose(rows))
}
