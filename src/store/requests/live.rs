//! Live access: what the data plane asks about.

use diesel::pg::Pg;
use diesel::prelude::*;
use diesel::query_builder::{AstPass, Query, QueryFragment, QueryId};
use diesel::sql_types::{Array, BigInt, Nullable, Text};

use super::parse_state;
use crate::domain::id::Reference;
use crate::domain::request::{State, StateKind};
use crate::domain::scope::Scope;
use crate::domain::text::{EmailAddress, Slug};
use crate::domain::time::Moment;
use crate::store::Stored;
use crate::store::column::{JsonText, Stamp, read, sql};
use crate::store::conn::Conn;
use crate::store::schema::{people, requests, services, tenants};

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

/// Live access of one engineer.
#[derive(Debug, Clone)]
pub struct LiveAccess {
    /// Under which request.
    pub reference: Reference,
    /// What it covers.
    pub scope: Scope,
    /// Until when.
    pub until: Moment,
}

/// For each of the wanted, in their order, its live access: at most 20 windows, the longest first. Unknown names find
/// nothing, and a row that makes no sense is an error of those alone who asked about it. The caller bounds the number
/// of the wanted.
///
/// # Errors
/// When the database does not answer.
pub fn live_access(
    conn: &mut Conn,
    wanted: &[Wanted],
    now: Moment,
) -> Stored<Vec<Stored<Vec<LiveAccess>>>> {
    let mut found: Vec<Vec<Row>> = match conn {
        Conn::Sqlite(conn) => wanted
            .iter()
            .map(|wanted| of_one(conn, wanted, now))
            .collect::<QueryResult<_>>()?,
        Conn::Postgres(conn) => of_all(conn, wanted, now)?,
    };
    Ok(found
        .iter_mut()
        .map(|rows| {
            rows.drain(..)
                .filter_map(|row| row.live(now).transpose())
                .collect()
        })
        .collect())
}

#[derive(Queryable)]
pub(super) struct Row {
    reference: String,
    scope: JsonText,
    state_kind: String,
    state: JsonText,
    deadline: Option<Stamp>,
}

impl Row {
    /// What it is read from, in its order.
    pub(super) const fn columns() -> (
        requests::reference,
        requests::scope,
        requests::state_kind,
        requests::state,
        requests::deadline,
    ) {
        (
            requests::reference,
            requests::scope,
            requests::state_kind,
            requests::state,
            requests::deadline,
        )
    }

    pub(super) fn live(self, now: Moment) -> Stored<Option<LiveAccess>> {
        let state = parse_state(&self.state_kind, &self.state, self.deadline)?;
        let State::Active { until, .. } = state.at(now) else {
            return Ok(None);
        };
        Ok(Some(LiveAccess {
            reference: read("reference", Reference::parse(&self.reference))?,
            scope: self.scope.read("scope")?,
            until,
        }))
    }
}

/// Most windows of one question.
const WINDOWS_MAX: i64 = 20;

/// Asking SQLite costs no journey: one question after the other.
fn of_one(conn: &mut SqliteConnection, wanted: &Wanted, now: Moment) -> QueryResult<Vec<Row>> {
    requests::table
        .inner_join(people::table)
        .inner_join(tenants::table)
        .inner_join(services::table)
        .filter(
            people::email
                .eq(wanted.engineer.as_str())
                .and(tenants::key.eq(wanted.tenant.as_str()))
                .and(services::key.eq(wanted.service.as_str()))
                .and(people::removed_at.is_null()),
        )
        .filter(
            requests::state_kind
                .eq(StateKind::Active.as_str())
                .and(requests::deadline.gt(Stamp(now))),
        )
        .order(requests::deadline.desc())
        .limit(WINDOWS_MAX)
        .select(Row::columns())
        .load(conn)
}

/// Asking `PostgreSQL` costs a journey: all questions go on the same one.
fn of_all(conn: &mut PgConnection, wanted: &[Wanted], now: Moment) -> QueryResult<Vec<Vec<Row>>> {
    let asked = LiveOf {
        engineers: wanted
            .iter()
            .map(|wanted| wanted.engineer.as_str())
            .collect(),
        tenants: wanted.iter().map(|wanted| wanted.tenant.as_str()).collect(),
        services: wanted
            .iter()
            .map(|wanted| wanted.service.as_str())
            .collect(),
        now: Stamp(now),
    };
    let mut found: Vec<Vec<Row>> = wanted.iter().map(|_| Vec::new()).collect();
    for (place, row) in asked.load::<(i64, Row)>(conn)? {
        let place = usize::try_from(place - 1).ok();
        if let Some(rows) = place.and_then(|place| found.get_mut(place)) {
            rows.push(row);
        }
    }
    Ok(found)
}

/// The question of [`of_one`] for each place of three arrays. Diesel has no LATERAL; without it `PostgreSQL` might plan
/// for all active windows instead of these few.
struct LiveOf<'a> {
    engineers: Vec<&'a str>,
    tenants: Vec<&'a str>,
    services: Vec<&'a str>,
    now: Stamp,
}

impl QueryId for LiveOf<'_> {
    type QueryId = LiveOf<'static>;
    const HAS_STATIC_QUERY_ID: bool = true;
}

impl Query for LiveOf<'_> {
    type SqlType = (
        BigInt,
        (Text, sql::Json, Text, sql::Json, Nullable<sql::Stamp>),
    );
}

impl RunQueryDsl<PgConnection> for LiveOf<'_> {}

impl QueryFragment<Pg> for LiveOf<'_> {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        out.push_sql(
            "SELECT asked.place, live.reference, live.scope, live.state_kind, live.state, live.deadline FROM unnest(",
        );
        out.push_bind_param::<Array<Text>, _>(&self.engineers)?;
        out.push_sql(", ");
        out.push_bind_param::<Array<Text>, _>(&self.tenants)?;
        out.push_sql(", ");
        out.push_bind_param::<Array<Text>, _>(&self.services)?;
        out.push_sql(
            ") WITH ORDINALITY AS asked (engineer, tenant, service, place) \
             CROSS JOIN LATERAL ( \
                 SELECT r.reference, r.scope, r.state_kind, r.state, r.deadline FROM people AS p \
                 JOIN requests AS r ON r.engineer_id = p.id AND r.state_kind = ",
        );
        out.push_bind_param::<Text, _>(StateKind::Active.as_str())?;
        out.push_sql(
            " JOIN tenants AS t ON t.id = r.tenant_id JOIN services AS s ON s.id = r.service_id \
             WHERE p.email = asked.engineer AND p.removed_at IS NULL AND t.key = asked.tenant AND s.key = asked.service AND r.deadline > ",
        );
        out.push_bind_param::<sql::Stamp, _>(&self.now)?;
        out.push_sql(" ORDER BY r.deadline DESC LIMIT ");
        out.push_bind_param::<BigInt, _>(&WINDOWS_MAX)?;
        out.push_sql(") AS live ORDER BY asked.place, live.deadline DESC");
        Ok(())
    }
}
