//! Many deeds by one statement of PostgreSQL. Each column is an array, so the text is the same for any number of rows: it
//! is parsed and planned once.

use diesel::pg::Pg;
use diesel::prelude::*;
use diesel::query_builder::{AstPass, QueryFragment, QueryId};
use diesel::sql_types::{Array, Nullable, Text};

use crate::domain::activity::Deed;
use crate::store::column::{Id, Stamp, sql};

/// Deeds to be inserted, column by column. None of them is sealed.
pub(super) struct AtOnce<'a> {
    ids: Vec<Id>,
    tenants: Vec<Id>,
    requests: Vec<Id>,
    happened: Vec<Stamp>,
    recorded: Vec<Stamp>,
    actions: Vec<&'a str>,
    objects: Vec<Option<&'a str>>,
    known_by: Vec<&'a str>,
    recorded_by: Vec<&'a str>,
}

impl<'a> AtOnce<'a> {
    pub(super) fn of(deeds: &[&'a Deed]) -> Self {
        let deeds = || deeds.iter().copied();
        Self {
            ids: deeds().map(|deed| Id(deed.id.0)).collect(),
            tenants: deeds().map(|deed| Id(deed.tenant.0)).collect(),
            requests: deeds().map(|deed| Id(deed.request.0)).collect(),
            happened: deeds().map(|deed| Stamp(deed.happened_at)).collect(),
            recorded: deeds().map(|deed| Stamp(deed.recorded_at)).collect(),
            actions: deeds().map(|deed| deed.action.as_str()).collect(),
            objects: deeds().map(|deed| deed.object.as_deref()).collect(),
            known_by: deeds().map(|deed| deed.known_by.as_str()).collect(),
            recorded_by: deeds().map(|deed| deed.recorded_by.as_str()).collect(),
        }
    }
}

/// Sets that are selected side by side go forward together.
/// <https://www.postgresql.org/docs/current/xfunc-sql.html#XFUNC-SQL-FUNCTIONS-RETURNING-SET>
impl QueryFragment<Pg> for AtOnce<'_> {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        out.push_sql("INSERT INTO activity (id, tenant_id, request_id, happened_at, recorded_at, action, object, known_by, recorded_by) SELECT unnest(");
        out.push_bind_param::<Array<sql::Id>, _>(&self.ids)?;
        out.push_sql("), unnest(");
        out.push_bind_param::<Array<sql::Id>, _>(&self.tenants)?;
        out.push_sql("), unnest(");
        out.push_bind_param::<Array<sql::Id>, _>(&self.requests)?;
        out.push_sql("), unnest(");
        out.push_bind_param::<Array<sql::Stamp>, _>(&self.happened)?;
        out.push_sql("), unnest(");
        out.push_bind_param::<Array<sql::Stamp>, _>(&self.recorded)?;
        out.push_sql("), unnest(");
        out.push_bind_param::<Array<Text>, _>(&self.actions)?;
        out.push_sql("), unnest(");
        out.push_bind_param::<Array<Nullable<Text>>, _>(&self.objects)?;
        out.push_sql("), unnest(");
        out.push_bind_param::<Array<Text>, _>(&self.known_by)?;
        out.push_sql("), unnest(");
        out.push_bind_param::<Array<Text>, _>(&self.recorded_by)?;
        out.push_sql(")");
        Ok(())
    }
}

/// What is inserted is no part of the text, so it is one statement to whoever keeps prepared ones.
impl QueryId for AtOnce<'_> {
    type QueryId = AtOnce<'static>;
    const HAS_STATIC_QUERY_ID: bool = true;
}

impl RunQueryDsl<PgConnection> for AtOnce<'_> {}
