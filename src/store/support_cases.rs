//! Support cases.

use diesel::prelude::*;

use super::column::{Id, Json, Stamp, read};
use super::conn::Conn;
use super::cursor::Cursor;
use super::projection::{self, Difference};
use super::requests::Sight;
use super::schema::{requests, support_cases};
use super::{StoreError, Stored, Tx};
use crate::domain::id::{CaseId, TenantId};
use crate::domain::key::Bounds;
use crate::domain::support_case::{Done, SupportCase};
use crate::domain::text::{Line, Prose};

#[derive(Queryable, Insertable)]
#[diesel(table_name = support_cases, treat_none_as_default_value = false)]
struct Row {
    id: Id,
    tenant_id: Id,
    number: String,
    title: String,
    description: Option<String>,
    opened_by: Json,
    opened_at: Stamp,
    changed_by: Option<Json>,
    changed_at: Option<Stamp>,
    closed_by: Option<Json>,
    closed_at: Option<Stamp>,
}

impl Row {
    fn of(case: &SupportCase) -> Stored<Self> {
        let by = |done: &Option<Done>| done.as_ref().map(|done| Json::of(&done.by)).transpose();
        let at = |done: &Option<Done>| done.as_ref().map(|done| Stamp(done.at));
        Ok(Self {
            id: Id(case.id.0),
            tenant_id: Id(case.tenant.0),
            number: case.number.to_string(),
            title: case.title.to_string(),
            description: case.description.as_ref().map(ToString::to_string),
            opened_by: Json::of(&case.opened.by)?,
            opened_at: Stamp(case.opened.at),
            changed_by: by(&case.changed)?,
            changed_at: at(&case.changed),
            closed_by: by(&case.closed)?,
            closed_at: at(&case.closed),
        })
    }

    fn parse(self) -> Stored<SupportCase> {
        let description = self.description.as_deref().map(Prose::parse).transpose();
        Ok(SupportCase {
            id: CaseId(self.id.0),
            tenant: TenantId(self.tenant_id.0),
            number: read("case number", Line::parse(&self.number))?,
            title: read("case title", Line::parse(&self.title))?,
            description: read("case description", description)?,
            opened: Done {
                by: self.opened_by.read("who opened it")?,
                at: self.opened_at.0,
            },
            changed: done(self.changed_by, self.changed_at, "who changed it")?,
            closed: done(self.closed_by, self.closed_at, "who closed it")?,
        })
    }
}

fn done(by: Option<Json>, at: Option<Stamp>, what: &'static str) -> Stored<Option<Done>> {
    match (by, at) {
        (None, None) => Ok(None),
        (Some(by), Some(at)) => Ok(Some(Done {
            by: by.read(what)?,
            at: at.0,
        })),
        _ => Err(StoreError::Senseless(format!("{what}, or when"))),
    }
}

projection::beside!(Row {
    tenant_id,
    number,
    title,
    description,
    opened_by,
    opened_at,
    changed_by,
    changed_at,
    closed_by,
    closed_at,
});

/// How the rows of these cases differ from them, each by its index. The caller bounds their number.
///
/// # Errors
/// When the database does not answer.
pub fn differing(conn: &mut Conn, cases: &[SupportCase]) -> Stored<Vec<(usize, Difference)>> {
    let expected = cases.iter().map(Row::of).collect::<Stored<Vec<_>>>()?;
    projection::compare(conn, &expected, |conn, ids| {
        support_cases::table
            .filter(support_cases::id.eq_any(ids))
            .load(conn)
    })
}

/// Adds a case.
///
/// # Errors
/// A unique violation when the tenant has a case of this number.
pub fn add(tx: &mut Tx<'_>, case: &SupportCase) -> Stored<()> {
    diesel::insert_into(support_cases::table)
        .values(Row::of(case)?)
        .execute(tx.conn())?;
    Ok(())
}

/// Saves what of a case can change: its words, who said them anew, and who closed it.
///
/// # Errors
/// When the database does not answer, or there is no such open case.
pub fn save(tx: &mut Tx<'_>, case: &SupportCase) -> Stored<()> {
    let row = Row::of(case)?;
    let changed = diesel::update(
        support_cases::table
            .find(row.id)
            .filter(support_cases::closed_at.is_null()),
    )
    .set((
        support_cases::title.eq(row.title),
        support_cases::description.eq(row.description),
        support_cases::changed_by.eq(row.changed_by),
        support_cases::changed_at.eq(row.changed_at),
        support_cases::closed_by.eq(row.closed_by),
        support_cases::closed_at.eq(row.closed_at),
    ))
    .execute(tx.conn())?;
    if changed == 1 {
        Ok(())
    } else {
        let words = format!("the case {} is not open", case.number);
        Err(StoreError::Senseless(words))
    }
}

