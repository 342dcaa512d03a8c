//! What was recorded before the table became lighter is recorded afterwards, and also when the step is taken back.

use diesel::connection::SimpleConnection;
use diesel::sql_types::BigInt;
use diesel::{Connection, PgConnection, QueryableByName, RunQueryDsl, SqliteConnection, sql_query};
use diesel_migrations::{FileBasedMigrations, MigrationHarness};
use lockbox::store::conn::DatabaseUrl;

use super::{folder_of, make};
use crate::world::Database;

/// The last migration before it becomes lighter.
const BEFORE: usize = 21;

/// One deed under each of the seven requests. All are sealed but one, which also names no object.
const RECORDED: &str = "
    INSERT INTO activity (id, tenant_id, request_id, happened_at, recorded_at, action, object, known_by, recorded_by, sealed_in)
      SELECT id, tenant_id, id, filed_at, filed_at, 'read', reference, 'allowed', 'gate', 3 FROM requests;
    UPDATE activity SET object = NULL, sealed_in = NULL WHERE object = 'LBX-WETW-X68W';
";

const AS_RECORDED: &str = "
    SELECT count(*) AS n FROM activity
    JOIN requests ON requests.id = activity.id AND requests.id = activity.request_id AND requests.tenant_id = activity.tenant_id
    WHERE happened_at = filed_at AND recorded_at = filed_at AND action = 'read' AND known_by = 'allowed' AND recorded_by = 'gate'
      AND (object = reference AND sealed_in = 3 OR reference = 'LBX-WETW-X68W' AND object IS NULL AND sealed_in IS NULL)
";

#[derive(QueryableByName)]
struct Counted {
    #[diesel(sql_type = BigInt)]
    n: i64,
}

#[test]
fn what_was_recorded_stays_as_it_was() {
    for database in [Database::Sqlite, Database::Postgres] {
        let folder = tempfile::tempdir().unwrap();
        let url = database.anew(&folder);
        make(&url, BEFORE);
        let migrations = FileBasedMigrations::from_path(folder_of(database)).unwrap();
        let counted: [Counted; 2] = match url {
            DatabaseUrl::Sqlite(path) => {
                let mut conn = SqliteConnection::establish(path.to_str().unwrap()).unwrap();
                conn.batch_execute(RECORDED).unwrap();
                conn.run_next_migration(migrations.clone()).unwrap();
                let after = sql_query(AS_RECORDED).get_result(&mut conn).unwrap();
                conn.revert_last_migration(migrations).unwrap();
                [after, sql_query(AS_RECORDED).get_result(&mut conn).unwrap()]
            }
            DatabaseUrl::Postgres(url) => {
                let mut conn = PgConnection::establish(&url).unwrap();
                conn.batch_execute(RECORDED).unwrap();
                conn.run_next_migration(migrations.clone()).unwrap();
                let after = sql_query(AS_RECORDED).get_result(&mut conn).unwrap();
                conn.revert_last_migration(migrations).unwrap();
                [after, sql_query(AS_RECORDED).get_result(&mut conn).unwrap()]
            }
        };
        assert_eq!(counted.map(|counted| counted.n), [7, 7], "{database:?}");
    }
}
