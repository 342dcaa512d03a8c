//! Writing down what time has done.

use super::decide::settle;
use super::{ActError, Lockbox};
use crate::domain::audit::entry::{Actor, Author, Log};
use crate::domain::request::decide::{Command, Refusal};
use crate::domain::rights::Denied;
use crate::store::requests;

/// Most requests recorded in one call.
pub const LAPSED_AT_ONCE_MAX: i64 = 100;

/// Records up to [`LAPSED_AT_ONCE_MAX`] requests whose deadline has come; says how many it recorded. Any number
/// of processes may do so at once: the second finds nothing left to record.
///
/// # Errors
/// When the store does not answer.
pub fn record_what_lapsed(lockbox: &Lockbox) -> Result<usize, ActError> {
    let now = lockbox.store.clock().now();
    let due = lockbox
        .store
        .read(|conn| requests::due(conn, now, LAPSED_AT_ONCE_MAX))?;
    let author = Author::local(Actor::System);
    let (mut recorded, mut failed) = (0, None);
    for (tenant, id) in due {
        let outcome = lockbox.store.write(Log::Tenant(tenant), &author, |tx| {
            let request = requests::by_id(tx.conn(), tenant, id)?.ok_or(Denied::NotThere)?;
            settle(tx, &request, Command::Lapse, &author.actor, None, None)
        });
        match outcome {
            Ok(_) => recorded += 1,
            // Somebody else was faster; what they recorded stands.
            Err(ActError::Refused(Refusal::NotNow(_) | Refusal::NotDue, _)) => {}
            // One tenant whose log cannot be written must not keep the others from being recorded.
            Err(error) => failed = failed.or(Some(error)),
        }
    }
    match failed {
        Some(error) if recorded == 0 => Err(error),
        Some(error) => {
            tracing::error!(%error, "a passed deadline could not be recorded");
            Ok(recorded)
        }
        None => Ok(recorded),
    }
}
