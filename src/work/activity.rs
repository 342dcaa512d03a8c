//! Sealing what was done, and forgetting it after a year.

use std::time::Duration;

use crate::acts::activity::seal_all;
use crate::acts::{ActError, Lockbox};
use crate::store::activity::KEPT;

/// How often what was done is sealed.
pub const SEAL_EVERY: Duration = Duration::from_mins(1);
/// Most deeds forgotten at once.
const SWEPT_MAX: i64 = 1000;

/// Seals what is not sealed yet.
///
/// # Errors
/// When the store does not answer.
pub async fn seal(lockbox: &Lockbox) -> Result<(), ActError> {
    lockbox.acting(seal_all).await
}

/// Forgets what is older than [`KEPT`] and sealed.
///
/// # Errors
/// When the store does not answer.
pub async fn sweep(lockbox: &Lockbox) -> Result<(), ActError> {
    loop {
        let swept = lockbox
            .acting(|lockbox| {
                let before = lockbox.store.clock().now() - KEPT;
                let swept = lockbox
                    .store
                    .keep(|keep| keep.sweep_activity(before, SWEPT_MAX));
                swept.map_err(ActError::from)
            })
            .await?;
        if i64::try_from(swept).unwrap_or(0) < SWEPT_MAX {
            return Ok(());
        }
    }
}
