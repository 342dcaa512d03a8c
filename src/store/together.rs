//! SQLite has one writer at a time. Acts that come while another one is at work are written to disk together with it.
//!
//! An act that is done looks whether somebody waits. If so, it leaves the transaction open for them, and waits itself until
//! the last of them commits: nobody is answered before what they did is durable. Every act after the first has a savepoint
//! of its own, so that one that fails takes nothing of the others with it.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::time::Duration;

use diesel::connection::TransactionManager;
use diesel::r2d2::PooledConnection;
use diesel::{Connection, QueryResult};
// A lock that was held for long is handed to whoever waits: many sealings in a row keep nobody out.
use parking_lot::{Mutex as TurnLock, MutexGuard};

use super::board::Changed;
use super::conn::{Conn, Manager};
use super::{StoreError, Stored};
use crate::clock::Stopwatch;

type Transactions = <Conn as Connection>::TransactionManager;

/// Most acts of one commit.
const TOGETHER_MAX: usize = 64;
/// How long a transaction is left open for more: a commit costs less than that.
const OPEN_MAX: Duration = Duration::from_millis(20);

/// The turns at writing.
pub(super) struct Turns {
    open: TurnLock<Option<Open>>,
    waiting: AtomicUsize,
    open_for: Duration,
}

impl Default for Turns {
    fn default() -> Self {
        Self {
            open: TurnLock::default(),
            waiting: AtomicUsize::default(),
            open_for: OPEN_MAX,
        }
    }
}

/// A turn of somebody who writes alone.
pub(super) struct Turn<'a>(#[expect(dead_code, reason = "held")] MutexGuard<'a, Option<Open>>);

impl Turns {
    /// Waits for a turn, and finishes what others have left open; `after` is as for [`Turns::together`].
    pub(super) fn alone(&self, after: impl FnOnce(&mut Conn, &Changed)) -> Turn<'_> {
        let mut open = self.open.lock();
        if let Some(open) = open.take() {
            // Those who left it hear what came of it.
            drop(open.commit(after));
        }
        Turn(open)
    }

    /// Waits for a turn and acts, together with whoever comes meanwhile. Comes back when it is durable, and `after` has
    /// seen what all of them changed.
    pub(super) fn together<T, E>(
        &self,
        connect: impl FnOnce() -> Stored<PooledConnection<Manager>>,
        act: impl FnOnce(&mut Conn) -> Result<(T, Changed), E>,
        after: impl FnOnce(&mut Conn, &Changed),
    ) -> Result<T, E>
    where
        E: From<StoreError> + From<diesel::result::Error>,
    {
        let mut turn = self.lock();
        let left = turn.take();
        let is_first = left.is_none();
        let mut open = match left {
            Some(open) => open,
            None => Open::begin(connect()?)?,
        };
        // Where a savepoint can neither be kept nor taken back, `open` is dropped: nothing of it is anybody's.
        if !is_first {
            Transactions::begin_transaction(&mut **open.conn)?;
        }
        let (value, changed) = match act(&mut open.conn) {
            Ok(done) => done,
            Err(error) => {
                match Transactions::rollback_transaction(&mut **open.conn) {
                    Ok(()) if is_first => {}
                    Ok(()) => drop(open.commit(|conn, changed| {
                        drop(turn);
                        after(conn, changed);
                    })),
                    Err(error) => {
                        tracing::warn!(%error, "an act could not be taken back: its connection is closed");
                    }
                }
                return Err(error);
            }
        };
        if !is_first {
            Transactions::commit_transaction(&mut **open.conn)?;
        }
        open.changed.add(changed);
        open.acts += 1;
        if open.has_room(self.open_for) && self.waiting.load(Ordering::SeqCst) > 0 {
            let fate = Arc::clone(&open.fate);
            *turn = Some(open);
            drop(turn);
            fate.wait()?;
        } else {
            open.commit(|conn, changed| {
                drop(turn);
                after(conn, changed);
            })?;
        }
        Ok(value)
    }

    fn lock(&self) -> MutexGuard<'_, Option<Open>> {
        if let Some(open) = self.open.try_lock() {
            return open;
        }
        // Whoever is counted here will act, so that what is left open for them is finished.
        self.waiting.fetch_add(1, Ordering::SeqCst);
        let open = self.open.lock();
        self.waiting.fetch_sub(1, Ordering::SeqCst);
        open
    }
}

/// A transaction of acts that are done and not yet durable.
struct Open {
    conn: PooledConnection<Manager>,
    since: Stopwatch,
    acts: usize,
    changed: Changed,
    fate: Arc<Fate>,
}

