//! What the migrations come to: the same on both databases, read back from them.

use std::collections::BTreeSet;

use diesel::sql_types::Text;
use diesel::{Connection, PgConnection, QueryableByName, RunQueryDsl, SqliteConnection, sql_query};
use lockbox::clock::{Clock, Entropy};
use lockbox::store::Store;
use lockbox::store::conn::DatabaseUrl;

use crate::world::{Database, beginning};

/// One thing that a database says of its tables: `people.email is required`.
#[derive(QueryableByName)]
struct Said {
    #[diesel(sql_type = Text)]
    said: String,
}

/// Columns, what they refer to, and unique indexes, as SQLite says them.
const OF_SQLITE: [&str; 3] = [
    "SELECT tables.name || '.' || columns.name || CASE WHEN columns.\"notnull\" THEN ' is required' ELSE '' END AS said
     FROM sqlite_master AS tables JOIN pragma_table_info(tables.name) AS columns WHERE tables.type = 'table'",
    "SELECT tables.name || '.' || keys.\"from\" || ' refers to ' || keys.\"table\" AS said
     FROM sqlite_master AS tables JOIN pragma_foreign_key_list(tables.name) AS keys WHERE tables.type = 'table'",
    "SELECT tables.name || ' has the unique index ' || indexes.name AS said
     FROM sqlite_master AS tables JOIN pragma_index_list(tables.name) AS indexes
     WHERE tables.type = 'table' AND indexes.\"unique\" AND indexes.origin = 'c'",
];

/// The same, as PostgreSQL says them.
const OF_POSTGRES: [&str; 3] = [
    "SELECT table_name || '.' || column_name || CASE WHEN is_nullable = 'NO' THEN ' is required' ELSE '' END AS said
     FROM information_schema.columns WHERE table_schema = 'public'",
    "SELECT keys.conrelid::regclass::text || '.' || columns.attname || ' refers to ' || keys.confrelid::regclass::text AS said
     FROM pg_constraint AS keys
     JOIN pg_attribute AS columns ON columns.attrelid = keys.conrelid AND columns.attnum = ANY (keys.conkey)
     WHERE keys.contype = 'f' AND keys.connamespace = 'public'::regnamespace",
    "SELECT indexes.indrelid::regclass::text || ' has the unique index ' || indexes.indexrelid::regclass::text AS said
     FROM pg_index AS indexes JOIN pg_class AS tables ON tables.oid = indexes.indrelid
     WHERE indexes.indisunique AND tables.relnamespace = 'public'::regnamespace
       AND NOT EXISTS (SELECT FROM pg_constraint WHERE conindid = indexes.indexrelid)",
];

#[test]
fn both_databases_come_to_the_same_tables() {
    let (sqlite, postgres) = (said_by(Database::Sqlite), said_by(Database::Postgres));
    let apart: Vec<_> = sqlite.symmetric_difference(&postgres).collect();
    assert!(apart.is_empty(), "{apart:#?}");
    for known in [
        "people.email is required",
        "people.tenant_id refers to tenants",
        "sessions.person_id refers to people",
        "people has the unique index people_here",
    ] {
        assert!(sqlite.contains(known), "{known}: {sqlite:#?}");
    }
}

fn said_by(database: Database) -> BTreeSet<String> {
    let folder = tempfile::tempdir().unwrap();
    let url = database.anew(&folder);
    let (clock, _) = Clock::held_at(beginning());
    let store = Store::open(&url, 1, clock, Entropy::seeded(1)).unwrap();
    store.migrate().unwrap();
    match url {
        DatabaseUrl::Sqlite(path) => {
            let mut conn = SqliteConnection::establish(path.to_str().unwrap()).unwrap();
            let said = OF_SQLITE.map(|asked| sql_query(asked).load::<Said>(&mut conn).unwrap());
            ours(said)
        }
        DatabaseUrl::Postgres(url) => {
            let mut conn = PgConnection::establish(&url).unwrap();
            let said = OF_POSTGRES.map(|asked| sql_query(asked).load::<Said>(&mut conn).unwrap());
            ours(said)
        }
    }
}

/// All of it but what is diesel's own.
fn ours(said: [Vec<Said>; 3]) -> BTreeSet<String> {
    let said = said.into_iter().flatten().map(|Said { said }| said);
    said.filter(|said| !said.starts_with("__diesel")).collect()
}
