//! Recording what time has done to requests.

use crate::acts::lapse::{LAPSED_AT_ONCE_MAX, record_what_lapsed};
use crate::acts::{ActError, Lockbox};

/// Records every passed deadline, a bounded number at a time; says how many.
///
/// # Errors
/// When the store does not answer.
pub async fn record_all(lockbox: &Lockbox) -> Result<usize, ActError> {
    let mut recorded = 0;
    loop {
        let now = lockbox.acting(record_what_lapsed).await?;
        recorded += now;
        if i64::try_from(now).unwrap_or(i64::MAX) < LAPSED_AT_ONCE_MAX {
            return Ok(recorded);
        }
    }
}
