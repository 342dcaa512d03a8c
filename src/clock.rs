//! Clock and Entropy: the only places that read the time or roll dice, and ones a test can hold still.

use std::fmt;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use chrono::{DateTime, TimeDelta};
use sha2::{Digest, Sha256};
use uuid::Uuid;

use crate::domain::time::{Moment, whole_microseconds};

/// Tells the time in whole microseconds of UTC.
#[derive(Clone)]
pub struct Clock(Arc<dyn Fn() -> Moment + Send + Sync>);

/// The handle of a clock that stands still until it is moved.
#[derive(Debug, Clone)]
pub struct HeldClock(Arc<AtomicI64>);

impl Clock {
    /// The system's clock.
    #[must_use]
    #[expect(
        clippy::disallowed_methods,
        reason = "the one place that reads the system's clock"
    )]
    pub fn system() -> Self {
        Self(Arc::new(|| whole_microseconds(chrono::Utc::now())))
    }

    /// A clock that stands still at `moment`, and the handle that moves it.
    #[must_use]
    pub fn held_at(moment: Moment) -> (Self, HeldClock) {
        let micros = Arc::new(AtomicI64::new(moment.timestamp_micros()));
        let handle = HeldClock(Arc::clone(&micros));
        let read = move || {
            DateTime::from_timestamp_micros(micros.load(Ordering::SeqCst)).unwrap_or_default()
        };
        (Self(Arc::new(read)), handle)
    }

    /// Now.
    #[must_use]
    pub fn now(&self) -> Moment {
        (self.0)()
    }
}

impl fmt::Debug for Clock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Clock")
    }
}

impl HeldClock {
    /// Moves the clock; back when negative.
    pub fn advance(&self, by: TimeDelta) {
        self.0
            .fetch_add(by.num_microseconds().unwrap_or_default(), Ordering::SeqCst);
    }

    /// Sets the clock.
    pub fn set(&self, moment: Moment) {
        self.0.store(moment.timestamp_micros(), Ordering::SeqCst);
    }
}

type Dice = dyn FnMut(&mut [u8]) + Send;

/// Gives random bytes.
#[derive(Clone)]
pub struct Entropy(Arc<Mutex<Dice>>);

impl Entropy {
    /// The system's randomness.
    ///
    /// A system that cannot give randomness cannot keep secrets either, so the process ends then.
    #[must_use]
    #[expect(
        clippy::disallowed_methods,
        reason = "the one place that asks the system for randomness"
    )]
    pub fn system() -> Self {
        Self(Arc::new(Mutex::new(|bytes: &mut [u8]| {
            if let Err(error) = getrandom::fill(bytes) {
                tracing::error!(%error, "the system gives no randomness");
                std::process::abort();
            }
        })))
    }

    /// The same bytes for the same seed: for tests, never for serving.
    #[must_use]
    pub fn seeded(seed: u64) -> Self {
        let mut count = 0_u64;
        Self(Arc::new(Mutex::new(move |bytes: &mut [u8]| {
            for chunk in bytes.chunks_mut(32) {
                let block = Sha256::new()
                    .chain_update(seed.to_be_bytes())
                    .chain_update(count.to_be_bytes())
                    .finalize();
                chunk.copy_from_slice(&block[..chunk.len()]);
                count += 1;
            }
        })))
    }

    /// `N` random bytes.
    #[must_use]
    pub fn bytes<const N: usize>(&self) -> [u8; N] {
        let mut bytes = [0; N];
        (self.0.lock().unwrap_or_else(PoisonError::into_inner))(&mut bytes);
        bytes
    }

    /// A UUID of version 7 (RFC 9562): ids in the order of time, the rest random.
    #[must_use]
    pub fn uuid(&self, now: Moment) -> Uuid {
        let millis = u64::try_from(now.timestamp_millis()).unwrap_or_default();
        uuid::Builder::from_unix_timestamp_millis(millis, &self.bytes()).into_uuid()
    }
}

impl fmt::Debug for Entropy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Entropy")
    }
}
