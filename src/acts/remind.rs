//! Reminding people of what waits for them, and of an access that ends soon.
//!
//! That somebody was reminded is a fact: letters are written for facts alone, so each is sent once however many
//! processes look for it, and the log can show afterwards that the customer was told in time.

use super::{ActError, Lockbox};
use crate::domain::audit::entry::{Actor, Author, Log};
use crate::domain::request::decide::Refusal;
use crate::domain::request::{StateKind, remind};
use crate::domain::rights::Denied;
use crate::store::at_hand::AtHand;
use crate::store::{Facts, StoreError, requests, tenants};

/// Most reminders sent in one call.
pub const REMINDED_AT_ONCE_MAX: i64 = 100;

/// Sends up to [`REMINDED_AT_ONCE_MAX`] reminders whose moment has come; says how many. Any number of processes may
/// do so at once: the second finds that the reminder has been sent.
///
/// # Errors
/// When the store does not answer.
pub fn send_due_reminders(lockbox: &Lockbox) -> Result<usize, ActError> {
    let now = lockbox.store.clock().now();
    let due = lockbox
        .store
        .read(|conn| requests::to_remind(conn, now, now + remind::OF_USE, REMINDED_AT_ONCE_MAX))?;
    let author = Author::local(Actor::System);
    let (mut sent, mut failed) = (0, None);
    for (tenant, id) in due {
        let outcome = lockbox.store.write(Log::Tenant(tenant), &author, |tx| {
            let now = tx.now();
            let tenant = tenants::by_id(tx.conn(), tenant)?.ok_or(Denied::NotThere)?;
            let request = requests::by_id(tx.conn(), tenant.id, id)?.ok_or(Denied::NotThere)?;
            let wanted =
                tenant.notifications.reminders || request.state.kind() == StateKind::Active;
            let fact = remind::due(&request, now)
                .filter(|_| wanted)
                .ok_or_else(|| ActError::Refused(Refusal::NotDue, Box::new(request.at(now))))?;
            let next = request
                .apply(&fact, &author.actor, now)
                .map_err(|e| StoreError::Senseless(e.to_string()))?;
            requests::save_reminders(tx, &next)?;
            let at_hand = AtHand {
                tenant: Some(tenant),
                request: Some(next),
                ..AtHand::default()
            };
            Ok(((), Facts::about(id, fact).with(at_hand)))
        });
        match outcome {
            Ok(()) => sent += 1,
            // Somebody else was faster, or decided meanwhile.
            Err(ActError::Refused(..)) => {}
            // One tenant whose log cannot be written must not keep the others from being reminded.
            Err(error) => failed = failed.or(Some(error)),
        }
    }
    match failed {
        Some(error) if sent == 0 => Err(error),
        Some(error) => {
            tracing::error!(%error, "a reminder could not be sent");
            Ok(sent)
        }
        None => Ok(sent),
    }
}
