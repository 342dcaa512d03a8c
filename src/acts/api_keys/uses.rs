//! When each key was used last: noted to the minute, after what it was used for.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use chrono::TimeDelta;

use crate::domain::id::KeyId;
use crate::domain::time::Moment;
use crate::store::Store;

/// How coarse it is: one key costs one row a minute at most.
const EVERY: TimeDelta = TimeDelta::minutes(1);
/// Most keys kept in mind. Beyond that all are forgotten, and each is noted once more.
const KEPT_MAX: usize = 10_000;

/// What this process has noted lately.
#[derive(Debug, Clone, Default)]
pub struct Uses(Arc<Mutex<HashMap<KeyId, Moment>>>);

impl Uses {
    /// Notes that a key is used now. Nobody waits for it; where it fails, the next use is noted.
    pub fn note(&self, store: &Store, key: KeyId, now: Moment) {
        if !self.is_due(key, now) {
            return;
        }
        let (uses, store) = (self.clone(), store.clone());
        let write = move || {
            if let Err(error) = store.keep(|books| books.note_key_use(key, now)) {
                tracing::warn!(%error, "the use of an API key was not noted");
                uses.lock().remove(&key);
            }
        };
        match tokio::runtime::Handle::try_current() {
            Ok(runtime) => drop(runtime.spawn_blocking(write)),
            Err(_) => write(),
        }
    }

    fn is_due(&self, key: KeyId, now: Moment) -> bool {
        let mut noted = self.lock();
        // A clock that was set back must not keep it from being noted.
        if noted
            .get(&key)
            .is_some_and(|at| (TimeDelta::zero()..EVERY).contains(&(now - *at)))
        {
            return false;
        }
        if noted.len() >= KEPT_MAX {
            noted.clear();
        }
        noted.insert(key, now);
        true
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, HashMap<KeyId, Moment>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use chrono::DateTime;
    use uuid::Uuid;

    use super::*;

    #[test]
    fn a_use_is_noted_once_a_minute() {
        let uses = Uses::default();
        let (key, other) = (KeyId(Uuid::from_u128(1)), KeyId(Uuid::from_u128(2)));
        let at = |seconds| DateTime::UNIX_EPOCH + TimeDelta::seconds(seconds);
        assert!(uses.is_due(key, at(100)));
        assert!(!uses.is_due(key, at(100)) && !uses.is_due(key, at(159)));
        assert!(uses.is_due(other, at(159)));
        assert!(uses.is_due(key, at(160)));
        assert!(uses.is_due(key, at(30)), "the clock was set back");
    }
}
