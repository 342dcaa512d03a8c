//! Who decides on a side and who manages its people, and by what they come in.

use std::collections::HashSet;

use diesel::prelude::*;

use super::{APPROVERS_MAX, of_ids, of_side};
use crate::domain::id::{PersonId, TenantId};
use crate::domain::person::{Person, Role, Side};
use crate::domain::time::Moment;
use crate::store::Stored;
use crate::store::column::{Id, Stamp};
use crate::store::conn::Conn;
use crate::store::schema::{authenticators, passkeys, passwords, people, person_roles};

/// The roles that decide a tenant's requests.
const DECIDING: [Role; 2] = [Role::GlobalAdministrator, Role::AccessApprover];

/// The people of a tenant who may decide its requests, by name; at most [`APPROVERS_MAX`]. Who was only invited may
/// not.
///
/// # Errors
/// When a row makes no sense.
pub fn approvers(conn: &mut Conn, tenant: TenantId) -> Stored<Vec<Person>> {
    here_with(conn, Side::Tenant(tenant), &DECIDING)
}

/// The people of a tenant with a role that decides and does not count yet at `now`, by name; at most [`APPROVERS_MAX`].
/// Those are included who have not come yet.
///
/// # Errors
/// When a row makes no sense.
pub fn waiting_to_decide(conn: &mut Conn, tenant: TenantId, now: Moment) -> Stored<Vec<Person>> {
    let ids = person_roles::table
        .filter(person_roles::role.eq_any(DECIDING.map(Role::as_str)))
        .filter(person_roles::since.gt(Stamp(now)))
        .select(person_roles::person_id);
    let ids: Vec<Id> = of_side(Side::Tenant(tenant))
        .filter(people::id.eq_any(ids))
        .order((people::name, people::id))
        .limit(APPROVERS_MAX)
        .select(people::id)
        .load(conn)?;
    of_ids(conn, &ids)
}

/// The people who manage those of a side, by name; at most [`APPROVERS_MAX`]. Who was only invited does not.
///
/// # Errors
/// When a row makes no sense.
pub fn administrators(conn: &mut Conn, side: Side) -> Stored<Vec<Person>> {
    here_with(conn, side, &[side.administrator()])
}

/// Which of these people have a password, so that they come in without their identity provider. The caller bounds their
/// number.
///
/// # Errors
/// When the database does not answer.
pub fn with_password(conn: &mut Conn, of: &[Person]) -> Stored<Vec<PersonId>> {
    let ids: Vec<Id> = of.iter().map(|person| Id(person.id.0)).collect();
    let found: Vec<Id> = passwords::table
        .filter(passwords::person_id.eq_any(ids))
        .select(passwords::person_id)
        .load(conn)?;
    Ok(found.into_iter().map(|id| PersonId(id.0)).collect())
}

/// Which of these people have a second factor of their own: an authenticator app or a passkey. Of the others it is known
/// only when they come whether single sign-on shows one. The caller bounds their number.
///
/// # Errors
/// When the database does not answer.
pub fn with_own_factor(conn: &mut Conn, of: &[Person]) -> Stored<Vec<PersonId>> {
    let ids: Vec<Id> = of.iter().map(|person| Id(person.id.0)).collect();
    let apps: Vec<Id> = authenticators::table
        .filter(authenticators::person_id.eq_any(&ids))
        .select(authenticators::person_id)
        .load(conn)?;
    let keys: Vec<Id> = passkeys::table
        .filter(passkeys::person_id.eq_any(&ids))
        .select(passkeys::person_id)
        .load(conn)?;
    let own: HashSet<Id> = apps.into_iter().chain(keys).collect();
    let known = ids.into_iter().filter(|id| own.contains(id));
    Ok(known.map(|id| PersonId(id.0)).collect())
}

/// How many people of a tenant decide, those included who have not come yet.
///
/// # Errors
/// When the database does not answer.
pub fn count_deciding(conn: &mut Conn, tenant: TenantId) -> Stored<i64> {
    let ids = person_roles::table
        .filter(person_roles::role.eq_any(DECIDING.map(Role::as_str)))
        .select(person_roles::person_id);
    Ok(people::table
        .filter(
            people::tenant_id
                .eq(Id(tenant.0))
                .and(people::id.eq_any(ids)),
        )
        .count()
        .get_result(conn)?)
}

fn here_with(conn: &mut Conn, side: Side, roles: &[Role]) -> Stored<Vec<Person>> {
    let ids = person_roles::table
        .filter(person_roles::role.eq_any(roles.iter().map(|role| role.as_str())))
        .select(person_roles::person_id);
    let ids: Vec<Id> = of_side(side)
        .filter(people::id.eq_any(ids).and(people::joined_at.is_not_null()))
        .order((people::name, people::id))
        .limit(APPROVERS_MAX)
        .select(people::id)
        .load(conn)?;
    of_ids(conn, &ids)
}
