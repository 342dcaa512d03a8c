//! What the board is read from.

use std::collections::{BTreeSet, HashMap};

use diesel::prelude::*;
use uuid::Uuid;

use super::{Changed, Known};
use crate::domain::audit::entry::Log;
use crate::domain::fact::{self, Fact};
use crate::domain::id::RequestId;
use crate::domain::key::ApiKey;
use crate::store::column::Id;
use crate::store::conn::Conn;
use crate::store::requests::{self, Found};
use crate::store::schema::{audit_entries, audit_heads};
use crate::store::{StoreError, Stored, api_keys};

/// Most rows of one statement.
const ROWS_MAX: i64 = 1000;

/// What a reading found.
#[derive(Default)]
pub(super) struct Read {
    /// All the windows there are, in place of what was known before.
    pub everything: Option<Known>,
    /// The requests looked at; nothing for one that has no live access.
    pub windows: Vec<(RequestId, Option<Found>)>,
    /// The keys that may ask, if they were looked at.
    pub keys: Option<HashMap<[u8; 32], ApiKey>>,
    /// How far the logs were followed.
    pub sizes: HashMap<Uuid, i64>,
}

/// All there is. The logs' sizes come first: what happens while the rest is read is read once more by the next reading.
pub(super) fn everything(conn: &mut Conn) -> Stored<Read> {
    let mut read = Read {
        sizes: sizes(conn)?,
        ..Read::default()
    };
    // Page by page, so that nothing is twice in memory.
    let mut known = Known::default();
    let mut after = None;
    loop {
        let found = requests::active_after(conn, after, ROWS_MAX)?;
        after = found.last().map(|(request, _)| *request);
        let last = i64::try_from(found.len()).is_ok_and(|count| count < ROWS_MAX);
        for (request, found) in found {
            known.put(request, Some(found));
        }
        if last {
            break;
        }
    }
    read.everything = Some(known);
    read.keys = Some(api_keys::that_ask(conn)?);
    Ok(read)
}

/// What the entries after these places speak of. A log that has become shorter is in an older copy of the database:
/// then everything is read.
pub(super) fn what_is_new(conn: &mut Conn, followed: &HashMap<Uuid, i64>) -> Stored<Read> {
    let sizes = sizes(conn)?;
    let mut changed = Changed::default();
    for (log, size) in &sizes {
        let from = followed.get(log).copied().unwrap_or(0);
        if *size < from {
            return everything(conn);
        }
        if *size > from {
            follow(conn, *log, from..*size, &mut changed)?;
        }
    }
    let mut read = of(conn, &changed)?;
    read.sizes = sizes;
    Ok(read)
}

/// What these requests and keys are now.
pub(super) fn of(conn: &mut Conn, changed: &Changed) -> Stored<Read> {
    let mut read = Read::default();
    let ids: Vec<RequestId> = BTreeSet::from_iter(&changed.requests)
        .into_iter()
        .copied()
        .collect();
    for some in ids.chunks(200) {
        let mut found: HashMap<RequestId, Found> =
            requests::active_among(conn, some)?.into_iter().collect();
        let looked_at = some.iter().map(|id| (*id, found.remove(id)));
        read.windows.extend(looked_at);
    }
    if changed.keys {
        read.keys = Some(api_keys::that_ask(conn)?);
    }
    Ok(read)
}

/// The size of each log. A standby may be behind without knowing, so it is not believed.
fn sizes(conn: &mut Conn) -> Stored<HashMap<Uuid, i64>> {
    if let Conn::Postgres(conn) = conn {
        let standby = diesel::select(diesel::dsl::sql::<diesel::sql_types::Bool>(
            "pg_is_in_recovery()",
        ));
        if standby.get_result(conn)? {
            return Err(StoreError::Standby);
        }
    }
    let mut sizes = HashMap::new();
    let mut after = Id(Uuid::nil());
    let mut first = true;
    loop {
        let mut heads = audit_heads::table
            .select((audit_heads::log, audit_heads::size))
            .order(audit_heads::log)
            .limit(ROWS_MAX)
            .into_boxed();
        if !first {
            heads = heads.filter(audit_heads::log.gt(&after));
        }
        let found: Vec<(Id, i64)> = heads.load(conn)?;
        let last = i64::try_from(found.len()).is_ok_and(|count| count < ROWS_MAX);
        if let Some((log, _)) = found.last() {
            after = *log;
        }
        sizes.extend(found.into_iter().map(|(log, size)| (log.0, size)));
        if last {
            return Ok(sizes);
        }
        first = false;
    }
}

/// Reads which requests and keys the entries at these places concern.
fn follow(
    conn: &mut Conn,
    log: Uuid,
    places: std::ops::Range<i64>,
    changed: &mut Changed,
) -> Stored<()> {
    let mut from = places.start;
    while from < places.end {
        let entries: Vec<(i64, String, Option<Id>)> = audit_entries::table
            .filter(audit_entries::log.eq(Id(log)))
            .filter(audit_entries::seq.ge(from))
            .filter(audit_entries::seq.lt(places.end))
            .order(audit_entries::seq)
            .limit(ROWS_MAX)
            .select((
                audit_entries::seq,
                audit_entries::act,
                audit_entries::request_id,
            ))
            .load(conn)?;
        let Some((last, ..)) = entries.last() else {
            return Err(StoreError::Senseless(format!(
                "the log {} has no entry at {from}",
                Log::of_id(log)
            )));
        };
        from = last + 1;
        for (_, act, request) in &entries {
            changed.note(act, request.as_ref().map(|id| RequestId(id.0)));
        }
    }
    Ok(())
}

impl Changed {
    /// Notes what these facts say of access and of keys.
    pub fn note_all(&mut self, facts: &[(Option<RequestId>, Fact)]) {
        for (request, fact) in facts {
            self.note(fact.act(), *request);
        }
    }

    /// What others changed, too.
    pub fn add(&mut self, other: Self) {
        self.requests.extend(other.requests);
        self.keys |= other.keys;
    }

    /// Notes what an act says of access and of keys.
    pub fn note(&mut self, act: &str, request: Option<RequestId>) {
        if let Some(request) = request
            && fact::may_move_access(act)
        {
            self.requests.push(request);
        }
        self.keys |= fact::may_move_keys(act);
    }
}
