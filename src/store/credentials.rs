//! What people sign in with. A person may have none of it: who was invited and has not come yet, for example.

use diesel::prelude::*;

use super::column::{Id, Stamp};
use super::conn::Conn;
use super::schema::{authenticators, passwords, people};
use super::{Keep, Stored, Tx, passkeys, recovery_codes};
use crate::domain::id::{PersonId, TenantId};
use crate::domain::person::Side;
use crate::domain::text::EmailAddress;
use crate::domain::time::Moment;

/// The hash of a person's password, as a PHC string.
///
/// # Errors
/// When the database does not answer.
pub fn password(conn: &mut Conn, person: PersonId) -> Stored<Option<String>> {
    Ok(passwords::table
        .find(Id(person.0))
        .select(passwords::hash)
        .first(conn)
        .optional()?)
}

/// Who is here with this address, and the hash of their password if they have one, by one question: nobody's takes as long
/// as somebody's.
///
/// # Errors
/// When the database does not answer.
pub fn of_email(
    conn: &mut Conn,
    email: &EmailAddress,
) -> Stored<Option<(PersonId, Option<String>)>> {
    let found: Option<(Id, Option<String>)> = people::table
        .left_join(passwords::table)
        .filter(people::email.eq(email.as_str()))
        .filter(people::joined_at.is_not_null())
        .filter(people::removed_at.is_null())
        .select((people::id, passwords::hash.nullable()))
        .first(conn)
        .optional()?;
    Ok(found.map(|(id, hash)| (PersonId(id.0), hash)))
}

/// Whether a person comes in without an identity provider: by a password or a passkey.
///
/// # Errors
/// When the database does not answer.
pub fn has_way_in(conn: &mut Conn, person: PersonId) -> Stored<bool> {
    Ok(password(conn, person)?.is_some() || passkeys::has_one(conn, person)?)
}

/// The sealed secret of a person's authenticator app, and since when they have it.
///
/// # Errors
/// When the database does not answer.
pub fn authenticator(conn: &mut Conn, person: PersonId) -> Stored<Option<(Vec<u8>, Moment)>> {
    let row: Option<(Vec<u8>, Stamp)> = authenticators::table
        .find(Id(person.0))
        .select((authenticators::sealed, authenticators::since))
        .first(conn)
        .optional()?;
    Ok(row.map(|(sealed, since)| (sealed, since.0)))
}

/// Gives a person a password, in place of the one they had.
///
/// # Errors
/// When the database does not answer.
pub fn set_password(tx: &mut Tx<'_>, person: PersonId, hash: &str) -> Stored<()> {
    diesel::delete(passwords::table.find(Id(person.0))).execute(tx.conn())?;
    diesel::insert_into(passwords::table)
        .values((
            passwords::person_id.eq(Id(person.0)),
            passwords::hash.eq(hash),
        ))
        .execute(tx.conn())?;
    Ok(())
}

/// Puts another hash of the same password in the place of this one. False when another one stands there by now.
///
/// # Errors
/// When the database does not answer.
pub fn hash_password_anew(
    tx: &mut Tx<'_>,
    person: PersonId,
    before: &str,
    anew: &str,
) -> Stored<bool> {
    let as_it_was = passwords::table
        .find(Id(person.0))
        .filter(passwords::hash.eq(before));
    let changed = diesel::update(as_it_was)
        .set(passwords::hash.eq(anew))
        .execute(tx.conn())?;
    Ok(changed == 1)
}

/// Gives a person an authenticator app since this moment, in place of the one they had. Codes up to `last_step` count
/// as used.
///
/// # Errors
/// When the database does not answer.
pub fn set_authenticator(
    tx: &mut Tx<'_>,
    person: PersonId,
    sealed: &[u8],
    since: Moment,
    last_step: i64,
) -> Stored<()> {
    diesel::delete(authenticators::table.find(Id(person.0))).execute(tx.conn())?;
    diesel::insert_into(authenticators::table)
        .values((
            authenticators::person_id.eq(Id(person.0)),
            authenticators::sealed.eq(sealed),
            authenticators::since.eq(Stamp(since)),
            authenticators::last_step.eq(last_step),
        ))
        .execute(tx.conn())?;
    Ok(())
}

