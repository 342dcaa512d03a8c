//! Memory. The only room that speaks SQL, and the one place where the domain changes.
//!
//! [`Store::write`] advances the head of a log first, lets the act decide, seals the facts the act returns and
//! writes the letters they call for and what webhooks are told, all in one transaction: nothing changes without an
//! audit entry. On SQLite, acts that come together share the transaction, and the one write to disk.
//! [`Store::keep`] is for bookkeeping and reaches only the tables listed at [`Keep`].

pub mod activity;
pub mod api_keys;
pub mod at_hand;
pub mod audit;
pub mod backup;
pub mod board;
pub mod case_comments;
pub mod column;
pub mod conn;
pub mod credentials;
pub mod cursor;
pub mod deliveries;
pub mod devices;
pub mod doubts;
mod facts;
pub mod forgotten_passwords;
pub mod idempotency;
pub mod identity_links;
mod lease;
mod letters;
pub mod one_time_links;
pub mod outbox;
pub mod own_factors;
pub mod pass_keys;
pub mod passkeys;
pub mod people;
mod prepared;
pub mod projection;
pub mod pulse;
pub mod recovery_codes;
pub mod requests;
mod schema;
pub mod services;
pub mod serving;
pub mod sessions;
pub mod sign_ins;
pub mod signing_key;
pub mod single_sign_on;
pub mod support_cases;
pub mod tenants;
mod together;
pub mod tries;
pub mod webhooks;
pub mod witness;

pub use facts::Facts;

use std::sync::{Arc, RwLockReadGuard};

use chrono::TimeDelta;
use diesel::Connection;
use diesel::connection::SimpleConnection;
use tokio::sync::Notify;

use crate::clock::{Clock, Entropy};
use crate::domain::audit::checkpoint::{Signer, Verifier};
use crate::domain::audit::entry::{Author, Log};
use crate::domain::time::Moment;
use audit::{Head, Sealed};
use board::{Board, Changed};
use conn::{Conn, ConnPool, DatabaseUrl};
use doubts::Doubts;
use together::{Turn, Turns};

