//! A database of every earlier version, with rows in it, becomes one of this version and goes on.
//!
//! `sqlite.sql`, `postgres.sql` and `demo.json` are what a deployment of the migration 0001 held: the demo's people,
//! requests in every state, a session, an idempotency key, letters sent and unsent. The test walks whatever
//! migrations there are, so a new one is in it without anybody remembering.

mod activity;
mod links;
mod schema;
mod sign_on;

use std::fs::{self, File};
use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

use chrono::TimeDelta;
use diesel::connection::SimpleConnection;
use diesel::{Connection, PgConnection, SqliteConnection};
use diesel_migrations::{FileBasedMigrations, MigrationHarness};
use lockbox::domain::id::Reference;
use lockbox::domain::request::StateKind;
use lockbox::store::conn::DatabaseUrl;

use crate::world::{Database, World, beginning};

/// The server key of the deployment. It opens nothing but this fixture.
const SERVER_KEY: &str = "e8dd943d366caae7beb706c6ae668eff0a257fc56edc27d7b2fa1c31bdf2eec1";
/// A request that waited for the customer then.
const WAITING: &str = "LBX-WETW-X68W";

#[actix_web::test]
async fn every_earlier_sqlite_database_goes_on() {
    goes_on_from_every_migration(Database::Sqlite).await;
}

#[actix_web::test]
async fn every_earlier_postgresql_database_goes_on() {
    goes_on_from_every_migration(Database::Postgres).await;
}

async fn goes_on_from_every_migration(database: Database) {
    let newest = fs::read_dir(folder_of(database)).unwrap().count();
    for reached in 1..=newest {
        let folder = tempfile::tempdir().unwrap();
        let url = database.anew(&folder);
        make(&url, reached);
        let mut key = File::options();
        let mut key = key
            .write(true)
            .create_new(true)
            .mode(0o600)
            .open(folder.path().join("lockbox.key"))
            .unwrap();
        key.write_all(SERVER_KEY.as_bytes()).unwrap();

        let demo = serde_json::from_str(include_str!("demo.json")).unwrap();
        let later = beginning() + TimeDelta::minutes(30);
        let world = World::going_on(url, folder, demo, later).await;
        println!("UPGRADE {database:?} from migration {reached} of {newest}");
        assert_goes_on(&world).await;
        world.end().await;
    }
}

async fn assert_goes_on(world: &World) {
    world.assert_whole();
    assert_eq!(world.every_request().len(), 7);
    assert!(
        world.api().may("mina", "fabrikam", "teams").await,
        "a window that was open is open"
    );
    let waiting = Reference::parse(WAITING).unwrap();
    let kim = world.signed_in("kim").await;
    let page = kim.get(&format!("/requests/{waiting}")).await;
    // An engineer recorded it: who filed then, and not the customer, is who opened it.
    let page = page.expect("Recorded by Ivo Brandt (provider), not by Fabrikam");
    let page = kim
        .submit(page.form("Approve…").with("duration", "PT2H"))
        .await;
    kim.submit(page.form("Approve for 2 hours"))
        .await
        .expect_status(200);
    assert_eq!(world.stored(&waiting).state.kind(), StateKind::Approved);
    assert!(
        !world.new_mails().await.is_empty(),
        "and people are told of it"
    );
    world.assert_whole();
}

fn folder_of(database: Database) -> &'static Path {
    Path::new(match database {
        Database::Sqlite => concat!(env!("CARGO_MANIFEST_DIR"), "/migrations/sqlite"),
        Database::Postgres => concat!(env!("CARGO_MANIFEST_DIR"), "/migrations/postgres"),
    })
}

/// The database of the migration numbered `reached`: the first one with its rows, brought forward by the others.
fn make(url: &DatabaseUrl, reached: usize) {
    match url {
        DatabaseUrl::Sqlite(path) => {
            let migrations = FileBasedMigrations::from_path(folder_of(Database::Sqlite)).unwrap();
            let mut conn = SqliteConnection::establish(path.to_str().unwrap()).unwrap();
            conn.run_next_migration(migrations.clone()).unwrap();
            conn.batch_execute(include_str!("sqlite.sql")).unwrap();
            for _ in 1..reached {
                conn.run_next_migration(migrations.clone()).unwrap();
            }
        }
        DatabaseUrl::Postgres(url) => {
            let migrations = FileBasedMigrations::from_path(folder_of(Database::Postgres)).unwrap();
            let mut conn = PgConnection::establish(url).unwrap();
            conn.run_next_migration(migrations.clone()).unwrap();
            conn.batch_execute(include_str!("postgres.sql")).unwrap();
            for _ in 1..reached {
                conn.run_next_migration(migrations.clone()).unwrap();
            }
        }
    }
}