/// The sealed secret of somebody's authenticator app.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SealedApp {
    /// Whose it is.
    pub person: PersonId,
    /// Their side.
    pub side: Side,
    /// The secret.
    pub sealed: Vec<u8>,
}

/// Every authenticator app, those of the people after `after` only, `limit` at a time.
///
/// # Errors
/// When the database does not answer.
pub fn sealed_apps(conn: &mut Conn, after: Option<PersonId>, limit: i64) -> Stored<Vec<SealedApp>> {
    let mut query = authenticators::table
        .inner_join(people::table)
        .order(authenticators::person_id)
        .limit(limit)
        .select((
            authenticators::person_id,
            people::tenant_id,
            authenticators::sealed,
        ))
        .into_boxed();
    if let Some(after) = after {
        query = query.filter(authenticators::person_id.gt(Id(after.0)));
    }
    let rows: Vec<(Id, Option<Id>, Vec<u8>)> = query.load(conn)?;
    Ok(rows
        .into_iter()
        .map(|(person, tenant, sealed)| SealedApp {
            person: PersonId(person.0),
            side: tenant.map_or(Side::Provider, |id| Side::Tenant(TenantId(id.0))),
            sealed,
        })
        .collect())
}

/// Puts the same secret in its place, sealed anew. False when another one stands there by now.
///
/// # Errors
/// When the database does not answer.
pub fn seal_app_anew(tx: &mut Tx<'_>, app: &SealedApp, sealed: &[u8]) -> Stored<bool> {
    let as_it_was = authenticators::table
        .find(Id(app.person.0))
        .filter(authenticators::sealed.eq(&app.sealed));
    let changed = diesel::update(as_it_was)
        .set(authenticators::sealed.eq(sealed))
        .execute(tx.conn())?;
    Ok(changed == 1)
}

/// Whether a person has a second factor of any kind.
///
/// # Errors
/// When the database does not answer.
pub fn has_second_factor(conn: &mut Conn, person: PersonId) -> Stored<bool> {
    let apps = authenticators::table.find(Id(person.0));
    let has_app: bool = diesel::select(diesel::dsl::exists(apps)).get_result(conn)?;
    Ok(has_app || passkeys::has_one(conn, person)?)
}

/// Takes every second factor of a person away, and their recovery codes.
///
/// # Errors
/// When the database does not answer.
pub fn take_second_factors(tx: &mut Tx<'_>, person: PersonId) -> Stored<()> {
    diesel::delete(authenticators::table.find(Id(person.0))).execute(tx.conn())?;
    passkeys::remove_all(tx, person)?;
    recovery_codes::remove_all(tx, person)
}

/// Takes everything away that a person could sign in with.
///
/// # Errors
/// When the database does not answer.
pub fn take_all(tx: &mut Tx<'_>, person: PersonId) -> Stored<()> {
    diesel::delete(passwords::table.find(Id(person.0))).execute(tx.conn())?;
    take_second_factors(tx, person)
}

impl Keep<'_> {
    /// Notes that a verification code of this time step was used. False when one of this or a later step was
    /// used before: a code counts once, also when it is shown twice at the same moment.
    ///
    /// # Errors
    /// When the database does not answer.
    pub fn use_second_factor_step(&mut self, person: PersonId, step: i64) -> Stored<bool> {
        let changed = diesel::update(
            authenticators::table.filter(
                authenticators::person_id
                    .eq(Id(person.0))
                    .and(authenticators::last_step.lt(step)),
            ),
        )
        .set(authenticators::last_step.eq(step))
        .execute(self.0)?;
        Ok(changed == 1)
    }
}
