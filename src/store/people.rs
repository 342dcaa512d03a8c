//! People and their roles.

mod deciders;
mod of_session;

use std::collections::HashMap;
use std::collections::hash_map::Entry;

use chrono_tz::Tz;
use diesel::prelude::*;

use super::column::{Id, Stamp, read};
use super::conn::{Conn, either};
use super::projection::{self, Difference};
use super::schema::{authenticators, identity_links, passkeys, passwords, people, person_roles};
use super::{StoreError, Stored, Tx, single_sign_on};
use crate::domain::audit::fold::KnownPerson;
use crate::domain::hex::sha256_hex;
use crate::domain::id::{PersonId, TenantId};
use crate::domain::person::{Person, Role, RoleHeld, Side};
use crate::domain::single_sign_on::SignOn;
use crate::domain::text::{EmailAddress, Issuer, Line};

pub use deciders::{
    administrators, approvers, count_deciding, waiting_to_decide, with_own_factor, with_password,
};
pub use of_session::{OfSession, of_session};

/// Most people of one tenant who may decide: each of them gets a mail.
pub const APPROVERS_MAX: i64 = 200;

/// Most people of the provider that a name finds.
pub const CALLED_MAX: usize = 50;

/// People looked through at a time for a name.
const CALLED_PAGE: i64 = 500;

#[derive(Queryable, Insertable)]
#[diesel(table_name = people, treat_none_as_default_value = false)]
struct Row {
    id: Id,
    email: String,
    name: String,
    tenant_id: Option<Id>,
    zone: String,
    joined_at: Option<Stamp>,
    removed_at: Option<Stamp>,
}

impl Row {
    fn of(person: &Person) -> Self {
        Self {
            id: Id(person.id.0),
            email: person.email.to_string(),
            name: person.name.to_string(),
            tenant_id: person.tenant().map(|tenant| Id(tenant.0)),
            zone: person.zone.name().to_owned(),
            joined_at: person.joined.map(Stamp),
            removed_at: person.removed.map(Stamp),
        }
    }

    fn parse(self, second_factor_since: Option<Stamp>, roles: Vec<RoleHeld>) -> Stored<Person> {
        let person = Person {
            id: PersonId(self.id.0),
            email: read("mail address", EmailAddress::parse(&self.email))?,
            name: read("person's name", Line::parse(&self.name))?,
            side: self
                .tenant_id
                .map_or(Side::Provider, |tenant| Side::Tenant(TenantId(tenant.0))),
            roles,
            second_factor_since: second_factor_since.map(|since| since.0),
            zone: read("person's zone", self.zone.parse::<Tz>())?,
            joined: self.joined_at.map(|at| at.0),
            removed: self.removed_at.map(|at| at.0),
        };
        if person
            .roles
            .iter()
            .any(|held| held.role.is_providers() != (person.side == Side::Provider))
        {
            return Err(StoreError::Senseless(format!(
                "person {} has a role of the other side",
                person.id
            )));
        }
        Ok(person)
    }
}

/// A row with its roles and credentials as facts know them. The last step of the second factor is bookkeeping.
struct Known {
    id: Id,
    email: String,
    name: String,
    tenant_id: Option<Id>,
    zone: String,
    joined_at: Option<Stamp>,
    removed_at: Option<Stamp>,
    password: Option<String>,
    second_factor: Option<String>,
    second_factor_since: Option<Stamp>,
    roles: Vec<(String, Stamp)>,
}

projection::beside!(Known {
    email,
    name,
    tenant_id,
    zone,
    joined_at,
    removed_at,
    password,
    second_factor,
    second_factor_since,
    roles,
});

impl Known {
    fn of(known: &KnownPerson) -> Self {
        let person = &known.person;
        let roles = person.roles.iter();
        let row = Row::of(person);
        Self {
            id: row.id,
            email: row.email,
            name: row.name,
            tenant_id: row.tenant_id,
            zone: row.zone,
            joined_at: row.joined_at,
            removed_at: row.removed_at,
            password: known.password_sha256.clone(),
            second_factor: known.second_factor_sha256.clone(),
            second_factor_since: person.second_factor_since.map(Stamp),
            roles: roles
                .map(|held| (held.role.as_str().to_owned(), Stamp(held.since)))
                .collect(),
        }
        .with_roles_in_order()
    }

