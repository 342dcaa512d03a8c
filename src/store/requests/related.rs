//! What came before a request and what followed it.

use diesel::prelude::*;

use super::Row;
use crate::domain::id::Reference;
use crate::domain::request::{Request, StateKind};
use crate::store::Stored;
use crate::store::column::{Id, Stamp, read};
use crate::store::conn::Conn;
use crate::store::schema::requests;

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
                .and(requests::state_kind.eq(StateKind::Rejected.as_str()))
                .and(requests::deadline.is_null()),
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
