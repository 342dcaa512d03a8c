//! What accounts need that nobody does at the door: forgotten passwords, and recoveries whose time is over.

use crate::acts::{ActError, Lockbox, forgotten_password, recover};

/// Writes to those whose passwords are forgotten, and finishes the recoveries that are due.
///
/// # Errors
/// When the store does not answer.
pub async fn see_to(lockbox: &Lockbox) -> Result<(), ActError> {
    while lockbox.acting(forgotten_password::see_to).await? > 0 {}
    lockbox.acting(recover::finish_due).await?;
    Ok(())
}