impl Open {
    fn begin(mut conn: PooledConnection<Manager>) -> QueryResult<Self> {
        Transactions::begin_transaction(&mut **conn)?;
        Ok(Self {
            conn,
            since: Stopwatch::start(),
            acts: 0,
            changed: Changed::default(),
            fate: Arc::default(),
        })
    }

    /// Whether one more act may keep those before it waiting.
    fn has_room(&self, open_for: Duration) -> bool {
        self.acts < TOGETHER_MAX && self.since.elapsed() < open_for
    }

    /// Commits, and says so to whoever waits for it, once `after` is through.
    fn commit(mut self, after: impl FnOnce(&mut Conn, &Changed)) -> QueryResult<()> {
        let committed = Transactions::commit_transaction(&mut **self.conn);
        if committed.is_ok() {
            after(&mut self.conn, &self.changed);
        }
        self.fate.say(match &committed {
            Ok(()) => Ok(()),
            Err(error) => Err(error.to_string()),
        });
        committed
    }
}

impl Drop for Open {
    /// Whoever breaks off takes the transaction with them: a connection that is in one is closed.
    fn drop(&mut self) {
        self.fate.say(Err("the writing broke off".to_owned()));
    }
}

/// What came of a transaction.
#[derive(Default)]
struct Fate {
    said: Mutex<Option<Result<(), String>>>,
    says: Condvar,
}

impl Fate {
    /// Says it, once.
    fn say(&self, fate: Result<(), String>) {
        let mut said = self.said.lock().unwrap_or_else(PoisonError::into_inner);
        said.get_or_insert(fate);
        drop(said);
        self.says.notify_all();
    }

