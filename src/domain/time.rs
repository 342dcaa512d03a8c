//! Moments and lengths of time.

use std::fmt;

use chrono::{DateTime, SecondsFormat, TimeDelta, Utc};
use serde::{Deserialize, Serialize};

/// A moment in UTC, kept in whole microseconds because PostgreSQL keeps no more:
/// what is hashed is what is stored.
pub type Moment = DateTime<Utc>;

/// Cuts a moment to the microsecond.
#[must_use]
pub fn whole_microseconds(moment: Moment) -> Moment {
    DateTime::from_timestamp_micros(moment.timestamp_micros()).unwrap_or(moment)
}

/// RFC 3339 in UTC with exactly six digits after the second, the form audit entries use.
#[must_use]
pub fn rfc3339(moment: Moment) -> String {
    moment.to_rfc3339_opts(SecondsFormat::Micros, true)
}

/// A length of time in whole minutes, from 1 minute to 7 days.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "u32", into = "u32")]
pub struct Minutes(u32);

/// Why a length of time was not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum MinutesError {
    /// Not of the form `PT4H`, `PT30M` or `PT1H30M`.
    #[error("Write the duration as ISO 8601 hours and minutes, such as PT4H or PT1H30M.")]
    Form,
    /// Zero, or more than 7 days.
    #[error("The duration must be between 1 minute and 7 days.")]
    Bounds,
}

impl Minutes {
    /// The longest length this type holds: 7 days.
    pub const MAX: u32 = 7 * 24 * 60;

    /// `minutes` as a length of time.
    ///
    /// # Errors
    /// [`MinutesError::Bounds`] for 0 and for more than [`Minutes::MAX`].
    pub const fn new(minutes: u32) -> Result<Self, MinutesError> {
        if minutes == 0 || minutes > Self::MAX {
            Err(MinutesError::Bounds)
        } else {
            Ok(Self(minutes))
        }
    }

    /// Whole hours, for the defaults of the product. Hours outside 1 to 168 are brought to the nearest bound.
    #[must_use]
    pub const fn hours(hours: u32) -> Self {
        match Self::new(hours.saturating_mul(60)) {
            Ok(minutes) => minutes,
            Err(_) if hours == 0 => Self(60),
            Err(_) => Self(Self::MAX),
        }
    }

    /// Reads the time part of an ISO 8601 duration: hours and minutes, nothing else.
    ///
    /// # Errors
    /// [`MinutesError::Form`] for any other text, [`MinutesError::Bounds`] for 0 and for more than 7 days.
    pub fn parse_iso8601(text: &str) -> Result<Self, MinutesError> {
        let rest = text.strip_prefix("PT").ok_or(MinutesError::Form)?;
        let (hours, rest) = match rest.split_once('H') {
            Some((digits, rest)) => (count(digits)?, rest),
            None => (0, rest),
        };
        let minutes = match rest.strip_suffix('M') {
            Some(digits) => count(digits)?,
            None if rest.is_empty() && text.ends_with('H') => 0,
            None => return Err(MinutesError::Form),
        };
        let total = hours
            .checked_mul(60)
            .and_then(|h| h.checked_add(minutes))
            .ok_or(MinutesError::Bounds)?;
        Self::new(total)
    }

    /// How many minutes.
    #[must_use]
    pub const fn get(self) -> u32 {
        self.0
    }

    /// As a chrono length, for adding to a [`Moment`].
    #[must_use]
    pub fn delta(self) -> TimeDelta {
        TimeDelta::minutes(i64::from(self.0))
    }

    /// The ISO 8601 form: `PT4H`, `PT30M`, `PT1H30M`.
    #[must_use]
    pub fn iso8601(self) -> String {
        match (self.0 / 60, self.0 % 60) {
            (0, minutes) => format!("PT{minutes}M"),
            (hours, 0) => format!("PT{hours}H"),
            (hours, minutes) => format!("PT{hours}H{minutes}M"),
        }
    }
}

fn count(digits: &str) -> Result<u32, MinutesError> {
    if digits.is_empty() || !digits.bytes().all(|b| b.is_ascii_digit()) {
        return Err(MinutesError::Form);
    }
    digits.parse().map_err(|_| MinutesError::Bounds)
}

/// In words for people: "4 hours", "30 minutes", "1 hour 30 minutes".
impl fmt::Display for Minutes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (hours, minutes) = (self.0 / 60, self.0 % 60);
        if hours > 0 {
            write!(f, "{hours} hour{}", if hours == 1 { "" } else { "s" })?;
        }
        if minutes > 0 {
            let gap = if hours > 0 { " " } else { "" };
            write!(
                f,
                "{gap}{minutes} minute{}",
                if minutes == 1 { "" } else { "s" }
            )?;
        }
        Ok(())
    }
}

impl TryFrom<u32> for Minutes {
    type Error = MinutesError;
    fn try_from(minutes: u32) -> Result<Self, MinutesError> {
        Self::new(minutes)
    }
}

impl From<Minutes> for u32 {
    fn from(minutes: Minutes) -> Self {
        minutes.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_read_back_as_written() {
        for minutes in [1, 15, 59, 60, 61, 90, 240, 1440, 10_080] {
            let length = Minutes::new(minutes).unwrap();
            assert_eq!(Minutes::parse_iso8601(&length.iso8601()), Ok(length));
        }
        assert_eq!(Minutes::parse_iso8601("PT240M").unwrap(), Minutes::hours(4));
    }

    #[test]
    fn other_texts_are_no_durations() {
        for text in [
            "", "4", "PT", "PT4", "P1D", "PT-4H", "PT4H30", "PT1.5H", "pt4h", "PT4HM", " PT4H",
            "PT4H5S", "PTM", "PTH",
        ] {
            assert_eq!(
                Minutes::parse_iso8601(text),
                Err(MinutesError::Form),
                "{text}"
            );
        }
        for text in [
            "PT0H",
            "PT0M",
            "PT87600H",
            "PT99999999999H",
            "PT4294967295H",
        ] {
            assert_eq!(
                Minutes::parse_iso8601(text),
                Err(MinutesError::Bounds),
                "{text}"
            );
        }
    }

    #[test]
    fn lengths_are_said_in_words() {
        let words: Vec<String> = [1, 30, 60, 90, 240]
            .map(|m| Minutes::new(m).unwrap().to_string())
            .into();
        assert_eq!(
            words,
            [
                "1 minute",
                "30 minutes",
                "1 hour",
                "1 hour 30 minutes",
                "4 hours"
            ]
        );
    }
}
