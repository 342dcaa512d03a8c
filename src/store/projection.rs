//! The state tables beside what the facts say of them, for `audit verify`.
//!
//! Rows are compared column by column as they are stored, so that one that makes no sense is a difference like any
//! other. JSON is compared by its meaning: `jsonb` keeps no spaces.

use std::collections::HashMap;
use std::fmt;

use diesel::prelude::*;
use diesel::result::Error::DeserializationError;
use uuid::Uuid;

use super::Stored;
use super::column::Id;
use super::conn::Conn;
use super::schema::{
    api_keys, authenticators, case_comments, identity_links, pass_keys, passkeys, passwords,
    people, person_roles, recovery_codes, requests, services, single_sign_on, support_cases,
    tenants, webhooks,
};

/// A table whose rows are a projection of the facts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Table {
    /// Tenants.
    Tenants,
    /// Services.
    Services,
    /// People.
    People,
    /// The roles of people.
    PersonRoles,
    /// Their passwords.
    Passwords,
    /// Their authenticator apps.
    Authenticators,
    /// Their passkeys.
    Passkeys,
    /// Their recovery codes.
    RecoveryCodes,
    /// What identity providers call them.
    IdentityLinks,
    /// Single sign-on.
    SingleSignOn,
    /// Webhooks.
    Webhooks,
    /// API keys.
    ApiKeys,
    /// Keys that sign access passes.
    PassKeys,
    /// Support cases.
    SupportCases,
    /// What was said in them.
    CaseComments,
    /// Data access requests.
    Requests,
}

impl Table {
    /// Every one, those that others refer to first.
    pub const ALL: [Self; 16] = [
        Self::Tenants,
        Self::Services,
        Self::People,
        Self::PersonRoles,
        Self::Passwords,
        Self::Authenticators,
        Self::Passkeys,
        Self::RecoveryCodes,
        Self::IdentityLinks,
        Self::SingleSignOn,
        Self::Webhooks,
        Self::ApiKeys,
        Self::PassKeys,
        Self::SupportCases,
        Self::CaseComments,
        Self::Requests,
    ];
}

/// The name in the database.
impl fmt::Display for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Tenants => "tenants",
            Self::Services => "services",
            Self::People => "people",
            Self::PersonRoles => "person_roles",
            Self::Passwords => "passwords",
            Self::Authenticators => "authenticators",
            Self::Passkeys => "passkeys",
            Self::RecoveryCodes => "recovery_codes",
            Self::IdentityLinks => "identity_links",
            Self::SingleSignOn => "single_sign_on",
            Self::Webhooks => "webhooks",
            Self::ApiKeys => "api_keys",
            Self::PassKeys => "pass_keys",
            Self::SupportCases => "support_cases",
            Self::CaseComments => "case_comments",
            Self::Requests => "requests",
        })
    }
}

/// How a row differs from what the facts say. Reads on after the row's name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Difference {
    /// There is no row.
    Missing,
    /// These columns say something else.
    Columns(Vec<&'static str>),
    /// The row cannot be read.
    Unreadable(String),
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Missing => f.write_str("the log says there is one, and the row is missing"),
            Self::Columns(columns) => {
                write!(f, "not what the log says: {}", columns.join(", "))
            }
            Self::Unreadable(why) => write!(f, "the row cannot be read: {}", why.escape_debug()),
        }
    }
}

/// A row that can be laid beside another.
pub(super) trait Beside: Sized {
    /// Its id.
    fn id(&self) -> Id;
    /// The columns in which the other differs.
    fn differing(&self, other: &Self) -> Vec<&'static str>;
}

/// Compares rows by these columns.
macro_rules! beside {
    ($row:ty { $($column:ident),+ $(,)? }) => {
        impl $crate::store::projection::Beside for $row {
            fn id(&self) -> Id {
                self.id
            }
            fn differing(&self, other: &Self) -> Vec<&'static str> {
                let mut columns = Vec::new();
                $(if self.$column != other.$column {
                    columns.push(stringify!($column));
                })+
                columns
            }
        }
    };
}
pub(super) use beside;

/// How the stored rows of these ids differ from the expected ones, each by its index. A row that cannot be read
/// spoils the reading of all, so they are then read one by one.
pub(super) fn compare<R: Beside>(
    conn: &mut Conn,
    expected: &[R],
    load: impl Fn(&mut Conn, &[Id]) -> QueryResult<Vec<R>>,
) -> Stored<Vec<(usize, Difference)>> {
    let ids: Vec<Id> = expected.iter().map(Beside::id).collect();
    let mut rows = HashMap::new();
    let mut unreadable = HashMap::new();
    let mut keep = |loaded: Vec<R>| rows.extend(loaded.into_iter().map(|row| (row.id(), row)));
    match load(conn, &ids) {
        Ok(loaded) => keep(loaded),
        Err(DeserializationError(_)) => {
            for id in &ids {
                match load(conn, &[*id]) {
                    Ok(loaded) => keep(loaded),
                    Err(DeserializationError(why)) => {
                        unreadable.insert(*id, why.to_string());
                    }
                    Err(error) => return Err(error.into()),
                }
            }
        }
        Err(error) => return Err(error.into()),
    }
    let difference = |row: &R| match (rows.get(&row.id()), unreadable.remove(&row.id())) {
        (_, Some(why)) => Some(Difference::Unreadable(why)),
        (None, None) => Some(Difference::Missing),
        (Some(stored), None) => {
            let columns = row.differing(stored);
            (!columns.is_empty()).then_some(Difference::Columns(columns))
        }
    };
    let differences = expected.iter().map(difference).enumerate();
    Ok(differences
        .filter_map(|(index, difference)| Some((index, difference?)))
        .collect())
}

/// At most `limit` ids of a table's rows after `after`, in order. What a person has has the person's id.
///
/// # Errors
/// When the database does not answer.
pub fn ids(conn: &mut Conn, table: Table, after: Option<Uuid>, limit: i64) -> Stored<Vec<Uuid>> {
    macro_rules! of {
        ($table:ident.$id:ident) => {{
            let mut query = $table::table
                .select($table::$id)
                .distinct()
                .order($table::$id)
                .limit(limit)
                .into_boxed();
            if let Some(after) = after {
                query = query.filter($table::$id.gt(Id(after)));
            }
            query.load::<Id>(conn)?
        }};
    }
    let ids = match table {
        Table::Tenants => of!(tenants.id),
        Table::Services => of!(services.id),
        Table::People => of!(people.id),
        Table::PersonRoles => of!(person_roles.person_id),
        Table::Passwords => of!(passwords.person_id),
        Table::Authenticators => of!(authenticators.person_id),
        Table::Passkeys => of!(passkeys.id),
        Table::RecoveryCodes => of!(recovery_codes.person_id),
        Table::IdentityLinks => of!(identity_links.person_id),
        Table::SingleSignOn => of!(single_sign_on.id),
        Table::Webhooks => of!(webhooks.id),
        Table::ApiKeys => of!(api_keys.id),
        Table::PassKeys => of!(pass_keys.id),
        Table::SupportCases => of!(support_cases.id),
        Table::CaseComments => of!(case_comments.id),
        Table::Requests => of!(requests.id),
    };
    Ok(ids.into_iter().map(|id| id.0).collect())
}