/// Why the store could not answer.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The database refused a statement or is gone.
    #[error("database: {0}")]
    Database(#[from] diesel::result::Error),
    /// The database could not write what was to be written together with other acts.
    #[error("database: {0}")]
    Together(String),
    /// No connection could be had.
    #[error("no database connection: {0}")]
    NoConnection(String),
    /// A row makes no sense. Never answered with a default.
    #[error("a row makes no sense: {0}")]
    Senseless(String),
    /// A value could not be written as JSON.
    #[error("JSON: {0}")]
    Json(#[from] serde_json::Error),
    /// The clock is more than 2 seconds behind the log.
    #[error("this machine's clock is behind the audit log by more than 2 seconds")]
    ClockBehind,
    /// The clock and the database's are more than half a second apart.
    #[error("this machine's clock and the database's are apart by more than 500 milliseconds")]
    ClocksApart,
    /// The database is older than this process has known it.
    #[error("the database is older than it was: another copy was put in its place")]
    WentBack,
    /// The board was last read too long ago.
    #[error("what is known of live access is older than 2 seconds")]
    KnowledgeTooOld,
    /// The database follows another one and may be behind it.
    #[error("the database is a standby: it may be behind without knowing")]
    Standby,
    /// Somebody holds the database who must be through with it first.
    #[error("{0}")]
    InUse(&'static str),
    /// There is no such log.
    #[error("there is no audit log {0}")]
    NoLog(Log),
    /// This process was opened for reading only.
    #[error("this process has no signing key and may only read")]
    ReadingOnly,
    /// Another process took the claim of an idempotency key over.
    #[error("the claim of an idempotency key was lost")]
    ClaimLost,
    /// The head of a log could not be sealed.
    #[error("the audit log could not be sealed: {0}")]
    Sealing(String),
}

impl StoreError {
    /// Whether a unique column had the value already.
    #[must_use]
    pub const fn is_unique_violation(&self) -> bool {
        matches!(
            self,
            Self::Database(diesel::result::Error::DatabaseError(
                diesel::result::DatabaseErrorKind::UniqueViolation,
                _
            ))
        )
    }
}

/// What a read may return.
pub type Stored<T> = Result<T, StoreError>;

/// How far the clock may be behind a log's head: the act then takes the head's time.
pub const CLOCK_BEHIND_MAX: TimeDelta = TimeDelta::seconds(2);

/// The database.
#[derive(Clone)]
pub struct Store {
    manager: conn::Manager,
    pool: ConnPool,
    clock: Clock,
    entropy: Entropy,
    signer: Option<Arc<Signer>>,
    /// For SQLite: queueing here is fairer and faster than its busy handler.
    turns: Option<Arc<Turns>>,
    mail_due: Arc<Notify>,
    webhooks_due: Arc<Notify>,
    doubts: Arc<Doubts>,
    board: Arc<Board>,
}

/// The inside of an act's transaction: the log's head is held, the time is fixed.
pub struct Tx<'a> {
    conn: &'a mut Conn,
    now: Moment,
    author: &'a Author,
    signer: &'a Signer,
    entropy: &'a Entropy,
    /// What was written for other logs to be sent.
    mail: Mail,
    doubts: &'a Doubts,
    /// The place of the first fact of this act in its log.
    place: u64,
    /// What the act changed of live access, in every log.
    changed: Changed,
}

impl Tx<'_> {
    /// The connection, for reading.
    pub fn conn(&mut self) -> &mut Conn {
        self.conn
    }

    /// Who acts.
    #[must_use]
    pub const fn author(&self) -> &Author {
        self.author
    }

    /// The time of the act: the clock's, or the log's if that is slightly ahead.
    #[must_use]
    pub const fn now(&self) -> Moment {
        self.now
    }

    /// The place in the log at which the first fact of this act will stand.
    #[must_use]
    pub const fn next_place(&self) -> u64 {
        self.place
    }

    /// Bookkeeping that is kept together with the act or not at all, such as the sessions it ends.
    pub fn books(&mut self) -> Keep<'_> {
        Keep(self.conn)
    }

    /// Seals the facts of an act, and writes what is to be sent of them.
    fn seal(&mut self, head: Head, facts: Facts) -> Stored<Sealed> {
        let (now, author, signer) = (self.now, self.author, self.signer);
        let Facts {
            told,
            asked,
            at_hand,
        } = facts;
        let sealed = audit::seal(self.conn, head, now, author, signer, told, asked)?;
        self.mail.letters += letters::write(self, &sealed, &at_hand)?;
        self.mail.deliveries += deliveries::write(self, &sealed, &at_hand)?;
        Ok(sealed)
    }

    /// Opens a new, empty log.
    ///
    /// # Errors
    /// When it exists already.
    pub fn open_log(&mut self, log: Log) -> Stored<()> {
        audit::open(self.conn, log, self.now, self.signer)
    }

    /// Acts in one more log, for acts of the provider that touch a tenant: holds that log too, lets `act` decide, and
    /// seals what it returns there, with the letters. Only for acts that hold the provider's log, in the order of the
    /// logs' ids, so that two of them never wait for each other.
    ///
    /// # Errors
    /// Whatever the act says; when there is no such log, or its head is ahead of the clock by more than
    /// [`CLOCK_BEHIND_MAX`].
    pub fn also_in<E: From<StoreError>>(
        &mut self,
        log: Log,
        act: impl FnOnce(&mut Tx<'_>) -> Result<Facts, E>,
    ) -> Result<(), E> {
        self.perhaps_in(log, |tx| act(tx).map(Some))
    }

    /// The same, for an act that may find nothing left to do there once it holds that log.
    ///
    /// # Errors
    /// As [`Tx::also_in`].
    pub fn perhaps_in<E: From<StoreError>>(
        &mut self,
        log: Log,
        act: impl FnOnce(&mut Tx<'_>) -> Result<Option<Facts>, E>,
    ) -> Result<(), E> {
        let head = audit::advance(self.conn, log)?;
        let mut tx = Tx {
            // The other log may be slightly ahead of the one this act holds.
            now: not_before(head.last_at, self.now, self.doubts)?,
            conn: self.conn,
            author: self.author,
            signer: self.signer,
            entropy: self.entropy,
            mail: self.mail,
            doubts: self.doubts,
            place: head.frontier.size(),
            changed: Changed::default(),
        };
        let Some(facts) = act(&mut tx)? else {
            return Ok(());
        };
        let sealed = tx.seal(head, facts)?;
        let (mail, mut changed) = (tx.mail, tx.changed);
        changed.note_all(&sealed.facts);
        self.mail = mail;
        self.changed.add(changed);
        Ok(())
    }
}

/// What an act left to be sent.
#[derive(Debug, Clone, Copy, Default)]
struct Mail {
    letters: usize,
    deliveries: usize,
}

/// Bookkeeping: sessions, devices, sign-ins, uses of API keys, forgotten passwords, one-time links, tries and the last
/// step of second factors, used answers of identity providers, idempotency keys, leases of letters and of deliveries to
/// webhooks, how the keys that sign are sealed, and what was done under requests until a fact seals it.
/// What stands in no audit log because it is nothing of the domain. A session begins while its side's log is held, as by an
/// act that says nothing.
pub struct Keep<'a>(&'a mut Conn);

