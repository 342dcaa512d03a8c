//! Whether this node may trust its clock and its database. One atomic reading each, so that asking costs nothing.

use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};

use chrono::TimeDelta;

use super::{CLOCK_BEHIND_MAX, StoreError, Stored};
use crate::domain::time::Moment;

/// How far this node's clock and the database's may be apart.
pub const CLOCKS_APART_MAX: TimeDelta = TimeDelta::milliseconds(500);

/// What speaks against this node's own knowledge.
#[derive(Debug, Default)]
pub struct Doubts {
    /// The time of the latest entry that any log is known to have, in microseconds.
    latest_entry: AtomicI64,
    /// How far the clocks were apart when last compared, in microseconds.
    apart: AtomicI64,
    /// Whether the database was found to be older than it had been.
    went_back: AtomicBool,
}

impl Doubts {
    /// Notes the time of an entry: it has happened, so no sure clock is before it.
    pub fn entry_seen(&self, at: Moment) {
        self.latest_entry
            .fetch_max(at.timestamp_micros(), Ordering::Relaxed);
    }

    /// Notes how far this node's clock and the database's are apart.
    pub fn clocks_compared(&self, apart: TimeDelta) {
        let apart = apart.num_microseconds().unwrap_or(i64::MAX);
        self.apart.store(apart.saturating_abs(), Ordering::Relaxed);
    }

    /// Notes that the database is older than it had been. Nothing but a new start ends this doubt.
    pub fn database_went_back(&self) {
        self.went_back.store(true, Ordering::Relaxed);
    }

    /// Whether the database was found to be older than it had been.
    #[must_use]
    pub fn has_gone_back(&self) -> bool {
        self.went_back.load(Ordering::Relaxed)
    }

    /// Whether nothing speaks against what this node knows at `now`.
    ///
    /// # Errors
    /// [`StoreError::WentBack`], [`StoreError::ClocksApart`] or [`StoreError::ClockBehind`].
    pub fn none_at(&self, now: Moment) -> Stored<()> {
        self.none_but_behind()?;
        let latest = self.latest_entry.load(Ordering::Relaxed);
        let behind = latest.saturating_sub(now.timestamp_micros());
        if TimeDelta::microseconds(behind) > CLOCK_BEHIND_MAX {
            return Err(StoreError::ClockBehind);
        }
        Ok(())
    }

    /// The same, but for a clock that is behind: whether it is behind the log of an act, the act finds out itself.
    pub(super) fn none_but_behind(&self) -> Stored<()> {
        if self.has_gone_back() {
            return Err(StoreError::WentBack);
        }
        let apart = TimeDelta::microseconds(self.apart.load(Ordering::Relaxed));
        if apart > CLOCKS_APART_MAX {
            return Err(StoreError::ClocksApart);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use chrono::DateTime;

    use super::*;

    #[test]
    fn a_clock_behind_the_latest_entry_is_doubted_until_it_has_caught_up() {
        let doubts = Doubts::default();
        let entry = DateTime::UNIX_EPOCH + TimeDelta::hours(3);
        doubts.entry_seen(entry);
        doubts.entry_seen(entry - TimeDelta::hours(1));
        let at_most = entry - CLOCK_BEHIND_MAX;
        assert!(doubts.none_at(at_most).is_ok());
        let before = at_most - TimeDelta::microseconds(1);
        assert!(matches!(
            doubts.none_at(before),
            Err(StoreError::ClockBehind)
        ));
        assert!(doubts.none_but_behind().is_ok());
    }

    #[test]
    fn clocks_apart_are_doubted_until_they_agree_again() {
        let doubts = Doubts::default();
        let now = DateTime::UNIX_EPOCH;
        let more = CLOCKS_APART_MAX + TimeDelta::microseconds(1);
        for (apart, sure) in [
            (CLOCKS_APART_MAX, true),
            (more, false),
            (-more, false),
            (TimeDelta::zero(), true),
        ] {
            doubts.clocks_compared(apart);
            assert_eq!(doubts.none_at(now).is_ok(), sure, "{apart}");
        }
    }

    #[test]
    fn a_database_that_went_back_is_doubted_for_good() {
        let doubts = Doubts::default();
        doubts.database_went_back();
        doubts.clocks_compared(TimeDelta::zero());
        assert!(matches!(
            doubts.none_at(DateTime::UNIX_EPOCH),
            Err(StoreError::WentBack)
        ));
    }
}
