//! One deed by one statement of SQLite: the same text again and again is SQLite's quickest way. It is written out, for diesel
//! goes through the parts of its own several times for each deed, which costs more than a quarter of the writing.

use diesel::prelude::*;
use diesel::query_builder::{AstPass, QueryFragment, QueryId};
use diesel::sql_types::{Nullable, Text};
use diesel::sqlite::Sqlite;

use crate::domain::activity::Deed;
use crate::store::column::{Id, Stamp, sql};

/// A deed to be inserted. It is not sealed.
pub(super) struct OneByOne<'a> {
    id: Id,
    tenant: Id,
    request: Id,
    happened: Stamp,
    recorded: Stamp,
    action: &'a str,
    object: Option<&'a str>,
    known_by: &'a str,
    recorded_by: &'a str,
}

impl<'a> OneByOne<'a> {
    pub(super) fn of(deed: &'a Deed) -> Self {
        Self {
            id: Id(deed.id.0),
            tenant: Id(deed.tenant.0),
            request: Id(deed.request.0),
            happened: Stamp(deed.happened_at),
            recorded: Stamp(deed.recorded_at),
            action: &deed.action,
            object: deed.object.as_deref(),
            known_by: deed.known_by.as_str(),
            recorded_by: deed.recorded_by.as_str(),
        }
    }
}

impl QueryFragment<Sqlite> for OneByOne<'_> {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Sqlite>) -> QueryResult<()> {
        out.push_sql("INSERT INTO activity (id, tenant_id, request_id, happened_at, recorded_at, action, object, known_by, recorded_by) VALUES (");
        out.push_bind_param::<sql::Id, _>(&self.id)?;
        out.push_sql(", ");
        out.push_bind_param::<sql::Id, _>(&self.tenant)?;
        out.push_sql(", ");
        out.push_bind_param::<sql::Id, _>(&self.request)?;
        out.push_sql(", ");
        out.push_bind_param::<sql::Stamp, _>(&self.happened)?;
        out.push_sql(", ");
        out.push_bind_param::<sql::Stamp, _>(&self.recorded)?;
        out.push_sql(", ");
        out.push_bind_param::<Text, _>(self.action)?;
        out.push_sql(", ");
        out.push_bind_param::<Nullable<Text>, _>(&self.object)?;
        out.push_sql(", ");
        out.push_bind_param::<Text, _>(self.known_by)?;
        out.push_sql(", ");
        out.push_bind_param::<Text, _>(self.recorded_by)?;
        out.push_sql(")");
        Ok(())
    }
}

/// What is inserted is no part of the text, so it is one statement to whoever keeps prepared ones.
impl QueryId for OneByOne<'_> {
    type QueryId = OneByOne<'static>;
    const HAS_STATIC_QUERY_ID: bool = true;
}

impl RunQueryDsl<SqliteConnection> for OneByOne<'_> {}
