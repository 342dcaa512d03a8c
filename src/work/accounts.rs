//! What accounts need that nobody does at the door: forgotten passwords, and what has waited until its time.

use crate::acts::{ActError, Lockbox, forgotten_password, recover, weaken};

/// Writes to those whose passwords are forgotten, reminds of recoveries and finishes those that are due, and does the
/// changes that waited.
///
/// # Errors
/// When the store does not answer.
pub async fn see_to(lockbox: &Lockbox) -> Result<(), ActError> {
    while lockbox.acting(forgotten_password::see_to).await? > 0 {}
    lockbox.acting(recover::remind_due).await?;
    lockbox.acting(recover::finish_due).await?;
    lockbox.acting(weaken::do_due).await?;
    Ok(())
}
