//! Follows the logs for the board, on a connection and a thread of its own. As long as the connection lives, it says that a
//! server runs.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, PoisonError};
use std::thread;
use std::time::Duration;

use diesel::connection::SimpleConnection;
use diesel::prelude::*;

use super::Board;
use crate::clock::Stopwatch;
use crate::store::conn::{Conn, Manager};
use crate::store::serving::{self, Hold};
use crate::store::{Store, StoreError, Stored};

/// How often the logs are looked at when nobody says that something is new.
pub const LOOK_EVERY: Duration = Duration::from_millis(250);
/// How often it is looked whether somebody says so.
const LISTEN_EVERY: Duration = Duration::from_millis(20);
/// The channel on which `PostgreSQL` says so.
pub(in crate::store) const CHANNEL: &str = "lockbox_access";

/// A follower at work. It ends when this is dropped.
pub struct Following {
    board: Arc<Board>,
    stop: Arc<AtomicBool>,
}

impl Following {
    /// Reads everything, and follows from then on.
    ///
    /// # Errors
    /// When the database does not answer.
    pub fn begin(store: &Store) -> Stored<Self> {
        let board = Arc::clone(store.board());
        let stop = Arc::new(AtomicBool::new(false));
        let mut follower = Follower {
            manager: store.manager.clone(),
            board: Arc::clone(&board),
            stop: Arc::clone(&stop),
            conn: None,
            data_version: None,
        };
        follower.look()?;
        // From here on acts of this process look again themselves; what they did until now is read once more.
        board.followed.store(true, Ordering::SeqCst);
        follower.look()?;
        thread::Builder::new()
            .name("board".to_owned())
            .spawn(move || follower.follow())
            .map_err(|e| StoreError::NoConnection(e.to_string()))?;
        Ok(Self { board, stop })
    }
}

impl Drop for Following {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::SeqCst);
        self.board.followed.store(false, Ordering::SeqCst);
    }
}

struct Follower {
    manager: Manager,
    board: Arc<Board>,
    stop: Arc<AtomicBool>,
    conn: Option<Conn>,
    /// What SQLite said when it was last looked at: another number when another connection has changed the file.
    data_version: Option<i32>,
}

impl Follower {
    fn follow(mut self) {
        let mut failed = false;
        while !self.stop.load(Ordering::SeqCst) {
            match self.look() {
                Ok(()) if failed => {
                    failed = false;
                    tracing::info!("live access is known again");
                }
                Ok(()) => {}
                Err(error) => {
                    self.conn = None;
                    if !failed {
                        failed = true;
                        tracing::error!(%error, "live access could not be looked at: it is denied from 2 s on");
                    }
                }
            }
            self.wait();
        }
    }

    fn look(&mut self) -> Stored<()> {
        let board = Arc::clone(&self.board);
        let began = Stopwatch::start();
        let conn = self.conn()?;
        let version = data_version(conn)?;
        if version.is_some() && version == self.data_version && board.is_still_so(began) {
            return Ok(());
        }
        board.catch_up(self.conn()?)?;
        self.data_version = version;
        Ok(())
    }

    fn conn(&mut self) -> Stored<&mut Conn> {
        let conn = if let Some(conn) = self.conn.take() {
            conn
        } else {
            self.data_version = None;
            listening(&self.manager)?
        };
        Ok(self.conn.insert(conn))
    }

    /// Waits for the next look, or until somebody says that something is new.
    fn wait(&mut self) {
        let since = Stopwatch::start();
        while since.elapsed() < LOOK_EVERY && !self.stop.load(Ordering::SeqCst) {
            thread::sleep(LISTEN_EVERY);
            if let Some(Conn::Postgres(conn)) = &mut self.conn
                && let Some(heard) = hear(conn)
            {
                if heard.is_err() {
                    self.conn = None;
                }
                return;
            }
        }
    }
}

impl Board {
    /// Where nobody changed the database since the last reading, what is known is as good as read now.
    fn is_still_so(&self, began: Stopwatch) -> bool {
        let mut known = self.known.write().unwrap_or_else(PoisonError::into_inner);
        if known.looked.is_some() {
            known.looked = Some(began);
        }
        known.looked.is_some()
    }
}

/// What was said since the last time, if anything; what is wrong with the connection would be said for ever.
fn hear(conn: &mut PgConnection) -> Option<QueryResult<()>> {
    let mut said = conn.notifications_iter();
    let first = said.next()?.map(drop);
    if first.is_ok() {
        while let Some(Ok(_)) = said.next() {}
    }
    Some(first)
}

fn listening(manager: &Manager) -> Stored<Conn> {
    let mut conn = manager
        .open()
        .map_err(|e| StoreError::NoConnection(e.to_string()))?;
    serving::take(&mut conn, Hold::WithOthers)?;
    if let Conn::Postgres(conn) = &mut conn {
        conn.batch_execute(&format!("LISTEN {CHANNEL}"))?;
    }
    Ok(conn)
}

fn data_version(conn: &mut Conn) -> Stored<Option<i32>> {
    #[derive(QueryableByName)]
    struct Version {
        #[diesel(sql_type = diesel::sql_types::Integer)]
        data_version: i32,
    }
    match conn {
        Conn::Postgres(_) => Ok(None),
        Conn::Sqlite(conn) => {
            let version: Version = diesel::sql_query("PRAGMA data_version").get_result(conn)?;
            Ok(Some(version.data_version))
        }
    }
}
