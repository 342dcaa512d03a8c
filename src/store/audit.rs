//! The audit logs: their heads and their entries.

use diesel::prelude::*;

use super::column::{Id, Stamp, read};
use super::conn::{Conn, either};
use super::prepared::Prepared;
use super::schema::{audit_entries, audit_heads};
use super::{StoreError, Stored};
use crate::domain::audit::checkpoint::{Checkpoint, Signer, origin};
use crate::domain::audit::entry::{Asked, Author, Entry, Log};
use crate::domain::audit::merkle::{Frontier, Hash, leaf_hash};
use crate::domain::fact::{DATABASE_RESTORED, Fact, PASS_ISSUED};
use crate::domain::id::RequestId;
use crate::domain::time::Moment;

/// The head of a log.
#[derive(Debug, Clone)]
pub struct Head {
    /// Which log.
    pub log: Log,
    /// Its tree.
    pub frontier: Frontier,
    /// The time of its last entry.
    pub last_at: Moment,
    /// The signed checkpoint over all of it.
    pub checkpoint: String,
}

/// Facts that were sealed, and the head after them.
pub struct Sealed {
    /// The facts in order, each with the request it is about.
    pub facts: Vec<(Option<RequestId>, Fact)>,
    /// Who had asked for the first of them, where it waited. The others follow from it.
    pub asked: Option<Asked>,
    /// The head after the last of them.
    pub head: Head,
}

/// An entry as it is stored, before anything of it is believed.
#[derive(Debug, Clone, Queryable)]
pub struct StoredEntry {
    /// Its place.
    pub seq: i64,
    /// Its time column.
    pub at: Stamp,
    /// Its act column.
    pub act: String,
    /// Its request column.
    pub request_id: Option<Id>,
    /// Its canonical text.
    pub body: String,
    /// Its leaf hash.
    pub leaf: Vec<u8>,
}

/// A head as it is stored, before anything of it is believed.
#[derive(Debug, Clone, Queryable)]
pub struct StoredHead {
    /// Its log column.
    pub log: Id,
    /// Its size column.
    pub size: i64,
    /// The peaks of its tree.
    pub peaks: Vec<u8>,
    /// The time of its last entry.
    pub last_at: Stamp,
    /// Its signed checkpoint.
    pub checkpoint: String,
}

/// Takes the head of a log for this transaction. As the first statement it is SQLite's write lock,
/// PostgreSQL's row lock and the order of the log in one.
///
/// # Errors
/// [`StoreError::NoLog`] when there is none.
pub(super) fn advance(conn: &mut Conn, log: Log) -> Stored<Head> {
    let held = diesel::update(audit_heads::table.find(Id(log.id())))
        .set(audit_heads::size.eq(audit_heads::size))
        .returning(audit_heads::all_columns);
    let row: Option<StoredHead> = either!(conn, |conn| Prepared::first(held, conn)?);
    parse_head(row.ok_or(StoreError::NoLog(log))?)
}

/// Holds a log for this transaction as an act does, and writes nothing in it: what acts took away until now is seen, and
/// the next one comes after. As the first statement it is SQLite's write lock.
///
/// # Errors
/// [`StoreError::NoLog`] when there is none.
pub(super) fn hold(conn: &mut Conn, log: Log) -> Stored<()> {
    advance(conn, log).map(drop)
}