    fn from_row(
        row: Row,
        roles: Vec<(String, Stamp)>,
        password: Option<&String>,
        authenticator: Option<&(Vec<u8>, Stamp)>,
    ) -> Self {
        Self {
            id: row.id,
            email: row.email,
            name: row.name,
            tenant_id: row.tenant_id,
            zone: row.zone,
            joined_at: row.joined_at,
            removed_at: row.removed_at,
            password: password.map(|hash| sha256_hex(hash.as_bytes())),
            second_factor: authenticator.map(|(sealed, _)| sha256_hex(sealed)),
            second_factor_since: authenticator.map(|(_, since)| *since),
            roles,
        }
        .with_roles_in_order()
    }

    fn with_roles_in_order(mut self) -> Self {
        self.roles.sort_by(|(a, _), (b, _)| a.cmp(b));
        self
    }
}

/// How the rows of these people, and those of their roles and credentials, differ from them, each by its index. Credentials are
/// compared by their digests. The caller bounds the number of people.
///
/// # Errors
/// When the database does not answer.
pub fn differing(conn: &mut Conn, people: &[KnownPerson]) -> Stored<Vec<(usize, Difference)>> {
    let expected: Vec<_> = people.iter().map(Known::of).collect();
    projection::compare(conn, &expected, |conn, ids| {
        let rows: Vec<Row> = people::table.filter(people::id.eq_any(ids)).load(conn)?;
        let held: Vec<(Id, String, Stamp)> = person_roles::table
            .filter(person_roles::person_id.eq_any(ids))
            .load(conn)?;
        let mut roles: HashMap<Id, Vec<(String, Stamp)>> = HashMap::new();
        for (person, role, since) in held {
            roles.entry(person).or_default().push((role, since));
        }
        let hashes: HashMap<Id, String> = passwords::table
            .filter(passwords::person_id.eq_any(ids))
            .load(conn)?
            .into_iter()
            .collect();
        let apps: HashMap<Id, (Vec<u8>, Stamp)> = authenticators::table
            .filter(authenticators::person_id.eq_any(ids))
            .select((
                authenticators::person_id,
                (authenticators::sealed, authenticators::since),
            ))
            .load(conn)?
            .into_iter()
            .collect();
        Ok(rows
            .into_iter()
            .map(|row| {
                let roles = roles.remove(&row.id).unwrap_or_default();
                let (password, app) = (hashes.get(&row.id), apps.get(&row.id));
                Known::from_row(row, roles, password, app)
            })
            .collect())
    })
}

/// Adds a person with their roles; what they sign in with is kept apart.
///
/// # Errors
/// A unique violation when the address is somebody's of the same side, or of somebody who is here where this person is.
pub fn add(tx: &mut Tx<'_>, person: &Person) -> Stored<()> {
    diesel::insert_into(people::table)
        .values(Row::of(person))
        .execute(tx.conn())?;
    add_roles(tx, person)
}

/// Saves a person and their roles as they are now.
///
/// # Errors
/// A unique violation when they have come, and somebody else who is here has their address.
pub fn save(tx: &mut Tx<'_>, person: &Person) -> Stored<()> {
    let row = Row::of(person);
    diesel::update(people::table.find(row.id))
        .set((
            people::name.eq(row.name),
            people::zone.eq(row.zone),
            people::joined_at.eq(row.joined_at),
            people::removed_at.eq(row.removed_at),
        ))
        .execute(tx.conn())?;
    let of_person = person_roles::table.filter(person_roles::person_id.eq(row.id));
    diesel::delete(of_person).execute(tx.conn())?;
    add_roles(tx, person)
}

fn add_roles(tx: &mut Tx<'_>, person: &Person) -> Stored<()> {
    for held in &person.roles {
        diesel::insert_into(person_roles::table)
            .values((
                person_roles::person_id.eq(Id(person.id.0)),
                person_roles::role.eq(held.role.as_str()),
                person_roles::since.eq(Stamp(held.since)),
            ))
            .execute(tx.conn())?;
    }
    Ok(())
}

/// A person's row, since when they have an authenticator app and their oldest passkey, what their identity provider
/// knows them by and since when, and one of their roles' rows.
type OfRole = (
    Row,
    Option<Stamp>,
    Option<Stamp>,
    Option<(String, Stamp)>,
    Option<(Id, String, Stamp)>,
);

