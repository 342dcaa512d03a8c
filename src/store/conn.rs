//! Connections: one type over two databases, chosen by the scheme of the URL and by nothing else.
#![expect(
    missing_docs,
    reason = "diesel derives undocumented items for the connection"
)]

mod silence;

use std::fs::File;
use std::io::ErrorKind;
use std::ops::{Deref, DerefMut};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use diesel::connection::SimpleConnection;
use diesel::r2d2::event::{CheckoutEvent, HandleEvent, TimeoutEvent};
use diesel::r2d2::{ManageConnection, Pool};
use diesel::result::Error::DatabaseError;
use diesel::{Connection, ConnectionError, PgConnection, QueryResult, SqliteConnection};
use diesel_migrations::{EmbeddedMigrations, MigrationHarness, embed_migrations};

use crate::clock::Stopwatch;

/// A connection to either database.
#[derive(diesel::MultiConnection)]
pub enum Conn {
    /// PostgreSQL.
    Postgres(PgConnection),
    /// SQLite.
    Sqlite(SqliteConnection),
}

/// Asks the same question of whichever database this is. Through [`Conn`] itself a statement is written out anew each
/// time to find it among the prepared ones; here diesel knows it by its type.
macro_rules! either {
    ($conn:expr, |$either:ident| $asked:expr) => {
        match $conn {
            $crate::store::conn::Conn::Postgres($either) => $asked,
            $crate::store::conn::Conn::Sqlite($either) => $asked,
        }
    };
}
pub(super) use either;

/// Where the database is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DatabaseUrl {
    /// A SQLite file, by its absolute path.
    Sqlite(PathBuf),
    /// A PostgreSQL server, by its URL.
    Postgres(String),
}

/// The URL names no database this product knows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the database URL must be sqlite:///absolute/path.db or postgres://user@host/name")]
pub struct NoDatabaseUrl;

impl DatabaseUrl {
    /// Reads a database URL.
    ///
    /// # Errors
    /// [`NoDatabaseUrl`] for any other scheme and for a relative SQLite path.
    pub fn parse(text: &str) -> Result<Self, NoDatabaseUrl> {
        if let Some(path) = text.strip_prefix("sqlite://") {
            let usable = path.starts_with('/')
                && !path.ends_with('/')
                && !path.contains(['?', '#', '%', '\0']);
            return if usable {
                Ok(Self::Sqlite(PathBuf::from(path)))
            } else {
                Err(NoDatabaseUrl)
            };
        }
        let rest = text
            .strip_prefix("postgres://")
            .or_else(|| text.strip_prefix("postgresql://"));
        if rest.is_some_and(|rest| !rest.is_empty()) {
            Ok(Self::Postgres(text.to_owned()))
        } else {
            Err(NoDatabaseUrl)
        }
    }

    /// The URL without its password, for people and logs.
    #[must_use]
    pub fn shown(&self) -> String {
        match self {
            Self::Sqlite(path) => format!("sqlite://{}", path.display()),
            Self::Postgres(text) => match url::Url::parse(text) {
                Ok(url) => format!(
                    "postgres://{}{}{}",
                    url.host_str().unwrap_or_default(),
                    url.port().map(|p| format!(":{p}")).unwrap_or_default(),
                    url.path()
                ),
                Err(_) => "postgres://\u{2026}".to_owned(),
            },
        }
    }
}

/// Opens connections. The derived `establish` of [`Conn`] would try one database after the other and
/// turn an outage into a new empty file, so it is never called.
#[derive(Debug, Clone)]
pub struct Manager(pub DatabaseUrl);

/// Makes the file with mode 0600 where there is none; SQLite gives its companions the same mode.
fn make_private(path: &Path) -> Result<(), ConnectionError> {
    let made = File::options()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(path);
    match made {
        Err(error) if error.kind() != ErrorKind::AlreadyExists => Err(
            ConnectionError::BadConnection(format!("unable to open the file: {error}")),
        ),
        _ => Ok(()),
    }
}

