//! Requests that time has moved on, or has somebody reminded of.

use diesel::prelude::*;

use super::whose;
use crate::domain::id::{RequestId, TenantId};
use crate::domain::request::StateKind;
use crate::domain::time::Moment;
use crate::store::Stored;
use crate::store::column::{Id, Stamp};
use crate::store::conn::Conn;
use crate::store::schema::{requests, tenants};

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
    Ok(whose(rows))
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
    Ok(whose(rows))
}
