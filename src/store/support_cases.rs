//! Support cases.

use diesel::prelude::*;

use super::column::{Id, read};
use super::conn::Conn;
use super::projection::{self, Difference};
use super::schema::support_cases;
use super::{Stored, Tx};
use crate::domain::id::{CaseId, TenantId};
use crate::domain::support_case::SupportCase;
use crate::domain::text::Line;

#[derive(Queryable, Insertable)]
#[diesel(table_name = support_cases)]
struct Row {
    id: Id,
    tenant_id: Id,
    number: String,
    title: String,
}

impl Row {
    fn of(case: &SupportCase) -> Self {
        Self {
            id: Id(case.id.0),
            tenant_id: Id(case.tenant.0),
            number: case.number.to_string(),
            title: case.title.to_string(),
        }
    }

    fn parse(self) -> Stored<SupportCase> {
        Ok(SupportCase {
            id: CaseId(self.id.0),
            tenant: TenantId(self.tenant_id.0),
            number: read("case number", Line::parse(&self.number))?,
            title: read("case title", Line::parse(&self.title))?,
        })
    }
}

projection::beside!(Row {
    tenant_id,
    number,
    title
});

/// How the rows of these cases differ from them, each by its index. The caller bounds their number.
///
/// # Errors
/// When the database does not answer.
pub fn differing(conn: &mut Conn, cases: &[SupportCase]) -> Stored<Vec<(usize, Difference)>> {
    let expected: Vec<_> = cases.iter().map(Row::of).collect();
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
        .values(Row::of(case))
        .execute(tx.conn())?;
    Ok(())
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
    let row: Option<Row> = support_cases::table
        .find(Id(id.0))
        .filter(support_cases::tenant_id.eq(Id(tenant.0)))
        .first(conn)
        .optional()?;
    row.map(Row::parse).transpose()
}
