//! Reminding people when it is time.

use crate::acts::remind::{REMINDED_AT_ONCE_MAX, send_due_reminders};
use crate::acts::{ActError, Lockbox};

/// Sends every reminder that is due, a bounded number at a time; says how many.
///
/// # Errors
/// When the store does not answer.
pub async fn send_all(lockbox: &Lockbox) -> Result<usize, ActError> {
    let mut sent = 0;
    loop {
        let now = lockbox.acting(send_due_reminders).await?;
        sent += now;
        if i64::try_from(now).unwrap_or(i64::MAX) < REMINDED_AT_ONCE_MAX {
            return Ok(sent);
        }
    }
}