/// People and what else is stored of them, by one question: an [`OfRole`] for each of their roles, and one for who has
/// none.
macro_rules! by_role {
    ($people:expr) => {
        $people
            .left_join(authenticators::table)
            .left_join(identity_links::table)
            .left_join(person_roles::table)
            .select((
                people::all_columns,
                authenticators::since.nullable(),
                passkeys::table
                    .filter(passkeys::person_id.eq(people::id))
                    .order(passkeys::since)
                    .select(passkeys::since)
                    .limit(1)
                    .single_value(),
                (identity_links::issuer, identity_links::since).nullable(),
                person_roles::all_columns.nullable(),
            ))
    };
}

/// A person by their id.
///
/// # Errors
/// When a row makes no sense.
pub fn by_id(conn: &mut Conn, id: PersonId) -> Stored<Option<Person>> {
    let rows: Vec<OfRole> = either!(conn, |conn| by_role!(people::table.find(Id(id.0)))
        .load(conn))?;
    Ok(together(conn, rows)?.pop())
}

/// Whether one of these is somebody of the same mail address, on whichever side. The caller bounds their number.
///
/// # Errors
/// When the database does not answer.
pub fn share_address(
    conn: &mut Conn,
    person: &Person,
    among: impl Iterator<Item = PersonId>,
) -> Stored<bool> {
    let among: Vec<Id> = among.map(|id| Id(id.0)).collect();
    let same = people::table
        .filter(people::id.eq_any(among))
        .filter(people::email.eq(person.email.as_str()));
    Ok(diesel::select(diesel::dsl::exists(same)).get_result(conn)?)
}

/// Who is here with this address: of all who have come and were not removed, an address is one person's. Who was only
/// invited, and who was removed, is nobody by their address; see [`of_side_by_email`].
///
/// # Errors
/// When a row makes no sense.
pub fn by_email(conn: &mut Conn, email: &EmailAddress) -> Stored<Option<Person>> {
    let rows: Vec<OfRole> = either!(conn, |conn| by_role!(people::table)
        .filter(people::email.eq(email.as_str()))
        .filter(
            people::joined_at
                .is_not_null()
                .and(people::removed_at.is_null()),
        )
        .load(conn))?;
    Ok(together(conn, rows)?.pop())
}

/// The person of this side with this address, those included who were only invited or were removed. What other sides
/// know of the address stays theirs.
///
/// # Errors
/// When a row makes no sense.
pub fn of_side_by_email(
    conn: &mut Conn,
    side: Side,
    email: &EmailAddress,
) -> Stored<Option<Person>> {
    let id: Option<Id> = of_side(side)
        .filter(people::email.eq(email.as_str()))
        .select(people::id)
        .first(conn)
        .optional()?;
    id.map_or(Ok(None), |id| by_id(conn, PersonId(id.0)))
}

/// Where a page of people ends: the next one begins after this name and id.
pub type AfterPerson = (String, PersonId);

/// The people of a side who were not removed, by name, after `after`; at most `limit`.
///
/// # Errors
/// When a row makes no sense.
pub fn page_of(
    conn: &mut Conn,
    side: Side,
    after: Option<&AfterPerson>,
    limit: i64,
) -> Stored<Vec<Person>> {
    let mut query = of_side(side)
        .filter(people::removed_at.is_null())
        .order((people::name, people::id))
        .limit(limit);
    if let Some((name, id)) = after {
        query = query.filter(
            people::name
                .gt(name)
                .or(people::name.eq(name).and(people::id.gt(Id(id.0)))),
        );
    }
    let ids: Vec<Id> = query.select(people::id).load(conn)?;
    of_ids(conn, &ids)
}

/// Whether there is anybody at all.
///
/// # Errors
/// When the database does not answer.
pub fn is_anybody_there(conn: &mut Conn) -> Stored<bool> {
    let first: Option<Id> = people::table.select(people::id).first(conn).optional()?;
    Ok(first.is_some())
}

/// Whether anybody of a tenant ever came.
///
/// # Errors
/// When the database does not answer.
pub fn has_anybody_come(conn: &mut Conn, tenant: TenantId) -> Stored<bool> {
    let first: Option<Id> = of_side(Side::Tenant(tenant))
        .filter(people::joined_at.is_not_null())
        .select(people::id)
        .first(conn)
        .optional()?;
    Ok(first.is_some())
}

