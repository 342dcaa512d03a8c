//! Activity: what was done under requests.

mod at_once;
mod one_by_one;

use std::cmp::Reverse;

use chrono::TimeDelta;
use diesel::prelude::*;
use uuid::Uuid;

use super::column::{Id, Stamp, read};
use super::conn::{Conn, either};
use super::schema::{activity, tenants};
use super::{Keep, StoreError, Stored, Tx, idempotency};
use crate::domain::activity::{Deed, KnownBy};
use crate::domain::id::{DeedId, KeyId, RequestId, TenantId};
use crate::domain::text::Line;
use crate::domain::time::Moment;
use at_once::AtOnce;
use one_by_one::OneByOne;

#[derive(Queryable)]
struct Row {
    id: Id,
    tenant_id: Id,
    request_id: Id,
    happened_at: Stamp,
    recorded_at: Stamp,
    action: String,
    object: Option<String>,
    known_by: String,
    recorded_by: String,
    sealed_in: Option<i64>,
}

impl Row {
    fn parse(self) -> Stored<Kept> {
        let known_by = KnownBy::parse(&self.known_by);
        let deed = Deed {
            id: DeedId(self.id.0),
            tenant: TenantId(self.tenant_id.0),
            request: RequestId(self.request_id.0),
            happened_at: self.happened_at.0,
            recorded_at: self.recorded_at.0,
            action: self.action,
            object: self.object,
            known_by: known_by.ok_or_else(|| StoreError::Senseless(self.known_by))?,
            recorded_by: read("who recorded a deed", Line::parse(&self.recorded_by))?,
        };
        let sealed_in = self.sealed_in.map(u64::try_from).transpose();
        Ok(Kept {
            deed,
            sealed_in: read("where a deed is sealed", sealed_in)?,
        })
    }
}

/// A deed as it is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Kept {
    /// The deed.
    pub deed: Deed,
    /// The place of the entry of the tenant's log that seals it; none until its minute is over.
    pub sealed_in: Option<u64>,
}

impl Keep<'_> {
    /// Records deeds: all of them durably, or none. The caller bounds their number.
    ///
    /// # Errors
    /// When the database does not answer.
    pub fn record(&mut self, deeds: &[&Deed]) -> Stored<()> {
        match self.0 {
            Conn::Postgres(conn) => insert_at_once(conn, deeds),
            Conn::Sqlite(conn) => conn.immediate_transaction(|conn| insert_each(conn, deeds)),
        }
    }

    /// Records deeds together with the answer of a claimed idempotency key: both durably, or neither.
    ///
    /// # Errors
    /// [`StoreError::ClaimLost`], and when the database does not answer.
    pub fn record_once(
        &mut self,
        deeds: &[&Deed],
        key: KeyId,
        idempotency_key: &str,
        answer: &str,
    ) -> Stored<()> {
        self.0.transaction(|conn| {
            idempotency::keep_answer(conn, key, idempotency_key, answer)?;
            match conn {
                Conn::Postgres(conn) => insert_at_once(conn, deeds),
                Conn::Sqlite(conn) => insert_each(conn, deeds),
            }
        })
    }

    /// Forgets what was recorded before then and is sealed, at most `limit` deeds; says how many. Their roots stay.
    ///
    /// # Errors
    /// When the database does not answer.
    pub fn sweep_activity(&mut self, before: Moment, limit: i64) -> Stored<usize> {
        let old: Vec<Id> = activity::table
            .filter(activity::id.lt(Id(first_id_at(before))))
            .filter(activity::sealed_in.is_not_null())
            .order(activity::id)
            .limit(limit)
            .select(activity::id)
            .load(self.0)?;
        let swept = activity::table.filter(activity::id.eq_any(&old));
        Ok(diesel::delete(swept).execute(self.0)?)
    }
}

fn insert_at_once(conn: &mut PgConnection, deeds: &[&Deed]) -> Stored<()> {
    AtOnce::of(deeds).execute(conn)?;
    Ok(())
}

fn insert_each(conn: &mut SqliteConnection, deeds: &[&Deed]) -> Stored<()> {
    for deed in deeds {
        OneByOne::of(deed).execute(conn)?;
    }
    Ok(())
}

/// Ids begin with the millisecond of recording (RFC 9562, version 7).
fn first_id_at(moment: Moment) -> Uuid {
    let millis = u64::try_from(moment.timestamp_millis()).unwrap_or_default();
    uuid::Builder::from_unix_timestamp_millis(millis, &[0; 10]).into_uuid()
}

/// Marks at most `limit` deeds of a tenant that are not sealed yet as sealed in this place of its log, and says which: in
/// one statement, so that none comes between the looking and the marking.
///
/// # Errors
/// When the database does not answer, or a row makes no sense.
pub fn seal(tx: &mut Tx<'_>, tenant: TenantId, place: u64, limit: i64) -> Stored<Vec<Deed>> {
    let place = read("place in a log", i64::try_from(place))?;
    let those = activity::table
        .filter(
            activity::tenant_id
                .eq(Id(tenant.0))
                .and(activity::sealed_in.is_null()),
        )
        .order(activity::id)
        .limit(limit)
        .select(activity::id);
    let those: Vec<Id> = those.load(tx.conn())?;
    let mut sealed = Vec::with_capacity(those.len());
    for some in those.chunks(SEALED_AT_ONCE) {
        let rows: Vec<Row> = either!(tx.conn(), |conn| diesel::update(
            activity::table.filter(activity::id.eq_any(some))
        )
        .set(activity::sealed_in.eq(place))
        .returning(activity::all_columns)
        .get_results(conn))?;
        for row in rows {
            sealed.push(row.parse()?.deed);
        }
    }
    Ok(sealed)
}

