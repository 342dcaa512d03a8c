//! API keys.

use std::collections::HashMap;

use diesel::prelude::*;

use super::column::{Id, Json, Stamp, read};
use super::conn::{Conn, either};
use super::projection::{self, Difference};
use super::schema::{api_key_uses, api_keys, people};
use super::{Keep, StoreError, Stored, Tx};
use crate::domain::audit::entry::Log;
use crate::domain::audit::fold::KnownKey;
use crate::domain::hex::hex;
use crate::domain::id::{KeyId, PersonId, TenantId};
use crate::domain::key::{ApiKey, KeyScope, KeyState};
use crate::domain::text::Line;
use crate::domain::time::Moment;

/// Most keys read at once.
const PAGE_MAX: i64 = 1000;

#[derive(Queryable, Insertable)]
#[diesel(table_name = api_keys, treat_none_as_default_value = false)]
struct Row {
    id: Id,
    tenant_id: Option<Id>,
    name: String,
    secret_sha256: Vec<u8>,
    scopes: Json,
    owner_id: Option<Id>,
    bounds: Json,
    made_by: Option<Id>,
    expires_at: Option<Stamp>,
    revoked_at: Option<Stamp>,
}

impl Row {
    fn of(key: &ApiKey, secret_sha256: Vec<u8>) -> Stored<Self> {
        Ok(Self {
            id: Id(key.id.0),
            tenant_id: key.tenant.map(|tenant| Id(tenant.0)),
            name: key.name.to_string(),
            secret_sha256,
            scopes: Json::of(&key.scopes)?,
            owner_id: key.owner.map(|owner| Id(owner.0)),
            bounds: Json::of(&key.bounds)?,
            made_by: key.made_by.map(|maker| Id(maker.0)),
            expires_at: key.expires_at.map(Stamp),
            revoked_at: None,
        })
    }

    fn parse(self) -> Stored<(ApiKey, Vec<u8>)> {
        let key = ApiKey {
            id: KeyId(self.id.0),
            name: read("API key's name", Line::parse(&self.name))?,
            scopes: self.scopes.read("API key's scopes")?,
            owner: self.owner_id.map(|id| PersonId(id.0)),
            tenant: self.tenant_id.map(|id| TenantId(id.0)),
            bounds: self.bounds.read("API key's bounds")?,
            made_by: self.made_by.map(|id| PersonId(id.0)),
            expires_at: self.expires_at.map(|at| at.0),
        };
        if key.tenant.is_some_and(|own| !is_bound_to(&key, own)) {
            let words = format!("the API key {} of a tenant is not bound to it", key.id);
            return Err(StoreError::Senseless(words));
        }
        Ok((key, self.secret_sha256))
    }
}

fn is_bound_to(key: &ApiKey, tenant: TenantId) -> bool {
    key.bounds.tenants.iter().eq([&tenant])
}

/// A row as facts know it.
struct Known {
    row: Row,
    id: Id,
    secret_sha256: String,
}

impl projection::Beside for Known {
    fn id(&self) -> Id {
        self.id
    }

    fn differing(&self, other: &Self) -> Vec<&'static str> {
        let (one, two) = (&self.row, &other.row);
        [
            ("tenant_id", one.tenant_id == two.tenant_id),
            ("name", one.name == two.name),
            ("secret_sha256", self.secret_sha256 == other.secret_sha256),
            ("scopes", one.scopes == two.scopes),
            ("owner_id", one.owner_id == two.owner_id),
            ("bounds", one.bounds == two.bounds),
            ("made_by", one.made_by == two.made_by),
            ("expires_at", one.expires_at == two.expires_at),
            ("revoked_at", one.revoked_at == two.revoked_at),
        ]
        .into_iter()
        .filter_map(|(column, same)| (!same).then_some(column))
        .collect()
    }
}

impl Known {
    fn of(known: &KnownKey) -> Stored<Self> {
        Ok(Self {
            id: Id(known.key.id.0),
            row: Row {
                revoked_at: known.revoked_at.map(Stamp),
                ..Row::of(&known.key, Vec::new())?
            },
            secret_sha256: known.secret_sha256.clone(),
        })
    }

