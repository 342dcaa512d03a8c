//! Services.

use diesel::prelude::*;

use super::column::{Id, read};
use super::conn::{Conn, either};
use super::projection::{self, Difference};
use super::schema::services;
use super::{Stored, Tx};
use crate::domain::id::ServiceId;
use crate::domain::service::Service;
use crate::domain::text::{Line, Slug};

/// Most services of one deployment: lists of services are shown whole.
pub const SERVICES_MAX: i64 = 500;

#[derive(Queryable, Insertable)]
#[diesel(table_name = services, treat_none_as_default_value = false)]
struct Row {
    id: Id,
    key: String,
    name: String,
    covered: bool,
}

impl Row {
    fn of(service: &Service) -> Self {
        Self {
            id: Id(service.id.0),
            key: service.key.to_string(),
            name: service.name.to_string(),
            covered: service.covered,
        }
    }

    fn parse(self) -> Stored<Service> {
        Ok(Service {
            id: ServiceId(self.id.0),
            key: read("service key", Slug::parse(&self.key))?,
            name: read("service name", Line::parse(&self.name))?,
            covered: self.covered,
        })
    }
}

projection::beside!(Row { key, name, covered });

/// How the rows of these services differ from them, each by its index. The caller bounds their number.
///
/// # Errors
/// When the database does not answer.
pub fn differing(conn: &mut Conn, services: &[Service]) -> Stored<Vec<(usize, Difference)>> {
    let expected: Vec<_> = services.iter().map(Row::of).collect();
    projection::compare(conn, &expected, |conn, ids| {
        services::table.filter(services::id.eq_any(ids)).load(conn)
    })
}

/// Adds a service.
///
/// # Errors
/// A unique violation when the key was ever used.
pub fn add(tx: &mut Tx<'_>, service: &Service) -> Stored<()> {
    diesel::insert_into(services::table)
        .values(Row::of(service))
        .execute(tx.conn())?;
    Ok(())
}

/// Saves whether the provider proposes a service to be covered.
///
/// # Errors
/// When the database does not answer.
pub fn save_proposal(tx: &mut Tx<'_>, service: &Service) -> Stored<()> {
    diesel::update(services::table.find(Id(service.id.0)))
        .set(services::covered.eq(service.covered))
        .execute(tx.conn())?;
    Ok(())
}

/// A service by its id.
///
/// # Errors
/// When the row makes no sense.
pub fn by_id(conn: &mut Conn, id: ServiceId) -> Stored<Option<Service>> {
    let row: Option<Row> = either!(conn, |conn| services::table
        .find(Id(id.0))
        .first(conn)
        .optional()?);
    row.map(Row::parse).transpose()
}

/// A service by its key.
///
/// # Errors
/// When the row makes no sense.
pub fn by_key(conn: &mut Conn, key: &Slug) -> Stored<Option<Service>> {
    let row: Option<Row> = either!(conn, |conn| services::table
        .filter(services::key.eq(key.as_str()))
        .first(conn)
        .optional()?);
    row.map(Row::parse).transpose()
}

/// Every service, by name: at most [`SERVICES_MAX`], since no more are added. A limit here would have SQLite build a tree
/// to sort them.
///
/// # Errors
/// When a row makes no sense.
pub fn all(conn: &mut Conn) -> Stored<Vec<Service>> {
    let rows: Vec<Row> = either!(conn, |conn| services::table
        .order((services::name, services::key))
        .load(conn)?);
    rows.into_iter().map(Row::parse).collect()
}