/// A tenant's case by its number.
///
/// # Errors
/// When the row makes no sense.
pub fn by_number(conn: &mut Conn, tenant: TenantId, number: &Line) -> Stored<Option<SupportCase>> {
    let row: Option<Row> = support_cases::table
        .filter(
            support_cases::tenant_id
                .eq(Id(tenant.0))
                .and(support_cases::number.eq(number.as_str())),
        )
        .first(conn)
        .optional()?;
    row.map(Row::parse).transpose()
}

/// A tenant's case by its id.
///
/// # Errors
/// When the row makes no sense.
pub fn by_id(conn: &mut Conn, tenant: TenantId, id: CaseId) -> Stored<Option<SupportCase>> {
    within_sight(conn, Sight::Tenant(tenant), id)
}

/// A case by its id, if it is within sight.
///
/// # Errors
/// When the row makes no sense.
pub fn within_sight(conn: &mut Conn, sight: Sight, id: CaseId) -> Stored<Option<SupportCase>> {
    let mut query = support_cases::table
        .filter(support_cases::id.eq(Id(id.0)))
        .into_boxed();
    if let Sight::Tenant(tenant) = sight {
        query = query.filter(support_cases::tenant_id.eq(Id(tenant.0)));
    }
    let row: Option<Row> = query.first(conn).optional()?;
    row.map(Row::parse).transpose()
}

/// A case by its id, if it is within the bounds of a key.
///
/// # Errors
/// When the row makes no sense.
pub fn within(conn: &mut Conn, bounds: &Bounds, id: CaseId) -> Stored<Option<SupportCase>> {
    let found = within_sight(conn, Sight::Provider, id)?;
    Ok(found.filter(|case| bounds.case(case.tenant)))
}

/// How many cases of a tenant are open.
///
/// # Errors
/// When the database does not answer.
pub fn count_open(conn: &mut Conn, tenant: TenantId) -> Stored<i64> {
    Ok(support_cases::table
        .filter(
            support_cases::tenant_id
                .eq(Id(tenant.0))
                .and(support_cases::closed_at.is_null()),
        )
        .count()
        .get_result(conn)?)
}

/// Whether a request names this case.
///
/// # Errors
/// When the database does not answer.
pub fn is_named(conn: &mut Conn, tenant: TenantId, case: CaseId) -> Stored<bool> {
    Ok(diesel::select(diesel::dsl::exists(
        requests::table.filter(
            requests::case_id
                .eq(Id(case.0))
                .and(requests::tenant_id.eq(Id(tenant.0))),
        ),
    ))
    .get_result(conn)?)
}

/// Which cases a list shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum View {
    /// Those that are open, the one opened last first.
    Open,
    /// Those that are closed, the one closed last first.
    Closed,
}

impl View {
    /// The cursor of the page that ends with this case.
    #[must_use]
    pub fn cursor(self, case: &SupportCase) -> Cursor {
        let at = match (self, &case.closed) {
            (Self::Closed, Some(closed)) => closed.at,
            _ => case.opened.at,
        };
        Cursor { at, id: case.id.0 }
    }
}

/// At most `limit` cases of a view within sight, after a cursor.
///
/// # Errors
/// When a row makes no sense.
pub fn list(
    conn: &mut Conn,
    sight: Sight,
    view: View,
    after: Option<Cursor>,
    limit: i64,
) -> Stored<Vec<SupportCase>> {
    let mut query = support_cases::table.limit(limit).into_boxed();
    if let Sight::Tenant(tenant) = sight {
        query = query.filter(support_cases::tenant_id.eq(Id(tenant.0)));
    }
    // Written so that an index finds the place: the first condition bounds its column alone.
    macro_rules! ordered {
        ($at:expr) => {{
            if let Some(Cursor { at, id }) = after {
                query = query.filter(
                    $at.le(Stamp(at))
                        .and($at.lt(Stamp(at)).or(support_cases::id.lt(Id(id)))),
                );
            }
            query.order(($at.desc(), support_cases::id.desc()))
        }};
    }
    query = match view {
        View::Open => {
            query = query.filter(support_cases::closed_at.is_null());
            ordered!(support_cases::opened_at)
        }
        View::Closed => {
            query = query.filter(support_cases::closed_at.is_not_null());
            ordered!(support_cases::closed_at.assume_not_null())
        }
    };
    query
        .load::<Row>(conn)?
        .into_iter()
        .map(Row::parse)
        .collect()
}
