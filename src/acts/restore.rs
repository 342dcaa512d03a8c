//! Taking up a database that was restored from a backup: what it says is live may have been revoked since.

use super::decide::settle;
use super::{ActError, Lockbox};
use crate::domain::audit::entry::{Author, Log};
use crate::domain::fact::Fact;
use crate::domain::request::decide::{Command, Refusal};
use crate::domain::rights::Denied;
use crate::domain::text::Prose;
use crate::store::{Facts, StoreError, Stored, requests};

/// Requests read at once.
const PAGE: i64 = 100;
/// Why an approval or an access was revoked, for those who gave it and who had it.
const WHY: &str = "The database was restored from a backup. What happened after the backup is not known to it, so every access was ended.";

/// What was ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TakenUp {
    /// Approvals and live accesses revoked.
    pub accesses: u64,
    /// Sessions ended.
    pub sessions: u64,
}

/// Ends every session and every one-time link, revokes every approval and every live access, and records that the database was restored.
///
/// # Errors
/// When the store does not answer. What was ended until then stays ended, and it may be done again.
pub fn take_up(lockbox: &Lockbox, by: &Author) -> Result<TakenUp, ActError> {
    let sessions = lockbox.store.keep(|books| {
        books.end_every_link()?;
        let ended = books.end_every_session()?;
        Stored::Ok(u64::try_from(ended).unwrap_or(u64::MAX))
    })?;
    let why = Prose::parse(WHY).map_err(|e| StoreError::Senseless(e.to_string()))?;
    let (mut accesses, mut after) = (0, None);
    loop {
        let granted = lockbox
            .store
            .read(|conn| requests::granted(conn, after, PAGE))?;
        let Some((_, last)) = granted.last() else {
            break;
        };
        after = Some(*last);
        for (tenant, id) in granted {
            let revoked = lockbox.store.write(Log::Tenant(tenant), by, |tx| {
                let request = requests::by_id(tx.conn(), tenant, id)?.ok_or(Denied::NotThere)?;
                let revoke = Command::Revoke { why: why.clone() };
                settle(tx, &request, revoke, &by.actor, None, None)
            });
            match revoked {
                Ok(_) => accesses += 1,
                // It was over by now anyway.
                Err(ActError::Refused(Refusal::NotNow(_), _)) => {}
                Err(error) => return Err(error),
            }
        }
    }
    lockbox.store.write(Log::Provider, by, |_| {
        let fact = Fact::DatabaseRestored { accesses, sessions };
        Ok::<_, ActError>(((), Facts::one(fact)))
    })?;
    Ok(TakenUp { accesses, sessions })
}