/// Seals facts at the end of a log whose head is held.
pub(super) fn seal(
    conn: &mut Conn,
    mut head: Head,
    now: Moment,
    author: &Author,
    signer: &Signer,
    facts: Vec<(Option<RequestId>, Fact)>,
    asked: Option<Asked>,
) -> Stored<Sealed> {
    let mut of_the_first = asked.clone();
    let sealing = |e: &dyn std::fmt::Display| StoreError::Sealing(e.to_string());
    for (request, fact) in &facts {
        let seq = head.frontier.size();
        let entry = Entry {
            log: head.log,
            seq,
            at: now,
            author: author.clone(),
            asked: of_the_first.take(),
            request: *request,
            fact: fact.clone(),
        };
        let body = entry.canonical().map_err(|e| sealing(&e))?;
        let leaf = leaf_hash(body.as_bytes());
        head.frontier.append(leaf);
        let row = (
            audit_entries::log.eq(Id(head.log.id())),
            audit_entries::seq.eq(i64::try_from(seq).map_err(|e| sealing(&e))?),
            audit_entries::at.eq(Stamp(now)),
            audit_entries::act.eq(fact.act()),
            audit_entries::request_id.eq(request.map(|r| Id(r.0))),
            audit_entries::body.eq(body),
            audit_entries::leaf.eq(leaf.0.to_vec()),
        );
        either!(conn, |conn| diesel::insert_into(audit_entries::table)
            .values(row)
            .execute(conn)?);
    }
    head.last_at = now;
    head.checkpoint = sign(&head, signer)?;
    let row = (
        audit_heads::size.eq(i64::try_from(head.frontier.size()).map_err(|e| sealing(&e))?),
        audit_heads::peaks.eq(head.frontier.to_bytes()),
        audit_heads::last_at.eq(Stamp(now)),
        audit_heads::checkpoint.eq(&head.checkpoint),
    );
    let head_of_log = audit_heads::table.find(Id(head.log.id()));
    let moved_on = diesel::update(head_of_log).set(row);
    let moved_on = moved_on.returning(audit_heads::size);
    let size: Option<i64> = either!(conn, |conn| Prepared::first(moved_on, conn)?);
    size.ok_or(StoreError::NoLog(head.log))?;
    Ok(Sealed { facts, asked, head })
}

/// Opens a new, empty log.
pub(super) fn open(conn: &mut Conn, log: Log, now: Moment, signer: &Signer) -> Stored<()> {
    let mut head = Head {
        log,
        frontier: Frontier::empty(),
        last_at: now,
        checkpoint: String::new(),
    };
    head.checkpoint = sign(&head, signer)?;
    diesel::insert_into(audit_heads::table)
        .values((
            audit_heads::log.eq(Id(log.id())),
            audit_heads::size.eq(0_i64),
            audit_heads::peaks.eq(head.frontier.to_bytes()),
            audit_heads::last_at.eq(Stamp(now)),
            audit_heads::checkpoint.eq(&head.checkpoint),
        ))
        .execute(conn)?;
    Ok(())
}

fn sign(head: &Head, signer: &Signer) -> Stored<String> {
    let checkpoint = Checkpoint {
        origin: origin(signer.verifier().name(), head.log),
        size: head.frontier.size(),
        root: head.frontier.root(),
    };
    signer
        .sign(&checkpoint)
        .map_err(|e| StoreError::Sealing(e.to_string()))
}

fn parse_head(head: StoredHead) -> Stored<Head> {
    let size = read("size of a log", u64::try_from(head.size))?;
    Ok(Head {
        log: Log::of_id(head.log.0),
        frontier: read("peaks of a log", Frontier::from_bytes(size, &head.peaks))?,
        last_at: head.last_at.0,
        checkpoint: head.checkpoint,
    })
}

/// The head of a log, for reading.
///
/// # Errors
/// [`StoreError::NoLog`] when there is none, [`StoreError::Senseless`] when the row makes no sense.
pub fn head(conn: &mut Conn, log: Log) -> Stored<Head> {
    let row: Option<StoredHead> = audit_heads::table
        .find(Id(log.id()))
        .first(conn)
        .optional()?;
    parse_head(row.ok_or(StoreError::NoLog(log))?)
}

/// The head of the log with the latest entry, if there is any log. The logs are as many as the tenants, and this
/// looks at all of their heads.
///
/// # Errors
/// [`StoreError::Senseless`] when the row makes no sense.
pub fn latest_head(conn: &mut Conn) -> Stored<Option<Head>> {
    let row: Option<StoredHead> = audit_heads::table
        .order((audit_heads::last_at.desc(), audit_heads::log.desc()))
        .first(conn)
        .optional()?;
    row.map(parse_head).transpose()
}

/// The stored leaf hashes of at most `limit` entries of a log from place `from` on. They end where an entry is missing
/// or its leaf has not the length of one.
///
/// # Errors
/// When the database does not answer.
pub fn leaves(conn: &mut Conn, log: Log, from: u64, limit: i64) -> Stored<Vec<Hash>> {
    let from = read("place in a log", i64::try_from(from))?;
    let rows: Vec<(i64, Vec<u8>)> = audit_entries::table
        .filter(
            audit_entries::log
                .eq(Id(log.id()))
                .and(audit_entries::seq.ge(from)),
        )
        .order(audit_entries::seq)
        .limit(limit)
        .select((audit_entries::seq, audit_entries::leaf))
        .load(conn)?;
    let leaves = rows
        .into_iter()
        .zip(from..)
        .map_while(|((seq, leaf), place)| {
            let leaf = leaf.try_into().ok()?;
            (seq == place).then_some(Hash(leaf))
        });
    Ok(leaves.collect())
}

