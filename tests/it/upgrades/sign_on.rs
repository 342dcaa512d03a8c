//! Who set the single sign-on that a deployment had already: who brought the last entry about that says so.

use diesel::connection::SimpleConnection;
use diesel::sql_types::BigInt;
use diesel::{Connection, PgConnection, QueryableByName, RunQueryDsl, SqliteConnection, sql_query};
use diesel_migrations::{FileBasedMigrations, MigrationHarness};
use lockbox::store::conn::DatabaseUrl;

use super::{folder_of, make};
use crate::world::Database;

/// The last migration before it is kept who set it.
const BEFORE: usize = 18;

/// Fabrikam's, set by Rosa, then by Kim; what stands last in the log was nobody's act.
const SET: &str = r#"
    INSERT INTO single_sign_on (id, log, issuer, client_id, client_secret_sealed, group_roles, strong, stage)
      SELECT id, id, 'https://login.example', 'lockbox', 'x', 'null', '[]', '{"stage":"untested"}'
      FROM tenants WHERE key = 'fabrikam';
    INSERT INTO audit_entries (log, seq, at, act, body, leaf)
      SELECT log, 900, at, 'single_sign_on.set', body, leaf FROM audit_entries WHERE act = 'request.endorsed'
      AND log = (SELECT id FROM tenants WHERE key = 'fabrikam') LIMIT 1;
    INSERT INTO audit_entries (log, seq, at, act, body, leaf)
      SELECT log, 901, at, 'single_sign_on.set', body, leaf FROM audit_entries WHERE act = 'lockbox.turned_on'
      AND log = (SELECT id FROM tenants WHERE key = 'fabrikam') LIMIT 1;
    INSERT INTO audit_entries (log, seq, at, act, body, leaf)
      SELECT log, 902, at, 'tenant.enrolled', body, leaf FROM audit_entries WHERE act = 'tenant.enrolled'
      AND log = (SELECT id FROM tenants WHERE key = 'fabrikam') LIMIT 1;
"#;

const SET_BY_KIM: &str =
    "SELECT count(*) AS n FROM single_sign_on JOIN people ON people.id = single_sign_on.set_by
    WHERE people.email = 'kim@fabrikam.example'";

#[derive(QueryableByName)]
struct Counted {
    #[diesel(sql_type = BigInt)]
    n: i64,
}

#[test]
fn who_set_it_is_read_from_the_log() {
    for database in [Database::Sqlite, Database::Postgres] {
        let folder = tempfile::tempdir().unwrap();
        let url = database.anew(&folder);
        make(&url, BEFORE);
        let migrations = FileBasedMigrations::from_path(folder_of(database)).unwrap();
        let counted: Counted = match url {
            DatabaseUrl::Sqlite(path) => {
                let mut conn = SqliteConnection::establish(path.to_str().unwrap()).unwrap();
                conn.batch_execute(SET).unwrap();
                conn.run_next_migration(migrations).unwrap();
                sql_query(SET_BY_KIM).get_result(&mut conn).unwrap()
            }
            DatabaseUrl::Postgres(url) => {
                let mut conn = PgConnection::establish(&url).unwrap();
                conn.batch_execute(SET).unwrap();
                conn.run_next_migration(migrations).unwrap();
                sql_query(SET_BY_KIM).get_result(&mut conn).unwrap()
            }
        };
        assert_eq!(counted.n, 1, "{database:?}");
    }
}