/// Most rows marked by one statement.
const SEALED_AT_ONCE: usize = 500;

/// At most `limit` tenants, those after `after` only, that have deeds which are not sealed.
///
/// # Errors
/// When the database does not answer.
pub fn unsealed_tenants(
    conn: &mut Conn,
    after: Option<TenantId>,
    limit: i64,
) -> Stored<Vec<TenantId>> {
    let unsealed = activity::table.filter(
        activity::tenant_id
            .eq(tenants::id)
            .and(activity::sealed_in.is_null()),
    );
    let mut with = tenants::table
        .filter(diesel::dsl::exists(unsealed))
        .select(tenants::id)
        .order(tenants::id)
        .limit(limit)
        .into_boxed();
    if let Some(after) = after {
        with = with.filter(tenants::id.gt(Id(after.0)));
    }
    let found: Vec<Id> = with.load(conn)?;
    Ok(found.into_iter().map(|id| TenantId(id.0)).collect())
}

/// At most `limit` deeds under a request, the newest first, those before `before` only.
///
/// # Errors
/// When the database does not answer, or a row makes no sense.
pub fn under(
    conn: &mut Conn,
    tenant: TenantId,
    request: RequestId,
    before: Option<DeedId>,
    limit: i64,
) -> Stored<Vec<Kept>> {
    let under = || {
        let mut under = activity::table
            .filter(activity::tenant_id.eq(Id(tenant.0)))
            .filter(activity::request_id.eq(Id(request.0)))
            .order(activity::id.desc())
            .limit(limit)
            .into_boxed();
        if let Some(before) = before {
            under = under.filter(activity::id.lt(Id(before.0)));
        }
        under
    };
    // Each kind has an index of its own. One that is not sealed may be older than one that is: nodes have clocks.
    let mut rows: Vec<Row> = under().filter(activity::sealed_in.is_null()).load(conn)?;
    let sealed: Vec<Row> = under()
        .filter(activity::sealed_in.is_not_null())
        .load(conn)?;
    rows.extend(sealed);
    rows.sort_unstable_by_key(|row| Reverse(row.id.0));
    // What was sealed between the two looks was seen twice.
    rows.dedup_by_key(|row| row.id.0);
    rows.truncate(usize::try_from(limit).unwrap_or_default());
    rows.into_iter().map(Row::parse).collect()
}

/// At most `limit` deeds under a request that an entry before the place `before` of the tenant's log seals, in their
/// order, those after `after` only.
///
/// # Errors
/// When the database does not answer, or a row makes no sense.
pub fn sealed_under(
    conn: &mut Conn,
    tenant: TenantId,
    request: RequestId,
    before: u64,
    after: Option<DeedId>,
    limit: i64,
) -> Stored<Vec<Kept>> {
    let before = read("place in a log", i64::try_from(before))?;
    let sealed = activity::table
        .filter(activity::tenant_id.eq(Id(tenant.0)))
        .filter(activity::request_id.eq(Id(request.0)))
        .filter(activity::sealed_in.lt(before))
        // Also where there is none before: SQLite then takes the index by request.
        .filter(activity::id.gt(Id(after.map_or(Uuid::nil(), |after| after.0))))
        .order(activity::id)
        .limit(limit);
    let rows: Vec<Row> = sealed.load(conn)?;
    rows.into_iter().map(Row::parse).collect()
}

/// The next place of a tenant's log after `after` that deeds say they are sealed in.
///
/// # Errors
/// When the database does not answer.
pub fn next_sealing_place(
    conn: &mut Conn,
    tenant: TenantId,
    after: Option<i64>,
) -> Stored<Option<i64>> {
    Ok(activity::table
        .filter(activity::tenant_id.eq(Id(tenant.0)))
        .filter(activity::sealed_in.gt(after.unwrap_or(i64::MIN)))
        .select(activity::sealed_in)
        .order(activity::sealed_in)
        .first::<Option<i64>>(conn)
        .optional()?
        .flatten())
}

/// At most `limit` deeds that an entry of a tenant's log seals, in their order, those after `after` only.
///
/// # Errors
/// When the database does not answer, or a row makes no sense.
pub fn sealed_in(
    conn: &mut Conn,
    tenant: TenantId,
    place: u64,
    after: Option<DeedId>,
    limit: i64,
) -> Stored<Vec<Deed>> {
    let place = read("place in a log", i64::try_from(place))?;
    let mut sealed = activity::table
        .filter(activity::tenant_id.eq(Id(tenant.0)))
        .filter(activity::sealed_in.eq(place))
        .order(activity::id)
        .limit(limit)
        .into_boxed();
    if let Some(after) = after {
        sealed = sealed.filter(activity::id.gt(Id(after.0)));
    }
    let rows: Vec<Row> = sealed.load(conn)?;
    rows.into_iter().map(|row| Ok(row.parse()?.deed)).collect()
}

/// How long deeds are kept. The roots over them are part of the log, which is kept for ever.
pub const KEPT: TimeDelta = TimeDelta::days(365);