/// When a restored database was last taken up, if ever. Asked only where something speaks against the database.
///
/// # Errors
/// When the database does not answer.
pub fn last_restoration(conn: &mut Conn) -> Stored<Option<Moment>> {
    let at: Option<Stamp> = audit_entries::table
        .filter(
            audit_entries::log
                .eq(Id(Log::Provider.id()))
                .and(audit_entries::act.eq(DATABASE_RESTORED)),
        )
        .order(audit_entries::seq.desc())
        .select(audit_entries::at)
        .first(conn)
        .optional()?;
    Ok(at.map(|at| at.0))
}

/// The ids of at most `limit` logs after `after`, in order.
///
/// # Errors
/// When the database does not answer.
pub fn logs(conn: &mut Conn, after: Option<Log>, limit: i64) -> Stored<Vec<Log>> {
    let mut query = audit_heads::table
        .select(audit_heads::log)
        .order(audit_heads::log)
        .limit(limit)
        .into_boxed();
    if let Some(after) = after {
        query = query.filter(audit_heads::log.gt(Id(after.id())));
    }
    Ok(query
        .load::<Id>(conn)?
        .into_iter()
        .map(|id| Log::of_id(id.0))
        .collect())
}

/// The log with the least id after `after` that has a head, or entries, or both.
///
/// # Errors
/// When the database does not answer.
pub fn next_log(conn: &mut Conn, after: Option<Log>) -> Stored<Option<Log>> {
    let mut heads = audit_heads::table
        .select(audit_heads::log)
        .order(audit_heads::log)
        .into_boxed();
    let mut entries = audit_entries::table
        .select(audit_entries::log)
        .order(audit_entries::log)
        .into_boxed();
    if let Some(after) = after {
        heads = heads.filter(audit_heads::log.gt(Id(after.id())));
        entries = entries.filter(audit_entries::log.gt(Id(after.id())));
    }
    let head: Option<Id> = heads.first(conn).optional()?;
    let entry: Option<Id> = entries.first(conn).optional()?;
    let next = [head, entry].into_iter().flatten().map(|id| id.0).min();
    Ok(next.map(Log::of_id))
}

/// The head of a log as it is stored, if there is one.
///
/// # Errors
/// When the database does not answer.
pub fn stored_head(conn: &mut Conn, log: Log) -> Stored<Option<StoredHead>> {
    Ok(audit_heads::table
        .find(Id(log.id()))
        .first(conn)
        .optional()?)
}

/// The least place at or after `from` at which a log has an entry, readable or not.
///
/// # Errors
/// When the database does not answer.
pub fn next_place(conn: &mut Conn, log: Log, from: i64) -> Stored<Option<i64>> {
    Ok(audit_entries::table
        .filter(
            audit_entries::log
                .eq(Id(log.id()))
                .and(audit_entries::seq.ge(from)),
        )
        .order(audit_entries::seq)
        .select(audit_entries::seq)
        .first(conn)
        .optional()?)
}

const STORED: (
    audit_entries::seq,
    audit_entries::at,
    audit_entries::act,
    audit_entries::request_id,
    audit_entries::body,
    audit_entries::leaf,
) = (
    audit_entries::seq,
    audit_entries::at,
    audit_entries::act,
    audit_entries::request_id,
    audit_entries::body,
    audit_entries::leaf,
);

/// At most `limit` entries of a log from place `from` on, oldest first, as they are stored.
///
/// # Errors
/// When the database does not answer.
pub fn stored_entries(
    conn: &mut Conn,
    log: Log,
    from: i64,
    limit: i64,
) -> Stored<Vec<StoredEntry>> {
    Ok(audit_entries::table
        .filter(
            audit_entries::log
                .eq(Id(log.id()))
                .and(audit_entries::seq.ge(from)),
        )
        .order(audit_entries::seq)
        .limit(limit)
        .select(STORED)
        .load(conn)?)
}

/// A stretch of a log.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Stretch {
    /// From this place on.
    pub from: u64,
    /// Up to the place before this one.
    pub before: Option<u64>,
    /// Only what is about this request.
    pub about: Option<RequestId>,
}

