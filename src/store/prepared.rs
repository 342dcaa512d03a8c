//! What acts write at each step: statements that stay prepared.

use diesel::backend::Backend;
use diesel::prelude::*;
use diesel::query_builder::{AstPass, Query, QueryFragment, QueryId};
use diesel::query_dsl::methods::LoadQuery;

/// An UPDATE whose text is the same each time. diesel has each one parsed and planned anew, which is a journey of its own
/// to PostgreSQL, for what one sets may differ from the next; this one is found by its text.
///
/// None can be had to be executed: diesel looks at what is executed through a reference, which asks the UPDATE itself.
pub(super) struct Prepared<Q>(Q);

impl<Q> Prepared<Q> {
    /// Runs it. The first row that it returns; none where it found nothing to change.
    ///
    /// # Errors
    /// When the database does not answer.
    pub(super) fn first<'q, C, T>(update: Q, conn: &mut C) -> QueryResult<Option<T>>
    where
        Self: LoadQuery<'q, C, T>,
    {
        Self(update).get_result(conn).optional()
    }
}

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

/// Most rows that one statement inserts.
pub(super) const INSERTED_MAX: usize = 500;

/// Inserts rows. One alone, as most acts have it, goes by a statement that stays prepared; diesel keeps none of several.
macro_rules! insert_all {
    ($conn:expr, $table:ident, $rows:expr) => {
        $rows
            .chunks($crate::store::prepared::INSERTED_MAX)
            .try_for_each(|some| {
                let into = diesel::insert_into($table::table);
                $crate::store::conn::either!($conn, |conn| match some {
                    [one] => into.values(one).execute(conn),
                    some => into.values(some).execute(conn),
                })
                .map(drop)
            })
    };
}
pub(super) use insert_all;

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
            let renamed = Prepared::first(renamed.returning(services::key), &mut conn);
            assert_eq!(renamed.unwrap(), Some(key.to_owned()));
        }
        assert_eq!(prepared.load(Ordering::SeqCst), 1);
        let names = services::table.select(services::name).order(services::key);
        let names: Vec<String> = names.load(&mut conn).unwrap();
        assert_eq!(names, ["Post", "Calls"]);
    }
}
