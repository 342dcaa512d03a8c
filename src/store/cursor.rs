//! Where a page of a list ends, as it stands in addresses.

use std::fmt;

use chrono::DateTime;
use uuid::Uuid;

use crate::domain::time::Moment;

/// The moment that a list is ordered by, and the id of its last row: `1763750000000000-0192…`, microseconds since 1970
/// before the id.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cursor {
    /// The moment.
    pub at: Moment,
    /// The row.
    pub id: Uuid,
}

impl Cursor {
    /// Reads one back; nothing where it makes no sense.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let (micros, id) = text.split_once('-')?;
        Some(Self {
            at: DateTime::from_timestamp_micros(micros.parse().ok()?)?,
            id: id.parse().ok()?,
        })
    }
}

impl fmt::Display for Cursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{}", self.at.timestamp_micros(), self.id)
    }
}