/// The provider's people of this mail address, or with this in their names, whatever the case of the letters; nothing
/// where that would be more than [`CALLED_MAX`].
///
/// # Errors
/// When the database does not answer.
pub fn providers_called(conn: &mut Conn, name_or_mail: &str) -> Stored<Option<Vec<PersonId>>> {
    let wanted = name_or_mail.trim().to_lowercase();
    let mut found = Vec::new();
    let mut after: Option<(String, Id)> = None;
    loop {
        let mut query = people::table
            .filter(people::tenant_id.is_null())
            .order((people::name, people::id))
            .limit(CALLED_PAGE)
            .select((people::name, people::id, people::email))
            .into_boxed();
        if let Some((name, id)) = after {
            query = query.filter(
                people::name
                    .gt(name.clone())
                    .or(people::name.eq(name).and(people::id.gt(id))),
            );
        }
        // The letters are folded here, since the two databases fold them differently.
        let rows: Vec<(String, Id, String)> = query.load(conn)?;
        for (name, id, email) in &rows {
            if *email == wanted || name.to_lowercase().contains(&wanted) {
                found.push(PersonId(id.0));
            }
            if found.len() > CALLED_MAX {
                return Ok(None);
            }
        }
        let Some((name, id, _)) = rows.into_iter().last() else {
            return Ok(Some(found));
        };
        after = Some((name, id));
    }
}

/// The people of these ids, by name. The caller bounds their number.
fn of_ids(conn: &mut Conn, ids: &[Id]) -> Stored<Vec<Person>> {
    let rows: Vec<OfRole> = either!(conn, |conn| by_role!(people::table)
        .filter(people::id.eq_any(ids))
        .order((people::name, people::id))
        .load(conn))?;
    together(conn, rows)
}

/// People out of their rows, which come one after another for each of them.
fn together(conn: &mut Conn, rows: Vec<OfRole>) -> Stored<Vec<Person>> {
    let mut sign_ons = HashMap::new();
    let mut people: Vec<(Row, Option<Stamp>, Vec<RoleHeld>)> = Vec::new();
    for (row, app, passkey, link, held) in rows {
        let held = held.map(role_held).transpose()?;
        if let Some((.., roles)) = people.last_mut().filter(|(last, ..)| last.id == row.id) {
            roles.extend(held);
            continue;
        }
        let link = signed_on_since(conn, &mut sign_ons, row.tenant_id, link)?;
        let since = oldest(oldest(app, passkey), link);
        people.push((row, since, Vec::from_iter(held)));
    }
    let whole = people.into_iter().map(|(row, since, mut roles)| {
        roles.sort_by_key(|held| held.role);
        row.parse(since, roles)
    });
    whole.collect()
}

/// Since when somebody is known to the identity provider that signs their side in: what it asks them for is a second
/// factor of theirs. Where single sign-on is off, it is none. Each side is asked about once.
fn signed_on_since(
    conn: &mut Conn,
    sign_ons: &mut HashMap<Option<Id>, Option<Issuer>>,
    tenant: Option<Id>,
    link: Option<(String, Stamp)>,
) -> Stored<Option<Stamp>> {
    let Some((issuer, since)) = link else {
        return Ok(None);
    };
    let signs_in = match sign_ons.entry(tenant) {
        Entry::Occupied(entry) => entry.into_mut(),
        Entry::Vacant(entry) => {
            let side = tenant.map_or(Side::Provider, |id| Side::Tenant(TenantId(id.0)));
            let sign_on = single_sign_on::of(conn, side)?.map(|(sign_on, _)| sign_on);
            let sign_on = sign_on.filter(SignOn::is_on);
            entry.insert(sign_on.map(|sign_on| sign_on.setting.issuer))
        }
    };
    let knows = signs_in.as_ref().is_some_and(|on| on.as_str() == issuer);
    Ok(knows.then_some(since))
}

/// The older of two that may be there.
fn oldest(one: Option<Stamp>, other: Option<Stamp>) -> Option<Stamp> {
    one.into_iter().chain(other).min_by_key(|since| since.0)
}

type OfSide<'a> = people::BoxedQuery<'a, super::conn::MultiBackend>;

fn of_side<'a>(side: Side) -> OfSide<'a> {
    let query = people::table.into_boxed();
    match side {
        Side::Provider => query.filter(people::tenant_id.is_null()),
        Side::Tenant(tenant) => query.filter(people::tenant_id.eq(Id(tenant.0))),
    }
}

fn role_held((_, role, since): (Id, String, Stamp)) -> Stored<RoleHeld> {
    let senseless = || StoreError::Senseless(format!("role {role}"));
    Ok(RoleHeld {
        role: Role::parse(&role).ok_or_else(senseless)?,
        since: since.0,
    })
}
