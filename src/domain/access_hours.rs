//! Access hours: when a tenant lets anybody in at all. At any time, or in weekly hours of its own time zone.

mod opening;
mod stretch;
#[cfg(test)]
mod tests;
mod text;
mod words;

use serde::{Deserialize, Serialize};

pub use opening::{Day, Opening};
pub use stretch::{Closed, Stretch};

/// When access may be started and go on.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum AccessHours {
    /// Whenever.
    #[default]
    AnyTime,
    /// In these hours of each week, as the tenant's clocks show them.
    Weekly(Week),
}

/// The hours of a week: at least a quarter of an hour, and not all of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Week {
    /// From Monday on.
    days: [Day; 7],
}

/// Why hours were not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum HoursError {
    /// No time, or none on a quarter of an hour.
    #[error("Write the time in hours and quarters of an hour, such as 08:00 or 17:45.")]
    Time,
    /// An end that is not after the beginning.
    #[error(
        "Choose an end that is after the beginning. A night ends at 00:00 and begins again at 00:00 of the next day."
    )]
    Backwards,
    /// Two times of a day that have a part in common.
    #[error("Choose two times that do not overlap.")]
    Overlap,
    /// More times of a day than are kept.
    #[error("Choose two times a day at most.")]
    TooMany,
    /// Not a quarter of an hour in the whole week.
    #[error("Choose hours of at least one day. Without any, nobody could ever be let in.")]
    Nobody,
    /// A text that is not the one way to write these hours.
    #[error("the access hours are not written as they are kept")]
    Form,
}

impl AccessHours {
    /// The hours of these days, from Monday on. A week that is open throughout is any time.
    ///
    /// # Errors
    /// [`HoursError::Nobody`] where no day has any.
    pub fn weekly(days: [Day; 7]) -> Result<Self, HoursError> {
        let hours = Self::Weekly(Week { days });
        match hours.quarters() {
            none if none == [0; 7] => Err(HoursError::Nobody),
            all if all == Self::AnyTime.quarters() => Ok(Self::AnyTime),
            _ => Ok(hours),
        }
    }

    /// Whether no hours are set.
    #[must_use]
    pub const fn is_any_time(&self) -> bool {
        matches!(self, Self::AnyTime)
    }

    /// The hours of each day, from Monday on; none where anybody is let in at any time.
    #[must_use]
    pub const fn days(&self) -> Option<&[Day; 7]> {
        match self {
            Self::AnyTime => None,
            Self::Weekly(week) => Some(&week.days),
        }
    }

    /// Whether somebody is let in at an hour of the week at which nobody was before.
    #[must_use]
    pub fn widens(&self, before: &Self) -> bool {
        let (now, before) = (self.quarters(), before.quarters());
        now.iter()
            .zip(before)
            .any(|(now, before)| now & !before != 0)
    }

    /// Of each day from Monday on the quarters of an hour in which somebody is let in, one bit each.
    fn quarters(&self) -> [u128; 7] {
        match self {
            Self::AnyTime => [Opening::DAY.quarters(); 7],
            Self::Weekly(week) => week.days.map(Day::quarters),
        }
    }
}