    fn from_row(row: Row) -> Self {
        Self {
            id: row.id,
            secret_sha256: hex(&row.secret_sha256),
            row,
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
/// A unique violation when the name was ever used in its log.
pub fn add(tx: &mut Tx<'_>, key: &ApiKey, secret_sha256: [u8; 32]) -> Stored<()> {
    diesel::insert_into(api_keys::table)
        .values(Row::of(key, secret_sha256.to_vec())?)
        .execute(tx.conn())?;
    Ok(())
}

/// Makes a key worth nothing from this act on.
///
/// # Errors
/// When the database does not answer.
pub fn revoke(tx: &mut Tx<'_>, key: KeyId) -> Stored<()> {
    let now = Stamp(tx.now());
    diesel::update(api_keys::table.find(Id(key.0)))
        .set(api_keys::revoked_at.eq(now))
        .execute(tx.conn())?;
    Ok(())
}

/// Those of one log among the keys that a query is about.
macro_rules! of_log {
    ($keys:expr, $log:expr) => {{
        let keys = $keys.into_boxed();
        match $log {
            Log::Provider => keys.filter(api_keys::tenant_id.is_null()),
            Log::Tenant(tenant) => keys.filter(api_keys::tenant_id.eq(Id(tenant.0))),
        }
    }};
}

macro_rules! owner {
    () => {
        people::table.on(api_keys::owner_id.eq(people::id.nullable()))
    };
}

/// A key as lists show it.
#[derive(Debug, Clone)]
pub struct Issued {
    /// The key.
    pub key: ApiKey,
    /// When it was revoked, if it was.
    pub revoked_at: Option<Moment>,
    /// When it was used last, to the minute; none where it never was.
    pub last_used_at: Option<Moment>,
    /// Its owner's name, and when they were removed, if they were.
    pub owner: Option<(Line, Option<Moment>)>,
}

impl Issued {
    /// How it stands at `now`.
    #[must_use]
    pub fn state_at(&self, now: Moment) -> KeyState {
        let owner_is_gone = self.owner.as_ref().is_some_and(|(_, gone)| gone.is_some());
        if self.revoked_at.is_some() {
            KeyState::Revoked
        } else if owner_is_gone {
            KeyState::OwnerRemoved
        } else if self.key.is_valid_at(now) {
            KeyState::Working
        } else {
            KeyState::Expired
        }
    }
}

type IssuedRow = (Row, Option<Stamp>, Option<String>, Option<Stamp>);

fn issued((row, used, owner, gone): IssuedRow) -> Stored<Issued> {
    let revoked_at = row.revoked_at.map(|at| at.0);
    let owner = owner.map(|name| read("name of an API key's owner", Line::parse(&name)));
    Ok(Issued {
        key: row.parse()?.0,
        revoked_at,
        last_used_at: used.map(|at| at.0),
        owner: owner.transpose()?.map(|name| (name, gone.map(|at| at.0))),
    })
}

/// The keys of a log by name, those after a name only: at most `limit`.
///
/// # Errors
/// When a row makes no sense.
pub fn page_of(conn: &mut Conn, log: Log, after: Option<&Line>, limit: i64) -> Stored<Vec<Issued>> {
    let after = after.map_or("", Line::as_str);
    let keys = api_keys::table
        .left_join(owner!())
        .left_join(api_key_uses::table)
        .filter(api_keys::name.gt(after))
        .order(api_keys::name)
        .limit(limit)
        .select((
            api_keys::all_columns,
            api_key_uses::at.nullable(),
            people::name.nullable(),
            people::removed_at.nullable(),
        ));
    let rows: Vec<IssuedRow> = of_log!(keys, log).load(conn)?;
    rows.into_iter().map(issued).collect()
}

/// A key of a log.
///
/// # Errors
/// When the row makes no sense.
pub fn by_id(conn: &mut Conn, log: Log, key: KeyId) -> Stored<Option<Issued>> {
    let keys = api_keys::table
        .left_join(owner!())
        .left_join(api_key_uses::table)
        .filter(api_keys::id.eq(Id(key.0)))
        .select((
            api_keys::all_columns,
            api_key_uses::at.nullable(),
            people::name.nullable(),
            people::removed_at.nullable(),
        ));
    let row: Option<IssuedRow> = of_log!(keys, log).first(conn).optional()?;
    row.map(issued).transpose()
}

/// The key of a log with this name.
///
/// # Errors
/// When the row makes no sense.
pub fn by_name(conn: &mut Conn, log: Log, name: &Line) -> Stored<Option<Issued>> {
    let keys = api_keys::table
        .filter(api_keys::name.eq(name.as_str()))
        .select(api_keys::id);
    let id: Option<Id> = of_log!(keys, log).first(conn).optional()?;
    id.map_or(Ok(None), |id| by_id(conn, log, KeyId(id.0)))
}

/// How many keys of a log are neither revoked nor expired at `now`.
///
/// # Errors
/// When the database does not answer.
pub fn count_working(conn: &mut Conn, log: Log, now: Moment) -> Stored<i64> {
    let not_over = api_keys::expires_at
        .is_null()
        .or(api_keys::expires_at.gt(Stamp(now)));
    let keys = api_keys::table
        .filter(api_keys::revoked_at.is_null().and(not_over))
        .select(diesel::dsl::count_star());
    Ok(of_log!(keys, log).first(conn)?)
}

/// The key whose secret has this hash, if it can be used at `now`. A revoked or expired key, and the key of somebody
/// who was removed, is worth nothing.
///
/// # Errors
/// When the row makes no sense.
pub fn by_secret(conn: &mut Conn, secret_sha256: [u8; 32], now: Moment) -> Stored<Option<ApiKey>> {
    let row: Option<Row> = either!(conn, |conn| api_keys::table
        .left_join(owner!())
        .filter(people::removed_at.is_null())
        .filter(api_keys::revoked_at.is_null())
        .filter(api_keys::secret_sha256.eq(secret_sha256.as_slice()))
        .select(api_keys::all_columns)
        .get_result(conn)
        .optional())?;
    let key = row.map(Row::parse).transpose()?.map(|(key, _)| key);
    Ok(key.filter(|key| key.is_valid_at(now)))
}

/// Every key that may ask about access, by the hash of its secret. They are as many as systems of the provider.
///
/// # Errors
/// When a row makes no sense.
pub fn that_ask(conn: &mut Conn) -> Stored<HashMap<[u8; 32], ApiKey>> {
    let mut asking = HashMap::new();
    let mut after = None;
    loop {
        let mut keys = api_keys::table
            .left_join(owner!())
            .filter(people::removed_at.is_null())
            .filter(api_keys::revoked_at.is_null())
            .select(api_keys::all_columns)
            .order(api_keys::id)
            .limit(PAGE_MAX)
            .into_boxed();
        if let Some(after) = after {
            keys = keys.filter(api_keys::id.gt(after));
        }
        let rows: Vec<Row> = keys.load(conn)?;
        after = rows.last().map(|row| row.id);
        let last = i64::try_from(rows.len()).is_ok_and(|count| count < PAGE_MAX);
        for row in rows {
            let (key, secret) = row.parse()?;
            if key.scopes.contains(&KeyScope::AccessRead) {
                asking.insert(read("API key's hash", secret.as_slice().try_into())?, key);
            }
        }
        if last {
            return Ok(asking);
        }
    }
}

impl Keep<'_> {
    /// Notes that a key was used.
    ///
    /// # Errors
    /// When the database does not answer.
    pub fn note_key_use(&mut self, key: KeyId, at: Moment) -> Stored<()> {
        let noted = diesel::update(api_key_uses::table.find(Id(key.0)))
            .set(api_key_uses::at.eq(Stamp(at)))
            .execute(self.0)?;
        if noted == 1 {
            return Ok(());
        }
        let first = diesel::insert_into(api_key_uses::table)
            .values((
                api_key_uses::key_id.eq(Id(key.0)),
                api_key_uses::at.eq(Stamp(at)),
            ))
            .execute(self.0);
        match first.map_err(StoreError::from) {
            // It was used twice at this very moment.
            Err(error) if !error.is_unique_violation() => Err(error),
            _ => Ok(()),
        }
    }
}
