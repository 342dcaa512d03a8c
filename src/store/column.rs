//! Column types that exist in both databases, and nothing that exists in one only.
//!
//! Ids are `uuid` and 16-byte BLOBs, times are `timestamptz` and microseconds in BIGINT, JSON is `jsonb`
//! and TEXT. The SQL types carry their PostgreSQL OIDs; none is called `Time` or `Timestamp`, since
//! `diesel::table!` matches names.

use chrono::DateTime;
use diesel::backend::Backend;
use diesel::deserialize::{self, FromSql, FromSqlRow};
use diesel::expression::AsExpression;
use diesel::pg::Pg;
use diesel::serialize::{self, IsNull, Output, ToSql};
use diesel::sql_types as st;
use diesel::sqlite::Sqlite;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use uuid::Uuid;

use super::StoreError;
use super::conn::MultiBackend;
use crate::domain::time::Moment;

/// The SQL types.
pub mod sql {
    use diesel::query_builder::QueryId;
    use diesel::sql_types::SqlType;

    /// PostgreSQL `uuid`, SQLite 16-byte BLOB.
    #[derive(SqlType, QueryId)]
    #[diesel(
        postgres_type(oid = 2950, array_oid = 2951),
        sqlite_type(name = "Binary")
    )]
    pub struct Id;

    /// PostgreSQL `timestamptz`, SQLite BIGINT of microseconds.
    #[derive(SqlType, QueryId)]
    #[diesel(
        postgres_type(oid = 1184, array_oid = 1185),
        sqlite_type(name = "Long")
    )]
    pub struct Stamp;

    /// Moments have an order, so there is a first and a last one.
    impl diesel::sql_types::SqlOrd for Stamp {}

    /// PostgreSQL `jsonb`, SQLite TEXT.
    #[derive(SqlType, QueryId)]
    #[diesel(
        postgres_type(oid = 3802, array_oid = 3807),
        sqlite_type(name = "Text")
    )]
    pub struct Json;
}

macro_rules! column {
    ($(#[$doc:meta])* $name:ident($rust:ty), postgres: $pg:ty, sqlite: |$v:ident| $to:expr, |$raw:pat_param| $from:expr) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, AsExpression, FromSqlRow)]
        #[diesel(sql_type = sql::$name)]
        pub struct $name(pub $rust);

        impl diesel::sql_types::HasSqlType<sql::$name> for MultiBackend {
            fn metadata(lookup: &mut Self::MetadataLookup) -> Self::TypeMetadata {
                MultiBackend::lookup_sql_type::<sql::$name>(lookup)
            }
        }
        impl ToSql<sql::$name, Pg> for $name {
            fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, Pg>) -> serialize::Result {
                ToSql::<$pg, Pg>::to_sql(&self.0, out)
            }
        }
        impl FromSql<sql::$name, Pg> for $name {
            fn from_sql(raw: <Pg as Backend>::RawValue<'_>) -> deserialize::Result<Self> {
                Ok(Self(FromSql::<$pg, Pg>::from_sql(raw)?))
            }
        }
        impl ToSql<sql::$name, Sqlite> for $name {
            fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, Sqlite>) -> serialize::Result {
                let $v = &self.0;
                out.set_value($to);
                Ok(IsNull::No)
            }
        }
        impl FromSql<sql::$name, Sqlite> for $name {
            fn from_sql($raw: <Sqlite as Backend>::RawValue<'_>) -> deserialize::Result<Self> {
                Ok(Self($from))
            }
        }
        impl ToSql<sql::$name, MultiBackend> for $name {
            fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, MultiBackend>) -> serialize::Result {
                out.set_value((sql::$name, self));
                Ok(IsNull::No)
            }
        }
        impl FromSql<sql::$name, MultiBackend> for $name {
            fn from_sql(raw: <MultiBackend as Backend>::RawValue<'_>) -> deserialize::Result<Self> {
                raw.from_sql::<Self, sql::$name>()
            }
        }
    };
}

column!(
    /// An id.
    Id(Uuid), postgres: st::Uuid,
    sqlite: |v| &v.as_bytes()[..],
    |mut raw| Uuid::from_slice(raw.read_blob())?
);
column!(
    /// A moment.
    Stamp(Moment), postgres: st::Timestamptz,
    sqlite: |v| v.timestamp_micros(),
    |mut raw| DateTime::from_timestamp_micros(raw.read_long()).ok_or("time out of range")?
);
column!(
    /// A JSON value.
    Json(Value), postgres: st::Jsonb,
    sqlite: |v| v.to_string(),
    |raw| serde_json::from_str(&<String as FromSql<st::Text, Sqlite>>::from_sql(raw)?)?
);

/// JSON as the database wrote it, for reading straight into a value of ours: a page of rows is read twice as fast
/// without a tree of values between.
#[derive(Debug, Clone, FromSqlRow)]
pub struct JsonText(String);

impl JsonText {
    /// JSON as a value of ours.
    ///
    /// # Errors
    /// [`StoreError::Senseless`] when the row makes no sense.
    pub fn read<T: DeserializeOwned>(&self, what: &'static str) -> Result<T, StoreError> {
        read(what, serde_json::from_str(&self.0))
    }
}

/// On the wire `jsonb` is its version, 1, and then the text.
/// <https://www.postgresql.org/docs/current/datatype-json.html>
impl FromSql<sql::Json, Pg> for JsonText {
    fn from_sql(raw: <Pg as Backend>::RawValue<'_>) -> deserialize::Result<Self> {
        match raw.as_bytes() {
            [1, text @ ..] => Ok(Self(str::from_utf8(text)?.to_owned())),
            _ => Err("jsonb of another version than 1".into()),
        }
    }
}

impl FromSql<sql::Json, Sqlite> for JsonText {
    fn from_sql(raw: <Sqlite as Backend>::RawValue<'_>) -> deserialize::Result<Self> {
        FromSql::<st::Text, Sqlite>::from_sql(raw).map(Self)
    }
}

impl FromSql<sql::Json, MultiBackend> for JsonText {
    fn from_sql(raw: <MultiBackend as Backend>::RawValue<'_>) -> deserialize::Result<Self> {
        raw.from_sql::<Self, sql::Json>()
    }
}

impl Copy for Id {}
impl Copy for Stamp {}
impl Eq for Id {}
impl std::hash::Hash for Id {
    fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
        self.0.hash(state);
    }
}

impl Json {
    /// A value of ours as JSON.
    ///
    /// # Errors
    /// When it cannot be written as JSON.
    pub fn of(value: &impl Serialize) -> Result<Self, StoreError> {
        Ok(Self(serde_json::to_value(value)?))
    }

    /// JSON as a value of ours.
    ///
    /// # Errors
    /// [`StoreError::Senseless`] when the row makes no sense.
    pub fn read<T: DeserializeOwned>(self, what: &'static str) -> Result<T, StoreError> {
        serde_json::from_value(self.0).map_err(|e| StoreError::Senseless(format!("{what}: {e}")))
    }
}

/// A text column as a value of ours.
///
/// # Errors
/// [`StoreError::Senseless`] when the row makes no sense.
pub fn read<T, E: std::fmt::Display>(
    what: &'static str,
    parsed: Result<T, E>,
) -> Result<T, StoreError> {
    parsed.map_err(|e| StoreError::Senseless(format!("{what}: {e}")))
}