    fn wait(&self) -> Stored<()> {
        let said = self.said.lock().unwrap_or_else(PoisonError::into_inner);
        let said = self.says.wait_while(said, |said| said.is_none());
        let said = said.unwrap_or_else(PoisonError::into_inner);
        match &*said {
            Some(Ok(())) => Ok(()),
            Some(Err(why)) => Err(StoreError::Together(why.clone())),
            None => Err(StoreError::Together(
                "nobody said what came of it".to_owned(),
            )),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::AtomicBool;
    use std::thread;

    use diesel::connection::SimpleConnection;
    use diesel::sql_types::BigInt;
    use diesel::{QueryableByName, RunQueryDsl, sql_query};
    use tempfile::TempDir;

    use super::super::conn::{ConnPool, DatabaseUrl, pool};
    use super::*;

    /// A file with one table, and the turns at it.
    struct File {
        pool: ConnPool,
        turns: Turns,
        looked: AtomicBool,
        _folder: TempDir,
    }

    #[derive(QueryableByName)]
    struct Counted {
        #[diesel(sql_type = BigInt)]
        n: i64,
    }

    impl File {
        /// No pause of a busy machine is long enough to part those who come together.
        fn new() -> Self {
            Self::open_for(Duration::from_mins(10))
        }

        fn open_for(open_for: Duration) -> Self {
            let folder = tempfile::tempdir().unwrap();
            let pool = pool(&DatabaseUrl::Sqlite(folder.path().join("x.db")), 4).unwrap();
            let made = "CREATE TABLE done (who TEXT PRIMARY KEY, promise TEXT REFERENCES done (who) DEFERRABLE INITIALLY DEFERRED)";
            pool.get().unwrap().batch_execute(made).unwrap();
            Self {
                pool,
                turns: Turns {
                    open_for,
                    ..Turns::default()
                },
                looked: AtomicBool::default(),
                _folder: folder,
            }
        }

        /// Acts, and says how many were durable when it came back.
        fn act(&self, act: impl FnOnce(&mut Conn) -> Stored<()>) -> Stored<i64> {
            let connect = || Ok(self.pool.get().unwrap());
            let changed = Changed {
                keys: true,
                ..Changed::default()
            };
            let act = |conn: &mut Conn| Ok::<_, StoreError>((act(conn)?, changed));
            self.turns
                .together(connect, act, |_, changed| self.look_at(changed))?;
            assert!(
                self.looked.load(Ordering::SeqCst),
                "what it changed was looked at"
            );
            Ok(self.durable())
        }

        fn look_at(&self, changed: &Changed) {
            self.looked.store(changed.keys, Ordering::SeqCst);
        }

        fn durable(&self) -> i64 {
            let counted = sql_query("SELECT count(*) AS n FROM done");
            let counted: Counted = counted.get_result(&mut **self.pool.get().unwrap()).unwrap();
            counted.n
        }

        fn wait_for(&self, many: usize) {
            while self.turns.waiting.load(Ordering::SeqCst) < many {
                thread::sleep(Duration::from_millis(1));
            }
        }

        /// One act that is at work until `second` waits, and then `second`.
        fn one_after_another<T: Send>(
            &self,
            second: impl FnOnce() -> T + Send,
        ) -> (Stored<i64>, T) {
            thread::scope(|scope| {
                let first = scope.spawn(|| {
                    self.act(|conn| {
                        does("first", conn)?;
                        self.wait_for(1);
                        Ok(())
                    })
                });
                while self.turns.open.try_lock().is_some() {
                    thread::sleep(Duration::from_millis(1));
                }
                let second = second();
                (first.join().unwrap(), second)
            })
        }
    }

    fn does(who: &str, conn: &mut Conn) -> Stored<()> {
        conn.batch_execute(&format!("INSERT INTO done (who) VALUES ('{who}')"))?;
        Ok(())
    }

    #[test]
    fn who_waits_is_written_together_and_nobody_is_answered_before_that() {
        let file = File::new();
        let (first, second) = file.one_after_another(|| {
            file.act(|conn| {
                assert_eq!(file.durable(), 0, "the first one waits for this one");
                does("second", conn)
            })
        });
        assert_eq!((first.unwrap(), second.unwrap()), (2, 2));
    }

    #[test]
    fn who_was_open_for_long_enough_waits_for_nobody() {
        let file = File::open_for(Duration::ZERO);
        let (first, second) = file.one_after_another(|| {
            file.act(|conn| {
                assert_eq!(file.durable(), 1, "the first one is done");
                does("second", conn)
            })
        });
        assert!(first.is_ok());
        assert_eq!(second.unwrap(), 2);
    }

    #[test]
    fn so_many_are_written_together_and_no_more() {
        let file = File::new();
        let mut open = Open::begin(file.pool.get().unwrap()).unwrap();
        open.acts = TOGETHER_MAX - 1;
        assert!(open.has_room(file.turns.open_for));
        open.acts = TOGETHER_MAX;
        assert!(!open.has_room(file.turns.open_for));
    }

    #[test]
    fn one_that_fails_takes_nothing_of_the_others_with_it() {
        let file = File::new();
        let (first, second) = file.one_after_another(|| {
            file.act(|conn| {
                does("second", conn)?;
                Err(StoreError::ClockBehind)
            })
        });
        assert_eq!(first.unwrap(), 1);
        assert!(matches!(second, Err(StoreError::ClockBehind)));
        // Nor does the first one of all.
        let failed = file.act(|conn| does("first", conn)).unwrap_err();
        assert!(failed.is_unique_violation(), "{failed}");
        assert_eq!(file.act(|conn| does("third", conn)).unwrap(), 2);
    }

    #[test]
    fn what_cannot_be_committed_is_nobodys() {
        let file = File::new();
        let (first, second) = file.one_after_another(|| {
            let broken = "INSERT INTO done VALUES ('second', 'nobody')";
            file.act(|conn| Ok(conn.batch_execute(broken)?))
        });
        assert!(matches!(first, Err(StoreError::Together(why)) if why.contains("FOREIGN KEY")));
        assert!(matches!(second, Err(StoreError::Database(_))));
        assert_eq!(file.act(|conn| does("third", conn)).unwrap(), 1);
    }

    #[test]
    fn what_sqlite_takes_back_is_nobodys() {
        let file = File::new();
        let (first, second) = file.one_after_another(|| {
            file.act(|conn| {
                conn.batch_execute("ROLLBACK")?;
                does("second", conn)
            })
        });
        assert!(matches!(first, Err(StoreError::Together(_))), "{first:?}");
        assert!(second.is_err());
        file.act(|conn| does("third", conn)).unwrap();
    }

    #[test]
    fn who_breaks_off_leaves_nobody_waiting() {
        let file = File::new();
        let (first, second) = file.one_after_another(|| {
            let broken = std::panic::AssertUnwindSafe(|| file.act(|_| panic!("as planned")));
            std::panic::catch_unwind(broken).is_err()
        });
        assert!(matches!(first, Err(StoreError::Together(why)) if why.contains("broke off")));
        assert!(second);
        assert_eq!(file.act(|conn| does("third", conn)).unwrap(), 1);
    }

    #[test]
    fn who_writes_alone_finishes_what_was_left_open() {
        let file = File::new();
        let mut open = Open::begin(file.pool.get().unwrap()).unwrap();
        does("first", &mut open.conn).unwrap();
        open.changed.keys = true;
        let fate = Arc::clone(&open.fate);
        *file.turns.open.lock() = Some(open);
        let _turn = file.turns.alone(|_, changed| file.look_at(changed));
        assert!(file.looked.load(Ordering::SeqCst));
        fate.wait().unwrap();
        assert_eq!(file.durable(), 1);
    }
}
