//! Watching whether this node may trust its clock and its database.

use std::time::Duration;

use crate::acts::Lockbox;
use crate::domain::audit::entry::Log;
use crate::domain::time::Moment;
use crate::store::conn::Conn;
use crate::store::witness::{Testimony, Witness, WitnessError};
use crate::store::{Store, Stored, audit, pulse};

/// How often the night shift looks.
pub const LOOK_EVERY: Duration = Duration::from_secs(10);

/// The log with the latest entry at some look: it never gets shorter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Seen {
    log: Log,
    size: u64,
    /// What a witness is to remember of it.
    pub testimony: Testimony,
}

/// Compares the clock with the database's and with the latest entry of any log, and the database with what it was at
/// the look before. What is found speaks for or against this node until the next look.
///
/// # Errors
/// When the database does not answer. What was found before then still holds.
pub fn look(lockbox: &Lockbox, before: Option<&Seen>) -> Stored<Option<Seen>> {
    let store = &lockbox.store;
    let doubted = store.sure_now().is_err();
    let seen = store.read(|conn| look_at(conn, store, before))?;
    match store.sure_now() {
        Err(doubt) if !doubted => {
            tracing::error!(%doubt, "this node is not sure: it denies every access and is not ready");
        }
        Ok(_) if doubted => tracing::info!("this node is sure again"),
        _ => {}
    }
    Ok(seen)
}

fn look_at(conn: &mut Conn, store: &Store, before: Option<&Seen>) -> Stored<Option<Seen>> {
    let asked = store.clock().now();
    if let Some(theirs) = pulse::time(conn)? {
        let answered = store.clock().now();
        store
            .doubts()
            .clocks_compared(theirs - nearest(theirs, asked, answered));
    }
    if let Some(before) = before {
        let stored = audit::stored_head(conn, before.log)?;
        if stored.is_none_or(|head| u64::try_from(head.size).unwrap_or(0) < before.size) {
            store.doubts().database_went_back();
        }
    }
    let latest = audit::latest_head(conn)?;
    Ok(latest.map(|head| {
        store.doubts().entry_seen(head.last_at);
        Seen {
            log: head.log,
            size: head.frontier.size(),
            testimony: Testimony {
                at: head.last_at,
                checkpoint: head.checkpoint,
            },
        }
    }))
}

/// Looks, and has the witness remember what is new, unless the database is in doubt.
///
/// # Errors
/// When the database does not answer or the witness cannot write.
pub fn look_and_remember(
    lockbox: &Lockbox,
    witness: Option<&Witness>,
    before: Option<&Seen>,
) -> Result<Option<Seen>, WitnessError> {
    let seen = look(lockbox, before)?;
    if let (Some(witness), Some(seen)) = (witness, &seen)
        && before != Some(seen)
        && !lockbox.store.doubts().has_gone_back()
    {
        witness.keep(&seen.testimony)?;
    }
    Ok(seen)
}

/// The database read its clock at some moment between question and answer. A slow answer is no wrong clock.
fn nearest(theirs: Moment, asked: Moment, answered: Moment) -> Moment {
    theirs.clamp(asked, answered.max(asked))
}