impl Store {
    /// Opens the database for reading and bookkeeping.
    ///
    /// # Errors
    /// When it cannot be reached; nothing is created in its stead.
    pub fn open(
        url: &DatabaseUrl,
        connections: u32,
        clock: Clock,
        entropy: Entropy,
    ) -> Result<Self, diesel::ConnectionError> {
        Ok(Self {
            manager: conn::Manager(url.clone()),
            pool: conn::pool(url, connections)?,
            clock,
            entropy,
            signer: None,
            turns: matches!(url, DatabaseUrl::Sqlite(_)).then(Arc::default),
            mail_due: Arc::default(),
            webhooks_due: Arc::default(),
            doubts: Arc::default(),
            board: Arc::default(),
        })
    }

    /// The same store, able to act.
    #[must_use]
    pub fn with_signer(self, signer: Signer) -> Self {
        Self {
            signer: Some(Arc::new(signer)),
            ..self
        }
    }

    /// Brings the database to this version; names the migrations that were run.
    ///
    /// # Errors
    /// When a migration fails; what it had done is rolled back.
    pub fn migrate(&self) -> Result<Vec<String>, Box<dyn std::error::Error + Send + Sync>> {
        let _turn = self.turn();
        conn::migrate(&mut **self.conn()?)
    }

    /// Rings when an act has put letters into the outbox.
    #[must_use]
    pub fn mail_due(&self) -> &Notify {
        &self.mail_due
    }

    /// Rings when an act has left something to be sent to webhooks.
    #[must_use]
    pub fn webhooks_due(&self) -> &Notify {
        &self.webhooks_due
    }

    /// Verifies what this store's signer seals; none where it may only read.
    #[must_use]
    pub fn verifier(&self) -> Option<&Verifier> {
        self.signer.as_deref().map(Signer::verifier)
    }

    /// The clock of every act.
    #[must_use]
    pub const fn clock(&self) -> &Clock {
        &self.clock
    }

    /// What speaks against this node's own knowledge.
    #[must_use]
    pub fn doubts(&self) -> &Doubts {
        &self.doubts
    }

    /// What this process knows of live access.
    #[must_use]
    pub const fn board(&self) -> &Arc<Board> {
        &self.board
    }