/// A connection of the pool, and how long ago it was known to be alive.
pub struct Pooled {
    conn: Conn,
    alive_since: Stopwatch,
}

/// How long a connection counts as alive without being asked. After `PostgreSQL` was started anew, acts and questions
/// fail for that long at most; asking each time would double the journeys of a question.
const ALIVE: Duration = Duration::from_secs(1);

impl Deref for Pooled {
    type Target = Conn;
    fn deref(&self) -> &Conn {
        &self.conn
    }
}

impl DerefMut for Pooled {
    fn deref_mut(&mut self) -> &mut Conn {
        &mut self.conn
    }
}

/// A pool of connections.
pub type ConnPool = Pool<Manager>;

impl Manager {
    /// Opens one connection.
    ///
    /// # Errors
    /// When the database does not answer or the file cannot be opened.
    pub fn open(&self) -> Result<Conn, ConnectionError> {
        match &self.0 {
            DatabaseUrl::Postgres(url) => {
                PgConnection::establish(&silence::noticed(url)).map(Conn::Postgres)
            }
            DatabaseUrl::Sqlite(path) => {
                make_private(path)?;
                let path = path.to_str().ok_or_else(|| {
                    ConnectionError::BadConnection("the path is not UTF-8".to_owned())
                })?;
                let mut conn = SqliteConnection::establish(path)?;
                // The waiting time comes first: another process may hold the file.
                conn.batch_execute("PRAGMA busy_timeout = 5000")
                    .and_then(|()| switch_to_wal(&mut conn))
                    .and_then(|()| conn.batch_execute("PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON; PRAGMA trusted_schema = OFF; PRAGMA temp_store = MEMORY;"))
                    .map_err(ConnectionError::CouldntSetupConfiguration)?;
                Ok(Conn::Sqlite(conn))
            }
        }
    }
}

/// Of several processes that switch a new file at once, SQLite refuses some without waiting; they try again.
fn switch_to_wal(conn: &mut SqliteConnection) -> QueryResult<()> {
    const SWITCH: &str = "PRAGMA journal_mode = WAL";
    for _ in 0..50 {
        match conn.batch_execute(SWITCH) {
            Err(DatabaseError(_, why)) if why.message() == "database is locked" => {
                std::thread::sleep(Duration::from_millis(100));
            }
            switched => return switched,
        }
    }
    conn.batch_execute(SWITCH)
}

impl ManageConnection for Manager {
    type Connection = Pooled;
    type Error = diesel::r2d2::Error;

    fn connect(&self) -> Result<Pooled, diesel::r2d2::Error> {
        let conn = self.open().map_err(diesel::r2d2::Error::ConnectionError)?;
        Ok(Pooled {
            conn,
            alive_since: Stopwatch::start(),
        })
    }

    fn is_valid(&self, pooled: &mut Pooled) -> Result<(), diesel::r2d2::Error> {
        if pooled.alive_since.elapsed() < ALIVE {
            return Ok(());
        }
        pooled
            .batch_execute("SELECT 1")
            .map_err(diesel::r2d2::Error::QueryError)?;
        pooled.alive_since = Stopwatch::start();
        Ok(())
    }

    fn has_broken(&self, pooled: &mut Pooled) -> bool {
        use diesel::connection::TransactionManager;
        std::thread::panicking() || match &mut pooled.conn {
            Conn::Postgres(conn) => {
                <PgConnection as Connection>::TransactionManager::is_broken_transaction_manager(
                    conn,
                )
            }
            Conn::Sqlite(conn) => {
                <SqliteConnection as Connection>::TransactionManager::is_broken_transaction_manager(
                    conn,
                )
            }
        }
    }
}

