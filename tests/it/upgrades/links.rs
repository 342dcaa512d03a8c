//! Whoever was removed before links were given up has none afterwards, and neither has who came again by something else.

use diesel::connection::SimpleConnection;
use diesel::sql_types::Text;
use diesel::{Connection, PgConnection, QueryableByName, RunQueryDsl, SqliteConnection, sql_query};
use diesel_migrations::{FileBasedMigrations, MigrationHarness};
use lockbox::store::conn::DatabaseUrl;

use super::{folder_of, make};
use crate::world::Database;

/// The last migration before links are given up.
const BEFORE: usize = 19;

/// All of Fabrikam are linked since they came. Then Leo is removed, and Ada came again later than she was linked; Kim is as
/// she was.
const LINKED: &str = "
    INSERT INTO identity_links (person_id, issuer, subject, since)
      SELECT id, 'https://login.example', email, joined_at FROM people WHERE email LIKE '%@fabrikam.example';
    UPDATE people SET removed_at = joined_at WHERE email = 'leo@fabrikam.example';
    UPDATE people SET joined_at = (SELECT max(deadline) FROM requests) WHERE email = 'ada@fabrikam.example';
";

const LEFT: &str = "SELECT subject FROM identity_links";

#[derive(QueryableByName)]
struct Left {
    #[diesel(sql_type = Text)]
    subject: String,
}

#[test]
fn who_was_removed_is_linked_no_more() {
    for database in [Database::Sqlite, Database::Postgres] {
        let folder = tempfile::tempdir().unwrap();
        let url = database.anew(&folder);
        make(&url, BEFORE);
        let migrations = FileBasedMigrations::from_path(folder_of(database)).unwrap();
        let left: Vec<Left> = match url {
            DatabaseUrl::Sqlite(path) => {
                let mut conn = SqliteConnection::establish(path.to_str().unwrap()).unwrap();
                conn.batch_execute(LINKED).unwrap();
                conn.run_next_migration(migrations).unwrap();
                sql_query(LEFT).load(&mut conn).unwrap()
            }
            DatabaseUrl::Postgres(url) => {
                let mut conn = PgConnection::establish(&url).unwrap();
                conn.batch_execute(LINKED).unwrap();
                conn.run_next_migration(migrations).unwrap();
                sql_query(LEFT).load(&mut conn).unwrap()
            }
        };
        let left: Vec<_> = left.into_iter().map(|left| left.subject).collect();
        assert_eq!(left, ["kim@fabrikam.example"], "{database:?}");
    }
}