/// At most `limit` entries of a stretch, newest first, as they are stored.
///
/// # Errors
/// When the database does not answer.
pub fn newest(conn: &mut Conn, log: Log, stretch: Stretch, limit: i64) -> Stored<Vec<StoredEntry>> {
    let place = |seq: u64| i64::try_from(seq).unwrap_or(i64::MAX);
    let mut query = audit_entries::table
        .filter(
            audit_entries::log
                .eq(Id(log.id()))
                .and(audit_entries::seq.ge(place(stretch.from)))
                .and(audit_entries::seq.lt(stretch.before.map_or(i64::MAX, place))),
        )
        .order(audit_entries::seq.desc())
        .limit(limit)
        .select(STORED)
        .into_boxed();
    if let Some(request) = stretch.about {
        query = query.filter(audit_entries::request_id.eq(Id(request.0)));
    }
    Ok(query.load(conn)?)
}

/// The entry at a place, as it is stored.
///
/// # Errors
/// When the database does not answer.
pub fn entry_at(conn: &mut Conn, log: Log, seq: u64) -> Stored<Option<StoredEntry>> {
    let Ok(seq) = i64::try_from(seq) else {
        return Ok(None);
    };
    Ok(audit_entries::table
        .find((Id(log.id()), seq))
        .select(STORED)
        .first(conn)
        .optional()?)
}

/// The place of the first entry at `moment` or after it, in a log of this size. Time in a log never goes back, so
/// halving finds it without an index on time.
///
/// # Errors
/// When the database does not answer.
pub fn place_at(conn: &mut Conn, log: Log, size: u64, moment: Moment) -> Stored<u64> {
    let (mut low, mut high) = (0, size);
    while low < high {
        let middle = low + (high - low) / 2;
        match entry_at(conn, log, middle)? {
            Some(entry) if entry.at.0 < moment => low = middle + 1,
            _ => high = middle,
        }
    }
    Ok(low)
}

/// The last `limit` entries about a request, oldest first. Passes are not among them: there may be hundreds.
///
/// # Errors
/// [`StoreError::Senseless`] when a row makes no sense.
pub fn entries_about(
    conn: &mut Conn,
    log: Log,
    request: RequestId,
    limit: i64,
) -> Stored<Vec<Entry>> {
    last_about(conn, log, request, false, limit)
}

/// The last `limit` access passes of a request, oldest first.
///
/// # Errors
/// [`StoreError::Senseless`] when a row makes no sense.
pub fn passes_of(conn: &mut Conn, log: Log, request: RequestId, limit: i64) -> Stored<Vec<Entry>> {
    last_about(conn, log, request, true, limit)
}

fn last_about(
    conn: &mut Conn,
    log: Log,
    request: RequestId,
    passes: bool,
    limit: i64,
) -> Stored<Vec<Entry>> {
    let about = audit_entries::table
        .filter(
            audit_entries::log
                .eq(Id(log.id()))
                .and(audit_entries::request_id.eq(Id(request.0))),
        )
        .into_boxed();
    let about = if passes {
        about.filter(audit_entries::act.eq(PASS_ISSUED))
    } else {
        about.filter(audit_entries::act.ne(PASS_ISSUED))
    };
    let mut rows: Vec<StoredEntry> = about
        .order(audit_entries::seq.desc())
        .limit(limit)
        .select(STORED)
        .load(conn)?;
    rows.reverse();
    rows.into_iter().map(|row| row.parse()).collect()
}

impl StoredEntry {
    /// The entry.
    ///
    /// # Errors
    /// [`StoreError::Senseless`] when its text is no entry.
    pub fn parse(&self) -> Stored<Entry> {
        read("audit entry", Entry::parse(&self.body))
    }

    /// Whether its text still has the hash that was sealed, and its columns say what its text says.
    #[must_use]
    pub fn is_as_sealed(&self, entry: &Entry) -> bool {
        self.leaf() == Some(leaf_hash(self.body.as_bytes()))
            && u64::try_from(self.seq) == Ok(entry.seq)
            && self.at.0 == entry.at
            && self.act == entry.fact.act()
            && self.request_id.map(|id| RequestId(id.0)) == entry.request
    }

    /// The stored leaf hash, if it has the length of one.
    #[must_use]
    pub fn leaf(&self) -> Option<Hash> {
        self.leaf.as_slice().try_into().ok().map(Hash)
    }
}