/// A pool of at most `size` connections. A caller waits 5 seconds at most for a free one.
///
/// # Errors
/// When the first connection cannot be opened.
pub fn pool(url: &DatabaseUrl, size: u32) -> Result<ConnPool, ConnectionError> {
    let manager = Manager(url.clone());
    // One connection at once, so that an outage is told in its own words and not as a time-out.
    drop(manager.open()?);
    let remote = matches!(url, DatabaseUrl::Postgres(_));
    Pool::builder()
        .max_size(size)
        // None in advance: a command must not end while one is being opened behind its back.
        .min_idle(Some(0))
        .connection_timeout(Duration::from_secs(5))
        .test_on_check_out(remote)
        .error_handler(Box::new(LogErrors))
        .event_handler(Box::new(CountWaits))
        .build(manager)
        .map_err(|e| ConnectionError::BadConnection(e.to_string()))
}

#[derive(Debug)]
struct LogErrors;

impl diesel::r2d2::HandleError<diesel::r2d2::Error> for LogErrors {
    fn handle_error(&self, error: diesel::r2d2::Error) {
        tracing::warn!(%error, "no database connection");
    }
}

#[derive(Debug)]
struct CountWaits;

impl HandleEvent for CountWaits {
    fn handle_checkout(&self, event: CheckoutEvent) {
        metrics::histogram!("lockbox_pool_wait_seconds").record(event.duration());
    }

    fn handle_timeout(&self, _: TimeoutEvent) {
        metrics::counter!("lockbox_pool_timeouts_total").increment(1);
    }
}

const POSTGRES_MIGRATIONS: EmbeddedMigrations = embed_migrations!("migrations/postgres");
const SQLITE_MIGRATIONS: EmbeddedMigrations = embed_migrations!("migrations/sqlite");

/// The number of the advisory lock under which `PostgreSQL`'s are run; [`serving`](super::serving) has the one after it.
const LOCK: i64 = 7_221_936_405;

/// Runs the pending migrations and names them. One process at a time does so: on PostgreSQL by an advisory lock, on
/// SQLite by the write lock.
///
/// # Errors
/// When a migration fails; what it had done is rolled back.
pub fn migrate(conn: &mut Conn) -> Result<Vec<String>, Box<dyn std::error::Error + Send + Sync>> {
    match conn {
        Conn::Postgres(conn) => {
            conn.batch_execute(&format!("SELECT pg_advisory_lock({LOCK})"))?;
            let done = conn
                .run_pending_migrations(POSTGRES_MIGRATIONS)
                .map(|names| names.iter().map(ToString::to_string).collect());
            conn.batch_execute(&format!("SELECT pg_advisory_unlock({LOCK})"))?;
            done
        }
        Conn::Sqlite(conn) => conn.immediate_transaction(|conn| {
            let names = conn.run_pending_migrations(SQLITE_MIGRATIONS)?;
            Ok(names.iter().map(ToString::to_string).collect())
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_two_schemes_name_a_database() {
        assert_eq!(
            DatabaseUrl::parse("sqlite:///var/lib/lockbox/lockbox.db"),
            Ok(DatabaseUrl::Sqlite("/var/lib/lockbox/lockbox.db".into()))
        );
        assert!(matches!(
            DatabaseUrl::parse("postgres://lockbox@db/lockbox"),
            Ok(DatabaseUrl::Postgres(_))
        ));
        for text in [
            "",
            "lockbox.db",
            "sqlite://lockbox.db",
            "sqlite:lockbox.db",
            "sqlite:///",
            "mysql://db/x",
            "postgres://",
            "file:///x.db",
            "sqlite:///x.db?mode=memory",
        ] {
            assert_eq!(DatabaseUrl::parse(text), Err(NoDatabaseUrl), "{text}");
        }
    }

    #[test]
    fn a_shown_url_has_no_password() {
        let url = DatabaseUrl::parse("postgres://lockbox:hunter2@db:5433/lockbox").unwrap();
        assert_eq!(url.shown(), "postgres://db:5433/lockbox");
    }
}
