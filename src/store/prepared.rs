//! Statements whose text is the same each time, kept prepared.

use diesel::backend::Backend;
use diesel::prelude::*;
use diesel::query_builder::{AstPass, Query, QueryFragment, QueryId};

/// diesel has each UPDATE parsed and planned anew, which is a journey of its own to PostgreSQL, for what one sets may
/// differ from the next. In one that acts need at each step it never does: it is found by its text. It is to be asked for
/// what it returns: `execute` has diesel look at it through a reference, which asks the UPDATE itself.
pub(super) struct Prepared<Q>(pub Q);

impl<Q> QueryId for Prepared<Q> {
    type QueryId = ();
    const HAS_STATIC_QUERY_ID: bool = false;
}

impl<DB: Backend, Q: QueryFragment<DB>> QueryFragment<DB> for Prepared<Q> {
    fn walk_ast<'b>(&'b self, out: AstPass<'_, 'b, DB>) -> QueryResult<()> {
        self.0.walk_ast(out)
    }

    fn is_safe_to_cache_prepared(&self, _: &DB) -> QueryResult<bool> {
        Ok(true)
    }
}

impl<Q: Query> Query for Prepared<Q> {
    type SqlType = Q::SqlType;
}

impl<Q, C> RunQueryDsl<C> for Prepared<Q> {}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicUsize, Ordering};

    use diesel::connection::{InstrumentationEvent, SimpleConnection};

    use super::*;
    use crate::store::schema::services;

    #[test]
    fn an_update_is_prepared_once_and_binds_anew_each_time() {
        let mut conn = SqliteConnection::establish(":memory:").unwrap();
        let made = "CREATE TABLE services (id BLOB, key TEXT, name TEXT, covered BOOL);
            INSERT INTO services VALUES (x'01', 'teams', 'Teams', 0), (x'02', 'mail', 'Mail', 0)";
        conn.batch_execute(made).unwrap();
        let prepared = Arc::new(AtomicUsize::default());
        let count = Arc::clone(&prepared);
        conn.set_instrumentation(move |event: InstrumentationEvent<'_>| {
            if matches!(event, InstrumentationEvent::CacheQuery { .. }) {
                count.fetch_add(1, Ordering::SeqCst);
            }
        });
        for (key, name) in [("teams", "Calls"), ("mail", "Post")] {
            let of_it = services::table.filter(services::key.eq(key));
            let renamed = diesel::update(of_it).set(services::name.eq(name));
            let renamed = Prepared(renamed.returning(services::key));
            assert_eq!(renamed.get_result::<String>(&mut conn).unwrap(), key);
        }
        assert_eq!(prepared.load(Ordering::SeqCst), 1);
        let names = services::table.select(services::name).order(services::key);
        let names: Vec<String> = names.load(&mut conn).unwrap();
        assert_eq!(names, ["Post", "Calls"]);
    }
}