    /// What is known of live access, young enough to answer from. Where nobody follows the logs for it, it is looked at
    /// now.
    ///
    /// # Errors
    /// [`StoreError::KnowledgeTooOld`]; without a follower, when the database does not answer.
    pub fn live_access(&self) -> Stored<RwLockReadGuard<'_, board::Known>> {
        if !self.board.is_followed() {
            self.read(|conn| self.board.catch_up(conn))?;
        }
        self.board.known()
    }

    /// The time, if this node may trust what it knows.
    ///
    /// # Errors
    /// Why it may not.
    pub fn sure_now(&self) -> Stored<Moment> {
        let now = self.clock.now();
        self.is_sure_at(now)?;
        Ok(now)
    }

    /// Whether this node may trust what it knows, at a moment its clock has just shown.
    ///
    /// # Errors
    /// Why it may not.
    pub fn is_sure_at(&self, now: Moment) -> Stored<()> {
        self.doubts.none_at(now)
    }

    /// Reads.
    ///
    /// # Errors
    /// Whatever the reading says, and [`StoreError::NoConnection`].
    pub fn read<T, E: From<StoreError>>(
        &self,
        reading: impl FnOnce(&mut Conn) -> Result<T, E>,
    ) -> Result<T, E> {
        reading(&mut **self.conn()?)
    }

    /// A free connection, where the database is a file: nobody waits for it. For what an index answers at once.
    pub(crate) fn file_at_hand(&self) -> Option<diesel::r2d2::PooledConnection<conn::Manager>> {
        match self.manager.0 {
            DatabaseUrl::Sqlite(_) => self.pool.try_get(),
            DatabaseUrl::Postgres(_) => None,
        }
    }

    /// Reads several things as they were at one moment.
    ///
    /// # Errors
    /// Whatever the reading says, and [`StoreError::NoConnection`].
    pub fn read_at_one_moment<T, E>(
        &self,
        reading: impl FnOnce(&mut Conn) -> Result<T, E>,
    ) -> Result<T, E>
    where
        E: From<StoreError> + From<diesel::result::Error>,
    {
        let conn = &mut **self.conn()?;
        match conn {
            Conn::Sqlite(_) => conn.transaction(reading),
            Conn::Postgres(_) => conn.transaction(|conn| {
                conn.batch_execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")?;
                reading(conn)
            }),
        }
    }

    /// Keeps books.
    ///
    /// # Errors
    /// Whatever the bookkeeping says, and [`StoreError::NoConnection`].
    pub fn keep<T, E: From<StoreError>>(
        &self,
        bookkeeping: impl FnOnce(&mut Keep<'_>) -> Result<T, E>,
    ) -> Result<T, E> {
        let _turn = self.turn();
        bookkeeping(&mut Keep(&mut **self.conn()?))
    }

    /// Lets an act change the domain. The log's head is advanced first, so that acts on one log happen one after
    /// another; what the act returns is sealed in the log; the letters it calls for go into the outbox.
    ///
    /// # Errors
    /// Whatever the act says, and why this node may not trust what it knows; then nothing has changed.
    pub fn write<T, E>(
        &self,
        log: Log,
        author: &Author,
        act: impl FnOnce(&mut Tx<'_>) -> Result<(T, Facts), E>,
    ) -> Result<T, E>
    where
        E: From<StoreError> + From<diesel::result::Error>,
    {
        let signer = self.signer.as_deref().ok_or(StoreError::ReadingOnly)?;
        self.doubts.none_but_behind()?;
        let act = |conn: &mut Conn| {
            let head = audit::advance(conn, log)?;
            let now = not_before(head.last_at, self.clock.now(), &self.doubts)?;
            let mut tx = Tx {
                conn,
                now,
                author,
                signer,
                entropy: &self.entropy,
                mail: Mail::default(),
                doubts: &self.doubts,
                place: head.frontier.size(),
                changed: Changed::default(),
            };
            let (value, facts) = act(&mut tx)?;
            let sealed = tx.seal(head, facts)?;
            let (mail, mut changed) = (tx.mail, tx.changed);
            changed.note_all(&sealed.facts);
            if !changed.is_nothing() {
                tell_the_other_nodes(conn)?;
            }
            Ok::<_, E>(((value, sealed, mail), changed))
        };
        let (value, sealed, mail) = if let Some(turns) = &self.turns {
            turns.together(
                || self.conn(),
                act,
                |conn, changed| self.look_again(conn, changed),
            )?
        } else {
            let conn = &mut **self.conn()?;
            let (done, changed) = conn.transaction(act)?;
            self.look_again(conn, &changed);
            done
        };
        for (_, fact) in &sealed.facts {
            metrics::counter!("lockbox_acts_total", "act" => fact.act()).increment(1);
        }
        if mail.letters > 0 {
            self.mail_due.notify_one();
        }
        if mail.deliveries > 0 {
            self.webhooks_due.notify_one();
        }
        Ok(value)
    }

    /// How many commits of what was done under live access are under way at once. SQLite has one writer; on `PostgreSQL`
    /// the second one is at work while the first waits for the disk.
    #[must_use]
    pub const fn recordings_at_once(&self) -> usize {
        match self.manager.0 {
            DatabaseUrl::Sqlite(_) => 1,
            DatabaseUrl::Postgres(_) => 2,
        }
    }

    /// The database connections of this process: how many are in use, and how many are not.
    #[must_use]
    pub fn connections(&self) -> (u32, u32) {
        let state = self.pool.state();
        let idle = state.idle_connections;
        (state.connections.saturating_sub(idle), idle)
    }

    fn conn(&self) -> Stored<diesel::r2d2::PooledConnection<conn::Manager>> {
        self.pool
            .get()
            .map_err(|e| StoreError::NoConnection(e.to_string()))
    }

    fn turn(&self) -> Option<Turn<'_>> {
        let turns = self.turns.as_ref()?;
        Some(turns.alone(|conn, changed| self.look_again(conn, changed)))
    }

    /// Brings what acts changed onto the board, before any of them is answered.
    fn look_again(&self, conn: &mut Conn, changed: &Changed) {
        if !changed.is_nothing() {
            self.board.look_again(conn, changed);
        }
    }
}

/// At the end of the transaction, other nodes hear that live access changed. They would find it themselves, only later.
fn tell_the_other_nodes(conn: &mut Conn) -> Stored<()> {
    if let Conn::Postgres(conn) = conn {
        conn.batch_execute(&format!("NOTIFY {}", board::follower::CHANNEL))?;
    }
    Ok(())
}

/// Time in a log never goes back. A node that would set it back is told so, and not ready from then on.
fn not_before(head: Moment, now: Moment, doubts: &Doubts) -> Stored<Moment> {
    if head - now > CLOCK_BEHIND_MAX {
        doubts.entry_seen(head);
        Err(StoreError::ClockBehind)
    } else {
        Ok(now.max(head))
    }
}
