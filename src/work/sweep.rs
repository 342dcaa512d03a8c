//! Sweeping books that are no longer needed.

use chrono::TimeDelta;

use crate::acts::access_pass::KEYS_KEPT;
use crate::acts::tries::{DEVICES_KEPT, TRIES_KEPT};
use crate::acts::{ActError, Lockbox};

/// How long idempotency keys are kept.
pub const IDEMPOTENCY_KEPT: TimeDelta = TimeDelta::hours(24);
/// How long used answers of identity providers are kept: by then they count no more.
pub const SIGN_ONS_KEPT: TimeDelta = TimeDelta::hours(1);
/// How long letters are kept after they were sent. Letters given up stay.
pub const LETTERS_KEPT: TimeDelta = TimeDelta::days(30);

/// How long deliveries to webhooks are kept after they were written, unless they still wait.
pub const DELIVERIES_KEPT: TimeDelta = TimeDelta::days(30);
/// How long it is kept that a challenge was answered: longer than one lasts.
pub const CHALLENGES_KEPT: TimeDelta = TimeDelta::hours(1);

/// Sweeps ended sessions, old idempotency keys, used sign-ons, old tries, forgotten devices, letters sent long ago, old
/// deliveries to webhooks, answered challenges and keys of passes that are no longer believed.
///
/// # Errors
/// When the store does not answer.
pub async fn sweep(lockbox: &Lockbox) -> Result<(), ActError> {
    lockbox
        .acting(|lockbox| {
            let now = lockbox.store.clock().now();
            lockbox.store.keep(|keep| {
                keep.sweep_sessions(now)?;
                keep.sweep_links(now)?;
                keep.sweep_idempotency(now - IDEMPOTENCY_KEPT)?;
                keep.sweep_tries(now - TRIES_KEPT)?;
                keep.sweep_devices(now - DEVICES_KEPT)?;
                keep.sweep_sign_ons(now - SIGN_ONS_KEPT)?;
                keep.sweep_letters(now - LETTERS_KEPT)?;
                keep.sweep_deliveries(now - DELIVERIES_KEPT)?;
                keep.sweep_answered_challenges(now - CHALLENGES_KEPT)?;
                keep.sweep_pass_keys(now - KEYS_KEPT)?;
                Ok(())
            })
        })
        .await
}
