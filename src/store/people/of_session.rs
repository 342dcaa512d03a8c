//! Who somebody is by the key of their session.

use diesel::prelude::*;

use super::{Row, oldest, role_held};
use crate::domain::person::Person;
use crate::domain::tenant::Tenant;
use crate::domain::time::Moment;
use crate::store::column::{Id, Stamp};
use crate::store::conn::{Conn, either};
use crate::store::schema::tenants as tenant_rows;
use crate::store::schema::{authenticators, passkeys, people, person_roles, sessions};
use crate::store::{Stored, tenants};

/// A session that has not ended.
#[derive(Debug)]
pub struct OfSession {
    /// What it holds.
    pub state: String,
    /// When its use was last noted.
    pub seen_at: Moment,
    /// Whose it is, and their tenant if they have one; or which row of theirs makes no sense. They can still sign out.
    pub who: Stored<Option<(Person, Option<Tenant>)>>,
}

/// A session's state and when it was seen, its person's row, their tenant's, since when they have an authenticator app
/// and their oldest passkey, and one of their roles' rows.
type OfRole = (
    (String, Stamp),
    Option<Row>,
    Option<tenants::Row>,
    Option<Stamp>,
    Option<Stamp>,
    Option<(Id, String, Stamp)>,
);

/// The session with this key and whose it is, by one question: every page asks it.
///
/// # Errors
/// When the database does not answer.
pub fn of_session(conn: &mut Conn, key_sha256: &[u8], now: Moment) -> Stored<Option<OfSession>> {
    let mut rows: Vec<OfRole> = either!(conn, |conn| {
        let person = people::id.nullable();
        sessions::table
            .find(key_sha256)
            .filter(sessions::expires_at.gt(Stamp(now)))
            .left_join(people::table.on(sessions::person_id.eq(person)))
            .left_join(tenant_rows::table.on(people::tenant_id.eq(tenant_rows::id.nullable())))
            .left_join(authenticators::table.on(authenticators::person_id.nullable().eq(person)))
            .left_join(person_roles::table.on(person_roles::person_id.nullable().eq(person)))
            .select((
                (sessions::state, sessions::seen_at),
                people::all_columns.nullable(),
                tenant_rows::all_columns.nullable(),
                authenticators::since.nullable(),
                passkeys::table
                    .filter(passkeys::person_id.nullable().eq(person))
                    .order(passkeys::since)
                    .select(passkeys::since)
                    .limit(1)
                    .single_value(),
                person_roles::all_columns.nullable(),
            ))
            .load(conn)?
    });
    let held: Vec<_> = rows
        .iter_mut()
        .filter_map(|(.., held)| held.take())
        .collect();
    let Some(((state, seen_at), row, tenant, app, passkey, _)) = rows.pop() else {
        return Ok(None);
    };
    let who = || {
        let Some(row) = row else {
            return Ok(None);
        };
        let mut roles = held
            .into_iter()
            .map(role_held)
            .collect::<Stored<Vec<_>>>()?;
        roles.sort_by_key(|held| held.role);
        let person = row.parse(oldest(app, passkey), roles)?;
        Ok(Some((person, tenant.map(tenants::Row::parse).transpose()?)))
    };
    Ok(Some(OfSession {
        state,
        seen_at: seen_at.0,
        who: who(),
    }))
}
