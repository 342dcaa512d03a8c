//! Clock, Stopwatch and Entropy: the only places that read the time or roll dice, and ones a test can hold still.

use std::fmt;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

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
    /// The system's clock, [unbroken](Self::unbroken).
    #[must_use]
    #[expect(
        clippy::disallowed_methods,
        reason = "the one place that reads the system's clock"
    )]
    pub fn system() -> Self {
        let start = Instant::now();
        Self::unbroken(
            || whole_microseconds(chrono::Utc::now()),
            move || start.elapsed(),
        )
    }

    /// A clock that goes forward with `wall` and never slower than `steady`, which nobody can set: setting the wall
    /// clock back prolongs nothing while the process runs.
    #[must_use]
    pub fn unbroken(
        wall: impl Fn() -> Moment + Send + Sync + 'static,
        steady: impl Fn() -> Duration + Send + Sync + 'static,
    ) -> Self {
        // The most by which the wall clock was ever ahead of the steady one, in microseconds.
        let lead = AtomicI64::new(i64::MIN);
        Self(Arc::new(move || {
            // The wall first: a pause between the two readings then makes the lead too small and never too large.
            let wall = wall().timestamp_micros();
            let steady = i64::try_from(steady().as_micros()).unwrap_or(i64::MAX);
            let seen = wall.saturating_sub(steady);
            let mut most = lead.load(Ordering::Relaxed);
            if seen > most {
                most = lead.fetch_max(seen, Ordering::Relaxed).max(seen);
            }
            DateTime::from_timestamp_micros(steady.saturating_add(most)).unwrap_or_default()
        }))
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

/// How long something takes.
#[derive(Debug, Clone, Copy)]
pub struct Stopwatch(Instant);

impl Stopwatch {
    /// From now on.
    #[must_use]
    pub fn start() -> Self {
        Self(Instant::now())
    }

    /// Until now.
    #[must_use]
    pub fn elapsed(&self) -> Duration {
        self.0.elapsed()
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

/// Bytes that are fetched at a time for ids.
const AHEAD: usize = 4096;

type Dice = dyn FnMut(&mut [u8]) + Send;

/// Gives random bytes.
#[derive(Clone)]
pub struct Entropy {
    dice: Arc<Mutex<Dice>>,
    /// What is drawn from for ids.
    for_ids: Arc<Mutex<Dice>>,
}

impl Entropy {
    /// The system's randomness.
    ///
    /// A system that cannot give randomness cannot keep secrets either, so the process ends then.
    #[must_use]
    pub fn system() -> Self {
        // A call needs one id or two, and each question to the system is one more journey into it.
        let (mut ahead, mut used) = ([0; AHEAD], AHEAD);
        let for_ids = move |bytes: &mut [u8]| {
            if used + bytes.len() > AHEAD {
                ask_the_system(&mut ahead);
                used = 0;
            }
            bytes.copy_from_slice(&ahead[used..used + bytes.len()]);
            used += bytes.len();
        };
        Self {
            dice: Arc::new(Mutex::new(ask_the_system)),
            for_ids: Arc::new(Mutex::new(for_ids)),
        }
    }

    /// The same bytes for the same seed: for tests, never for serving.
    #[must_use]
    pub fn seeded(seed: u64) -> Self {
        let mut count = 0_u64;
        let dice: Arc<Mutex<Dice>> = Arc::new(Mutex::new(move |bytes: &mut [u8]| {
            for chunk in bytes.chunks_mut(32) {
                let block = Sha256::new()
                    .chain_update(seed.to_be_bytes())
                    .chain_update(count.to_be_bytes())
                    .finalize();
                chunk.copy_from_slice(&block[..chunk.len()]);
                count += 1;
            }
        }));
        Self {
            for_ids: Arc::clone(&dice),
            dice,
        }
    }

    /// `N` random bytes, which may become a secret: the system gives them when they are asked for, and nothing here keeps
    /// them.
    #[must_use]
    pub fn bytes<const N: usize>(&self) -> [u8; N] {
        drawn(&self.dice)
    }

    /// `N` random bytes for what tells things apart and opens nothing; they are fetched many at a time.
    #[must_use]
    pub fn id<const N: usize>(&self) -> [u8; N] {
        const { assert!(N <= AHEAD) };
        drawn(&self.for_ids)
    }

    /// A UUID of version 7 (RFC 9562): ids in the order of time, the rest random.
    #[must_use]
    pub fn uuid(&self, now: Moment) -> Uuid {
        let millis = u64::try_from(now.timestamp_millis()).unwrap_or_default();
        uuid::Builder::from_unix_timestamp_millis(millis, &self.id()).into_uuid()
    }
}

fn drawn<const N: usize>(dice: &Mutex<Dice>) -> [u8; N] {
    let mut bytes = [0; N];
    (dice.lock().unwrap_or_else(PoisonError::into_inner))(&mut bytes);
    bytes
}

#[expect(
    clippy::disallowed_methods,
    reason = "the one place that asks the system for randomness"
)]
fn ask_the_system(bytes: &mut [u8]) {
    if let Err(error) = getrandom::fill(bytes) {
        tracing::error!(%error, "the system gives no randomness");
        std::process::abort();
    }
}

impl fmt::Debug for Entropy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Entropy")
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    /// A wall clock that can be set, a steady one that cannot, and the clock made of both.
    fn two_clocks() -> (Clock, HeldClock, Arc<AtomicI64>) {
        let (wall, set) = Clock::held_at(DateTime::UNIX_EPOCH + TimeDelta::hours(5));
        let passed = Arc::new(AtomicI64::new(0));
        let steady = Arc::clone(&passed);
        let steady = move || {
            Duration::from_secs(u64::try_from(steady.load(Ordering::SeqCst)).unwrap_or_default())
        };
        (Clock::unbroken(move || wall.now(), steady), set, passed)
    }

    fn hours(clock: &Clock) -> i64 {
        (clock.now() - DateTime::UNIX_EPOCH).num_hours()
    }

    #[test]
    fn a_wall_clock_set_back_does_not_stop_time() {
        let (clock, wall, steady) = two_clocks();
        assert_eq!(hours(&clock), 5);
        wall.advance(TimeDelta::hours(-3));
        assert_eq!(hours(&clock), 5);
        steady.store(3600, Ordering::SeqCst);
        assert_eq!(
            hours(&clock),
            6,
            "an hour has passed, whatever the wall says"
        );
    }

    #[test]
    fn a_wall_clock_set_forward_and_back_again_gives_no_time_back() {
        let (clock, wall, steady) = two_clocks();
        wall.advance(TimeDelta::hours(2));
        assert_eq!(hours(&clock), 7);
        wall.advance(TimeDelta::hours(-2));
        steady.store(3600, Ordering::SeqCst);
        assert_eq!(hours(&clock), 8);
    }

    #[test]
    fn no_two_ids_are_the_same() {
        let entropy = Entropy::system();
        let ids: HashSet<[u8; 16]> = (0..1000).map(|_| entropy.id()).collect();
        assert_eq!(ids.len(), 1000);
    }

    #[test]
    fn a_wall_clock_that_runs_on_while_the_machine_sleeps_is_followed() {
        let (clock, wall, _) = two_clocks();
        wall.advance(TimeDelta::hours(9));
        assert_eq!(hours(&clock), 14);
    }
}
