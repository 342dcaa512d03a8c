//! The times of one day at which somebody is let in.

use super::HoursError;

/// Quarters of an hour in a day.
const DAY: u8 = 24 * 4;

/// From a time of a day until another one of the same day, both on a quarter of an hour. The end may be 24:00.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Opening {
    /// In quarters of an hour since midnight.
    from: u8,
    /// The same, after `from`.
    to: u8,
}

/// What a day has: up to two of them, the earlier one first, with time between them.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Day([Option<Opening>; 2]);

impl Opening {
    /// A whole day.
    pub const DAY: Self = Self { from: 0, to: DAY };

    /// Reads two times as people write them: `08:00` and `18:00`. Midnight at the end of the day is `24:00`.
    ///
    /// # Errors
    /// [`HoursError::Time`] and [`HoursError::Backwards`].
    pub fn between(from: &str, to: &str) -> Result<Self, HoursError> {
        let (from, to) = (quarter(from)?, quarter(to)?);
        if from < to {
            Ok(Self { from, to })
        } else {
            Err(HoursError::Backwards)
        }
    }

    /// When it begins, in minutes since midnight.
    #[must_use]
    pub fn begins(self) -> u16 {
        u16::from(self.from) * 15
    }

    /// When it ends, in minutes since midnight; 1,440 at the most.
    #[must_use]
    pub fn ends(self) -> u16 {
        u16::from(self.to) * 15
    }

    /// One bit for each quarter of an hour.
    pub(super) const fn quarters(self) -> u128 {
        until(self.to) & !until(self.from)
    }
}

impl Day {
    /// A day with these times, which may be in any order. One that ends when the next one begins is one with it.
    ///
    /// # Errors
    /// [`HoursError::Overlap`] and [`HoursError::TooMany`].
    pub fn of(openings: &[Opening]) -> Result<Self, HoursError> {
        let mut sorted = openings.to_vec();
        sorted.sort_unstable();
        let mut joined: Vec<Opening> = Vec::new();
        for next in sorted {
            match joined.last_mut() {
                Some(last) if next.from < last.to => return Err(HoursError::Overlap),
                Some(last) if next.from == last.to => last.to = next.to,
                _ => joined.push(next),
            }
        }
        match joined.as_slice() {
            [] => Ok(Self::default()),
            [one] => Ok(Self([Some(*one), None])),
            [one, other] => Ok(Self([Some(*one), Some(*other)])),
            _ => Err(HoursError::TooMany),
        }
    }

    /// Its times, the earlier one first.
    pub fn openings(self) -> impl Iterator<Item = Opening> {
        self.0.into_iter().flatten()
    }

    /// One bit for each quarter of an hour.
    pub(super) fn quarters(self) -> u128 {
        self.openings()
            .fold(0, |quarters, opening| quarters | opening.quarters())
    }
}

/// One bit for each quarter of an hour of a day before this one.
const fn until(quarter: u8) -> u128 {
    (1 << quarter) - 1
}

/// `17:45` in quarters of an hour since midnight; up to `24:00`.
fn quarter(text: &str) -> Result<u8, HoursError> {
    let digits = |text: &str| match text.as_bytes() {
        [tens @ b'0'..=b'9', ones @ b'0'..=b'9'] => Some((tens - b'0') * 10 + (ones - b'0')),
        _ => None,
    };
    let (hours, minutes) = text.split_once(':').ok_or(HoursError::Time)?;
    match (digits(hours), digits(minutes)) {
        (Some(hours @ 0..=23), Some(minutes @ (0 | 15 | 30 | 45))) => Ok(hours * 4 + minutes / 15),
        (Some(24), Some(0)) => Ok(DAY),
        _ => Err(HoursError::Time),
    }
}
