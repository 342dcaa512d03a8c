//! Questions about open requests go along the indexes that hold these alone, however many were ever filed.

use std::sync::{Arc, Mutex};

use diesel::connection::InstrumentationEvent;
use diesel::sql_types::Text;

use uuid::Uuid;

use super::*;
use crate::domain::request::StateKind;
use crate::domain::time::Moment;
use crate::store::conn::migrate;

/// One step of a plan, in SQLite's words.
#[derive(QueryableByName)]
struct Step {
    #[diesel(sql_type = Text)]
    detail: String,
}

/// How SQLite answers what is asked here, step by step.
fn plan<T>(asked: impl FnOnce(&mut Conn) -> Stored<T>) -> Vec<String> {
    let mut conn = Conn::Sqlite(SqliteConnection::establish(":memory:").unwrap());
    migrate(&mut conn).unwrap();
    let said = Arc::new(Mutex::new(Vec::new()));
    let hear = Arc::clone(&said);
    let Conn::Sqlite(sqlite) = &mut conn else {
        unreachable!()
    };
    sqlite.set_instrumentation(move |event: InstrumentationEvent<'_>| {
        if let InstrumentationEvent::StartQuery { query, .. } = event {
            hear.lock().unwrap().push(query.to_string());
        }
    });
    asked(&mut conn).unwrap();
    let said = std::mem::take(&mut *said.lock().unwrap());
    let steps = |sql: &String| {
        let sql = sql.split("-- binds").next().unwrap_or_default();
        let explained = diesel::sql_query(format!("EXPLAIN QUERY PLAN {sql}"));
        explained.load::<Step>(&mut conn).unwrap()
    };
    let steps = said.iter().flat_map(steps).map(|step| step.detail);
    steps.collect()
}

#[test]
fn each_question_goes_along_its_index() {
    const TENANT: TenantId = TenantId(Uuid::nil());
    const ENGINEER: PersonId = PersonId(Uuid::nil());
    let now: Moment = "2026-11-21T20:30:00Z".parse().unwrap();
    let listed = |sight, view, standing| {
        plan(|conn| {
            let filter = Filter {
                standing,
                ..Filter::default()
            };
            list(conn, sight, view, &filter, None, now, 50)
        })
    };
    let tenant = Sight::Tenant(TENANT);
    let plans = [
        (
            "requests_open_of_engineer",
            plan(|conn| count_open(conn, ENGINEER, TENANT, now)),
        ),
        (
            "requests_open_of_engineer",
            plan(|conn| tenants_with_open(conn, ENGINEER, now)),
        ),
        (
            "requests_in_state",
            plan(|conn| count_waiting(conn, TENANT, now)),
        ),
        ("requests_due", plan(|conn| due(conn, now, 50))),
        ("requests_queue", plan(|conn| granted(conn, None, 50))),
        ("requests_queue", plan(|conn| active_after(conn, None, 50))),
        ("requests_in_state", listed(tenant, View::NeedsAction, None)),
        (
            "requests_in_state",
            listed(tenant, View::ActiveAccess, None),
        ),
        (
            "requests_queue",
            listed(Sight::Provider, View::NeedsManager, None),
        ),
        ("requests_of_tenant", listed(tenant, View::All, None)),
        ("requests_newest", listed(Sight::Provider, View::All, None)),
        (
            "requests_over",
            listed(tenant, View::All, Some(StateKind::Rejected)),
        ),
    ];
    for (index, steps) in plans {
        let first = steps.first().unwrap();
        assert!(
            first.contains("requests") && first.contains(&format!("INDEX {index}")),
            "{index}: {steps:#?}"
        );
    }
}
