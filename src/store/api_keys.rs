//! API keys.

use std::collections::HashMap;

use diesel::prelude::*;

use super::column::{Id, Json, read};
use super::conn::Conn;
use super::projection::{self, Difference};
use super::schema::{api_keys, people};
use super::{Stored, Tx};
use crate::domain::audit::fold::KnownKey;
use crate::domain::hex::hex;
use crate::domain::id::{KeyId, PersonId};
use crate::domain::key::ApiKey;
use crate::domain::text::Line;

#[derive(Queryable, Insertable)]
#[diesel(table_name = api_keys)]
struct Row {
    id: Id,
    name: String,
    secret_sha256: Vec<u8>,
    scopes: Json,
    owner_id: Option<Id>,
}

impl Row {
    fn parse(self) -> Stored<(ApiKey, Vec<u8>)> {
        let key = ApiKey {
            id: KeyId(self.id.0),
            name: read("API key's name", Line::parse(&self.name))?,
            scopes: self.scopes.read("API key's scopes")?,
            owner: self.owner_id.map(|id| PersonId(id.0)),
        };
        Ok((key, self.secret_sha256))
    }
}

/// A row as facts know it.
struct Known {
    id: Id,
    name: String,
    secret_sha256: String,
    scopes: Json,
    owner_id: Option<Id>,
}

projection::beside!(Known {
    name,
    secret_sha256,
    scopes,
    owner_id
});

impl Known {
    fn of(known: &KnownKey) -> Stored<Self> {
        Ok(Self {
            id: Id(known.key.id.0),
            name: known.key.name.to_string(),
            secret_sha256: known.secret_sha256.clone(),
            scopes: Json::of(&known.key.scopes)?,
            owner_id: known.key.owner.map(|owner| Id(owner.0)),
        })
    }

    fn from_row(row: Row) -> Self {
        Self {
            id: row.id,
            name: row.name,
            secret_sha256: hex(&row.secret_sha256),
            scopes: row.scopes,
            owner_id: row.owner_id,
        }
    }
}

/// How the rows of these keys differ from them, each by its index. The caller bounds their number.
///
/// # Errors
/// When the database does not answer.
pub fn differing(conn: &mut Conn, keys: &[KnownKey]) -> Stored<Vec<(usize, Difference)>> {
    let expected = keys.iter().map(Known::of).collect::<Stored<Vec<_>>>()?;
    projection::compare(conn, &expected, |conn, ids| {
        let rows: Vec<Row> = api_keys::table
            .filter(api_keys::id.eq_any(ids))
            .load(conn)?;
        Ok(rows.into_iter().map(Known::from_row).collect())
    })
}

/// Adds a key.
///
/// # Errors
/// A unique violation when the name is taken.
pub fn add(tx: &mut Tx<'_>, key: &ApiKey, secret_sha256: [u8; 32]) -> Stored<()> {
    let row = Row {
        id: Id(key.id.0),
        name: key.name.to_string(),
        secret_sha256: secret_sha256.to_vec(),
        scopes: Json::of(&key.scopes)?,
        owner_id: key.owner.map(|owner| Id(owner.0)),
    };
    diesel::insert_into(api_keys::table)
        .values(row)
        .execute(tx.conn())?;
    Ok(())
}

/// The key whose secret has this hash. The key of somebody who was removed is worth nothing.
///
/// # Errors
/// When the row makes no sense.
pub fn by_secret(conn: &mut Conn, secret_sha256: [u8; 32]) -> Stored<Option<ApiKey>> {
    Ok(by_secrets(conn, &[secret_sha256])?.remove(&secret_sha256))
}

macro_rules! owner {
    () => {
        people::table.on(api_keys::owner_id.eq(people::id.nullable()))
    };
}

/// The keys whose secrets have these hashes. The caller bounds their number.
///
/// # Errors
/// When a row makes no sense.
pub fn by_secrets(
    conn: &mut Conn,
    secrets_sha256: &[[u8; 32]],
) -> Stored<HashMap<[u8; 32], ApiKey>> {
    let secrets = secrets_sha256.iter().map(<[u8; 32]>::as_slice);
    let rows: Vec<Row> = match conn {
        Conn::Postgres(conn) => api_keys::table
            .left_join(owner!())
            .filter(people::removed_at.is_null())
            .filter(api_keys::secret_sha256.eq_any(secrets.collect::<Vec<_>>()))
            .select(api_keys::all_columns)
            .load(conn)?,
        // SQLite keeps no statement with a list prepared.
        Conn::Sqlite(conn) => secrets
            .filter_map(|secret| {
                api_keys::table
                    .left_join(owner!())
                    .filter(people::removed_at.is_null())
                    .filter(api_keys::secret_sha256.eq(secret))
                    .select(api_keys::all_columns)
                    .get_result(conn)
                    .optional()
                    .transpose()
            })
            .collect::<QueryResult<_>>()?,
    };
    rows.into_iter()
        .map(|row| {
            let (key, secret) = row.parse()?;
            Ok((read("API key's hash", secret.as_slice().try_into())?, key))
        })
        .collect()
}
